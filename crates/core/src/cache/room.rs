//! Making room within the limits: idle regions go, the least recently used first.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::region::Region;
use crate::cache::viewers::Viewer;
use crate::error::{Error, Handles};
use crate::mapping::Mapper;

impl<M: Mapper> Cache<M> {
    /// Evicts until `size` bytes fit, or nothing is idle. A request that cannot be served is refused before
    /// anything is evicted.
    ///
    /// If no viewer asks, regions that nobody reads in place go first: a pass over a file maps window after
    /// window, and must not push out what others read.
    ///
    /// # Errors
    /// [`Error::MustLetGo`] where the viewer itself keeps what was evicted mapped.
    pub(super) fn make_room(&mut self, size: u64, viewer: Option<Viewer>) -> Result<(), Error> {
        // The viewer that asks learns of the evictions by the answer, so its bell need not ring.
        self.viewers.asking = viewer;
        let room = self.evict_for(size, viewer);
        self.viewers.asking = None;
        room?;
        self.check_let_go(viewer)
    }

    fn evict_for(&mut self, size: u64, viewer: Option<Viewer>) -> Result<(), Error> {
        let limits = self.budget.limits;
        if self.budget.refuses(size, 0) {
            return Err(Error::MemoryLimit { limit: limits.memory, used: self.budget.used(), wanted: size });
        }
        if self.used_regions() as u64 >= limits.handles {
            return Err(Error::HandleLimit { limit: limits.handles, kind: Handles::Mappings });
        }
        // The memory limit is soft unless strict: with nothing idle left, the region is mapped all the same.
        while !self.has_room_for(size) {
            let evicted = match viewer {
                Some(_) => self.evict_oldest(|_| true),
                None => {
                    self.evict_oldest(|region| !region.is_shown()).or_else(|| self.evict_oldest(|_| true))
                }
            };
            if evicted.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::MustLetGo`] where the viewer keeps something mapped that has left the cache.
    pub(crate) fn check_let_go(&self, viewer: Option<Viewer>) -> Result<(), Error> {
        if viewer.is_some_and(|viewer| self.viewers.owes(viewer)) { Err(Error::MustLetGo) } else { Ok(()) }
    }

    /// Whether `size` more bytes fit beside what is mapped and what views keep mapped.
    pub(super) fn has_room_for(&self, size: u64) -> bool {
        self.budget.gauge.has_room_for(size, self.lingering.pinned())
    }

    /// Evicts the least recently used of the idle regions that may go.
    pub(crate) fn evict_oldest(&mut self, may_go: impl Fn(&Region<M::Mapping>) -> bool) -> Option<()> {
        let regions = &self.regions;
        let may_go = |slot| regions.get(slot).is_some_and(|entry| entry.is_idle && may_go(&entry.region));
        let slot = self.recency.oldest(may_go)?;
        self.evict(slot);
        Some(())
    }
}
