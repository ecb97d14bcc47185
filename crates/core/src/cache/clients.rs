//! The clients of a region: the cursors on it, and the claims. Without any but the cache's own it is idle;
//! without any at all it goes. Knows no files and no limits.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::region::RegionKey;
use crate::error::Error;
use crate::mapping::Mapper;

impl<M: Mapper> Cache<M> {
    /// The cache's own claim, those added by hand, and the cursors; 0 when the region is gone.
    pub(crate) fn client_count(&self, key: RegionKey) -> u64 {
        self.entry(key).map_or(0, |entry| entry.claims.saturating_add(entry.cursors))
    }

    /// A cursor comes to the region. False: the region is gone.
    pub(crate) fn enter(&mut self, key: RegionKey) -> bool {
        let Some(entry) = self.entry_mut(key) else { return false };
        entry.cursors += 1;
        self.clients_changed(key.slot);
        true
    }

    /// A cursor leaves the region, which is its last use; nothing if it was removed before.
    pub(crate) fn let_go(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.cursors -= 1;
            self.clients_changed(key.slot);
        }
    }

    /// A cursor has left the region some time ago, and stamped it then.
    pub(crate) fn let_go_late(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.cursors -= 1;
            self.update_counts(key.slot);
        }
    }

    /// Adds claims, or gives them back. True: the count reached 0 and the region was released.
    pub(crate) fn claim(&mut self, key: RegionKey, by: i64) -> Result<bool, Error> {
        let entry = self.entry_mut(key).ok_or(Error::Released)?;
        // `by` is a program's number: neither end of the range may wrap around.
        entry.claims =
            entry.claims.checked_add_signed(by).ok_or(Error::CountBelowZero { count: entry.claims, by })?;
        self.clients_changed(key.slot);
        Ok(self.entry(key).is_none())
    }

    /// Gives back every claim: the region goes as soon as no cursor is on it.
    pub(crate) fn release(&mut self, key: RegionKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.claims = 0;
            self.clients_changed(key.slot);
        }
    }

    /// Counts a region as idle or used after a change of its clients, or takes it out when it has none. If it
    /// becomes idle, this moment was its last use.
    fn clients_changed(&mut self, slot: usize) {
        self.update_counts(slot);
        // A region in use needs no stamp from here: it cannot be evicted.
        if self.is_idle(slot) {
            self.recency.touch(slot);
        }
    }

    /// As [`Cache::clients_changed`], for a region whose last use is known.
    fn update_counts(&mut self, slot: usize) {
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
        // Released while a cursor was on it, or by its last claim: nothing keeps it in the cache.
        if entry.claims + entry.cursors == 0 {
            self.remove(slot);
        }
    }
}
