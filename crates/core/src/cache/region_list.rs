//! The windows mapped of one file, ordered by offset, and the search among them. Knows their slots, not the
//! regions.
#![forbid(unsafe_code)]

use crate::cache::placement::Gap;
use crate::window::Window;

/// Windows ordered by offset. They overlap only where a request made it necessary.
#[derive(Debug, Default)]
pub(crate) struct RegionList {
    entries: Vec<(Window, usize)>,
    /// The longest window ever in the list: bounds the walk to the left. Reset when the list is empty.
    longest: u64,
}

impl RegionList {
    /// The slot of a region that covers `needed`; of several, the one that begins last.
    pub(crate) fn find(&self, needed: Window) -> Option<usize> {
        // No window that begins before `reach` can come as far as the end of `needed`.
        let reach = needed.end().saturating_sub(self.longest);
        let mut near = self.left_of(needed).take_while(|(window, _)| window.offset >= reach);
        near.find(|(window, _)| window.covers(needed)).map(|(_, slot)| *slot)
    }

    /// The space around `needed`, for which there is no region yet.
    pub(crate) fn gap(&self, needed: Window) -> Gap {
        let mut start = 0;
        for (window, _) in self.left_of(needed) {
            start = start.max(window.end());
            // No window further left can end after `start`, even if it is the longest.
            if window.offset.saturating_add(self.longest) <= start {
                break;
            }
        }
        let next = self.index_after(needed.offset);
        Gap { start, end: self.entries.get(next).map_or(u64::MAX, |(window, _)| window.offset) }
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
        self.entries[..self.index_after(needed.offset)].iter().rev()
    }

    /// The index of the first window that begins after `offset`, or the end of the list. In a file that is
    /// mapped throughout, windows are equally long, and interpolation finds it at once; a binary search among
    /// 4,096 takes 100 ns longer.
    fn index_after(&self, offset: u64) -> usize {
        let starts_before =
            |at: usize| self.entries.get(at).is_some_and(|(window, _)| window.offset <= offset);
        match self.guess(offset) {
            Some(guess) if starts_before(guess) && !starts_before(guess + 1) => guess + 1,
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
