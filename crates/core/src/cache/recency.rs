//! The shared regions in the order of their last use. Knows slots and times only; who is idle, it asks.
#![forbid(unsafe_code)]

use lru::LruCache;

use crate::cache::stamps::Stamps;
use crate::sync::Arc;

/// Regions in use stay in the order, at the place of a use before: taking them out and putting them in again costs 24 ns
/// a change of region, moving one to the front 3. A region's last use is when its last client lets go, or its last stamp.
/// Stamps come into the order only when somebody looks at its end: by then most of them are out of date.
#[derive(Debug)]
pub(crate) struct Recency {
    order: LruCache<usize, u64>,
    pub(crate) stamps: Arc<Stamps>,
    /// Up to when stamps are in the order.
    settled: u64,
}

impl Recency {
    pub(crate) fn new() -> Self {
        Self { order: LruCache::unbounded(), stamps: Arc::new(Stamps::new()), settled: 0 }
    }

    /// A time later than all before.
    pub(crate) fn now(&self) -> u64 {
        self.stamps.tick()
    }

    /// Used last of all.
    pub(crate) fn touch(&mut self, slot: usize) {
        let now = self.now();
        if let Some(last) = self.order.get_mut(&slot) {
            *last = now;
        } else {
            self.order.put(slot, now);
        }
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        self.order.pop(&slot);
    }

    /// When it was last used; 0 if it never was.
    pub(crate) fn last_use(&self, slot: usize) -> u64 {
        self.order.peek(&slot).copied().unwrap_or(0)
    }

    /// The idle region used longest ago. Those in use that are met on the way go to the front, where they will be anyway
    /// once they are let go: none is met twice for nothing.
    pub(crate) fn oldest(&mut self, is_idle: impl Fn(usize) -> bool) -> Option<usize> {
        self.settle();
        for _ in 0..self.order.len() {
            let (slot, _) = self.order.peek_lru()?;
            let slot = *slot;
            if is_idle(slot) {
                return Some(slot);
            }
            self.touch(slot);
        }
        None
    }

    /// All of them, those in use too; as of the last [`Recency::settle`].
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = usize> {
        self.order.iter().rev().map(|(slot, _)| *slot)
    }

    /// Brings the stamps since the last time into the order, among the uses since then.
    pub(crate) fn settle(&mut self) {
        let mut uses: Vec<(u64, usize)> = self.stamps.after(self.settled).collect();
        if uses.is_empty() {
            return;
        }
        let settled = self.settled;
        let recent = self.order.iter().take_while(|(_, time)| **time > settled);
        uses.extend(recent.map(|(slot, time)| (*time, *slot)));
        uses.sort_unstable();
        for (time, slot) in uses {
            // A stamp may be of the region that had the slot before.
            if let Some(last) = self.order.get_mut(&slot) {
                *last = time.max(*last);
            }
        }
        self.settled = self.now();
    }
}
