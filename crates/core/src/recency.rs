//! The shared regions in the order of their last use. Knows slots only; who is idle, it asks.
#![forbid(unsafe_code)]

use lru::LruCache;

/// Regions in use stay in the order, at the place of a use before: taking them out and putting them in again costs 24 ns
/// a change of region, moving one to the front 3. A region's last use is when its last client lets go.
#[derive(Debug)]
pub(crate) struct Recency(LruCache<usize, ()>);

impl Recency {
    pub(crate) fn new() -> Self {
        Self(LruCache::unbounded())
    }

    /// Used last of all.
    pub(crate) fn touch(&mut self, slot: usize) {
        if self.0.get(&slot).is_none() {
            self.0.put(slot, ());
        }
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        self.0.pop(&slot);
    }

    /// The idle region used longest ago. Those in use that are met on the way go to the front, where they will be anyway
    /// once they are let go: none is met twice for nothing.
    pub(crate) fn oldest(&mut self, is_idle: impl Fn(usize) -> bool) -> Option<usize> {
        for _ in 0..self.0.len() {
            let (slot, ()) = self.0.peek_lru()?;
            let slot = *slot;
            if is_idle(slot) {
                return Some(slot);
            }
            self.0.promote(&slot);
        }
        None
    }

    /// All of them, those in use too.
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = usize> {
        self.0.iter().rev().map(|(slot, ())| *slot)
    }
}
