//! The idle regions in the order of their last use. A region in use is not in it: its last use is when its last
//! client lets go. Knows slots only.
#![forbid(unsafe_code)]

use lru::LruCache;

#[derive(Debug)]
pub(crate) struct Recency(LruCache<usize, ()>);

impl Recency {
    pub(crate) fn new() -> Self {
        Self(LruCache::unbounded())
    }

    /// Its last client let go: it was used last of all. Whether it was not idle before.
    pub(crate) fn insert(&mut self, slot: usize) -> bool {
        self.0.put(slot, ()).is_none()
    }

    /// Has a client again, or is gone. Whether it was idle.
    pub(crate) fn remove(&mut self, slot: usize) -> bool {
        self.0.pop(&slot).is_some()
    }

    pub(crate) fn oldest(&self) -> Option<usize> {
        self.0.peek_lru().map(|(slot, ())| *slot)
    }

    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = usize> {
        self.0.iter().rev().map(|(slot, ())| *slot)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
