//! The windows mapped of one file, ordered by offset, and the search among them. Knows their slots, not the
//! regions.
#![forbid(unsafe_code)]

use crate::cache::placement::Gap;
use crate::window::Window;

/// Windows ordered by offset. They overlap only where a request made it necessary.
#[derive(Debug, Default)]
pub(crate) struct RegionList {
    entries: Vec<(Window, usize)>,
    /// No window ever in the list was longer: bounds the walk to the left. Reset when the list is empty.
    longest: u64,
}

impl RegionList {
    /// The slot of a region that covers `needed`: of those the one that begins last.
    pub(crate) fn find(&self, needed: Window) -> Option<usize> {
        let reach = needed.end().saturating_sub(self.longest);
        let mut near = self.left_of(needed).take_while(|(window, _)| window.offset >= reach);
        near.find(|(window, _)| window.covers(needed)).map(|(_, slot)| *slot)
    }

    /// The space around `needed`, for which there is no region yet.
    pub(crate) fn gap(&self, needed: Window) -> Gap {
        let mut begin = 0;
        for (window, _) in self.left_of(needed) {
            begin = begin.max(window.end());
            if window.offset.saturating_add(self.longest) <= begin {
                break;
            }
        }
        let behind = self.behind(needed.offset);
        Gap { begin, end: self.entries.get(behind).map_or(u64::MAX, |(window, _)| window.offset) }
    }

    pub(crate) fn insert(&mut self, window: Window, slot: usize) {
        let at = self.entries.partition_point(|(other, _)| *other <= window);
        self.entries.insert(at, (window, slot));
        self.longest = self.longest.max(window.size);
    }

    pub(crate) fn remove(&mut self, window: Window, slot: usize) {
        let from = self.entries.partition_point(|(other, _)| *other < window);
        let found = self.entries[from..].iter().position(|entry| *entry == (window, slot));
        if let Some(at) = found {
            self.entries.remove(from + at);
        }
        if self.entries.is_empty() {
            self.longest = 0;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Window, usize)> {
        self.entries.iter()
    }

    /// Those that begin at or before `needed`, last first.
    fn left_of(&self, needed: Window) -> impl Iterator<Item = &(Window, usize)> {
        self.entries[..self.behind(needed.offset)].iter().rev()
    }

    /// Where the first that begins behind `offset` is, or would be. Of a file that is mapped throughout it is
    /// where it would be if all were equally long; halving takes 100 ns longer among 4,096.
    fn behind(&self, offset: u64) -> usize {
        let begins_before =
            |at: usize| self.entries.get(at).is_some_and(|(window, _)| window.offset <= offset);
        match self.guess(offset) {
            Some(guess) if begins_before(guess) && !begins_before(guess + 1) => guess + 1,
            _ => self.entries.partition_point(|(window, _)| window.offset <= offset),
        }
    }

    fn guess(&self, offset: u64) -> Option<usize> {
        let ((first, _), (last, _)) = (self.entries.first()?, self.entries.last()?);
        let from = offset.checked_sub(first.offset)?;
        let share = from.checked_mul(self.entries.len() as u64 - 1)?;
        usize::try_from(share.checked_div(last.offset - first.offset)?).ok()
    }
}
