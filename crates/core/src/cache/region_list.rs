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
        let behind = self.entries.partition_point(|(window, _)| window.offset <= needed.offset);
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
        let behind = self.entries.partition_point(|(window, _)| window.offset <= needed.offset);
        self.entries[..behind].iter().rev()
    }
}
