//! Making room within the limits: what is idle goes, what was used longest ago first.
#![forbid(unsafe_code)]

use super::Cache;
use crate::error::Error;
use crate::mapping::Mapper;

impl<M: Mapper> Cache<M> {
    /// Unmaps every idle region. How many.
    pub(crate) fn collect(&mut self) -> usize {
        std::iter::from_fn(|| self.evict_oldest()).count()
    }

    /// Evicts until `size` bytes fit, or nothing is idle. Refuses before it evicts anything.
    pub(super) fn make_room(&mut self, size: u64) -> Result<(), Error> {
        let limits = self.budget.limits;
        if self.budget.refuses(size, 0) {
            return Err(Error::MemoryLimit { limit: limits.memory, used: self.budget.used(), wanted: size });
        }
        if self.used_regions() as u64 >= limits.handles {
            return Err(Error::HandleLimit { limit: limits.handles, kind: "mappings" });
        }
        while !self.budget.has_room_for(size) && self.evict_oldest().is_some() {}
        Ok(())
    }

    /// Closes the file used longest ago that nobody needs, if as many are open as may be.
    pub(super) fn make_room_for_file(&mut self) -> Result<(), Error> {
        let limit = self.budget.limits.handles;
        while self.files.len() as u64 >= limit {
            self.recency.settle();
            let idle = self.recency.oldest_first().find_map(|slot| self.idle_file_of(slot));
            let file = idle.ok_or(Error::HandleLimit { limit, kind: "files" })?;
            for slot in self.slots_of(file) {
                self.evict(slot);
            }
        }
        Ok(())
    }

    fn idle_file_of(&self, slot: usize) -> Option<usize> {
        let file = self.regions.get(slot)?.file?;
        let open = self.files.get(file).filter(|open| open.cursors == 0)?;
        open.regions.iter().all(|(_, slot)| self.is_idle(*slot)).then_some(file)
    }

    fn evict_oldest(&mut self) -> Option<()> {
        let regions = &self.regions;
        let slot = self.recency.oldest(|slot| regions.get(slot).is_some_and(|entry| entry.is_idle))?;
        self.evict(slot);
        Some(())
    }
}
