//! Whether a read goes by a map or is a lone read, by `pread`. Most reads decide that by what their own
//! reader has counted, without the cache's lock; the others ask the cache.
//!
//! ```text
//!   was nothing mapped here when last seen, and no region made since?  ── no ──► locked: look for one
//!      │ yes                                                                        │ none
//!   count the read: often enough since the last use of the next victim? ◄───────────┘
//!      │ no: a lone read                       │ maybe ──► locked: when was that?
//! ```
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::earning::Access;
use crate::cache::lone_reads::LoneReads;
use crate::cache::region::{Region, RegionKey};
use crate::cache::shared::Shared;
use crate::cache::trace::EventKind;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

/// A read that may be a lone one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoneRead {
    /// An open file, its number and its size.
    pub(crate) file: usize,
    pub(crate) number: u64,
    pub(crate) file_size: u64,
    /// What must lie in one region.
    pub(crate) needed: Window,
    /// The region that the reader would let go of.
    pub(crate) own: Option<RegionKey>,
    /// Whether it counts by itself, not as one with the read before it. A read that does not earns a map only
    /// where there is room for it.
    pub(crate) is_use: bool,
}

/// What is mapped where a read is.
enum Near {
    /// All that it needs.
    Mapped,
    /// The same, soon: another thread is mapping it. A read is over before that map is there.
    Coming,
    /// Not all that it needs. Nothing is mapped from the start to the end.
    Free(u64, u64),
}

impl<M: Mapper> Shared<M> {
    /// Whether a read is a lone one: there is no map for it, and its window has not earned one.
    pub(crate) fn is_lone(&self, reads: &LoneReads, read: LoneRead) -> Result<bool, Error> {
        let is_lone = match self.access() {
            Access::Map => false,
            Access::Read => true,
            Access::Auto => self.has_no_map(reads, read)?,
        };
        reads.add(u64::from(is_lone));
        Ok(is_lone)
    }

    fn has_no_map(&self, reads: &LoneReads, read: LoneRead) -> Result<bool, Error> {
        let counted = &mut *reads.counted();
        // Windows are counted on a fixed grid, not by region: there is no region yet.
        let size = self.policy().most().min(read.file_size).max(1);
        let window = (read.number, read.needed.offset / size);
        let (table, victims_use) = counted.of(read.file_size <= size);
        let arrivals = self.arrivals();
        let mut free = None;
        if !table.is_free(window, read.needed, arrivals) {
            match self.cache().near(read.file, read.needed)? {
                Near::Mapped => return Ok(false),
                Near::Coming => return Ok(true),
                Near::Free(start, end) => free = Some((start, end)),
            }
        }
        let has_room = self.has_room_for(size);
        // Where a map would have to go for it, a burst of reads counts as one: otherwise lookups all over a
        // file thrash (16 reads of one lookup would earn a map that nothing uses again).
        if !has_room && !read.is_use {
            return Ok(true);
        }
        let since = table.read(window, self.after(reads.last_use()));
        if let Some(free) = free {
            table.note_free(window, free, arrivals);
        }
        let has_earned = since > 0 && self.has_earned(since, victims_use, (size, has_room), read.own);
        if has_earned {
            table.forget(window);
        }
        Ok(!has_earned)
    }

    /// Whether the region that would go for a map of `size` bytes was last used before the time `since`, from
    /// which on the window was read often enough. `victims_use`: when that region was last used, as far as
    /// was looked.
    fn has_earned(
        &self,
        since: u64,
        victims_use: &mut u64,
        (size, has_room): (u64, bool),
        own: Option<RegionKey>,
    ) -> bool {
        // The victim's last use never gets earlier, so the value found last is a lower bound: most reads end
        // here, without a look at the LRU order.
        if !has_room && since <= *victims_use {
            return false;
        }
        let Some(last_use) = self.cache().last_use_of_victim(size, has_room, own) else { return false };
        *victims_use = last_use;
        since > last_use
    }
}

impl<M: Mapper> Cache<M> {
    /// The region mapped for `needed`, for a copy that takes no client count: the `Arc` returned keeps it
    /// mapped. `None` where reads never go by a map, or the region lacks a page.
    pub(crate) fn glance(&mut self, file: usize, needed: Window) -> Option<Arc<Region<M::Mapping>>> {
        let slot = self.files.get(file)?.regions.find(needed)?;
        let region = &self.regions.get(slot)?.region;
        if region.is_coming() || region.is_damaged() {
            return None;
        }
        let region = Arc::clone(region);
        // Counted and stamped as a hit by a cursor is, or eviction would take a region that is read all the
        // time for an unused one.
        self.counts.hits += 1;
        self.recency.touch(slot);
        self.record(EventKind::Hit, slot);
        Some(region)
    }

    fn near(&self, file: usize, needed: Window) -> Result<Near, Error> {
        self.check_open()?;
        let regions = &self.files.get(file).ok_or(Error::Closed)?.regions;
        Ok(match regions.find(needed) {
            Some(slot) if self.is_coming(slot) => Near::Coming,
            Some(_) => Near::Mapped,
            None => {
                let gap = regions.gap(needed);
                Near::Free(gap.start, gap.end)
            }
        })
    }

    /// When the region that would go for `size` more bytes was last used; 0 where none would; nothing where
    /// not even that makes room.
    fn last_use_of_victim(&mut self, size: u64, has_room: bool, own: Option<RegionKey>) -> Option<u64> {
        let own = own.and_then(|key| self.entry(key).map(|entry| (key.slot, entry)));
        let own = own.filter(|(_, entry)| entry.claims == 1 && entry.cursors == 1);
        let (slot, freed) = own.map_or((None, 0), |(slot, entry)| (Some(slot), entry.region.window().size));
        let used = self.used_regions() as u64 - u64::from(slot.is_some());
        if self.budget.refuses(size, freed) || used >= self.budget.limits.handles {
            return None;
        }
        if has_room {
            return Some(0);
        }
        let regions = &self.regions;
        let idle = self.recency.oldest(|slot| regions.get(slot).is_some_and(|entry| entry.is_idle));
        // A region in use stands in the order where it was when its cursor came. Its stamp says when it was
        // read last.
        let own = || slot.map_or(0, |slot| self.recency.stamps.last(slot));
        Some(idle.map_or_else(own, |slot| self.recency.last_use(slot)))
    }
}
