//! The clients of a region: the cursors on it, and the claims. Without any but the cache's own it is idle;
//! without any at all it goes. Knows no files and no limits.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::region::RegionKey;
use crate::error::Error;
use crate::mapping::Mapper;

impl<M: Mapper> Cache<M> {
    /// The owner, what was added by hand, and the cursors; 0 when the region is gone.
    pub(crate) fn client_count(&self, key: RegionKey) -> u64 {
        self.entry(key).map_or(0, |entry| entry.claims.saturating_add(entry.cursors))
    }

    /// A cursor comes to the region. Whether it is there.
    pub(crate) fn enter(&mut self, key: RegionKey) -> bool {
        let Some(entry) = self.entry_mut(key) else { return false };
        entry.cursors += 1;
        self.settle(key.slot);
        true
    }

    /// A cursor leaves the region, which is its last use; nothing if it was removed before.
    pub(crate) fn let_go(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.cursors -= 1;
            self.settle(key.slot);
        }
    }

    /// A cursor has left the region some time ago, and stamped it then.
    pub(crate) fn let_go_late(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.cursors -= 1;
            self.count_clients(key.slot);
        }
    }

    /// Adds claims, or gives them back. Whether the count reached 0 and the region was released.
    pub(crate) fn claim(&mut self, key: RegionKey, by: i64) -> Result<bool, Error> {
        let entry = self.entry_mut(key).ok_or(Error::Released)?;
        entry.claims =
            entry.claims.checked_add_signed(by).ok_or(Error::CountBelowZero { count: entry.claims, by })?;
        self.settle(key.slot);
        Ok(self.entry(key).is_none())
    }

    /// Gives back every claim: the region goes as soon as no cursor is on it.
    pub(crate) fn release(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.claims = 0;
            self.settle(key.slot);
        }
    }

    /// Counts a region as idle or used after a change of its counts, or takes it out when nobody has a claim.
    /// One that goes idle was used last now.
    fn settle(&mut self, slot: usize) {
        self.count_clients(slot);
        if self.is_idle(slot) {
            self.recency.touch(slot);
        }
    }

    /// As [`Cache::settle`], of a region whose last use is known.
    fn count_clients(&mut self, slot: usize) {
        let Some(entry) = self.regions.get_mut(slot) else { return };
        let (size, was_idle) = (entry.region.window().size, entry.is_idle);
        entry.is_idle = entry.may_go();
        match (was_idle, entry.is_idle) {
            (false, true) => {
                entry.region.set_idle(true);
                self.idle += 1;
                self.budget.idle += size;
            }
            (true, false) => {
                entry.region.set_idle(false);
                self.idle -= 1;
                self.budget.idle -= size;
            }
            _ => {}
        }
        if entry.claims + entry.cursors == 0 {
            self.remove(slot);
        }
    }
}
