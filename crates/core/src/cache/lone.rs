//! Whether a read goes by a map or is a lone read, by `pread`: what the cache asks `earning`, `recency` and
//! the limits.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::earning::{Access, FileWindow, Reads, note};
use crate::cache::region::{Region, RegionKey};
use crate::cache::trace::EventKind;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

/// How a read reaches its bytes.
pub(crate) enum Lone<M: Mapper> {
    ByMap,
    /// By this descriptor; by a new one, where it was given up.
    ByFile(Option<Arc<M::File>>),
}

impl<M: Mapper> Cache<M> {
    /// The region mapped for `needed`, for a copy that takes no client count: the `Arc` returned keeps it
    /// mapped. `None` where reads never go by a map, or the region lacks a page.
    pub(crate) fn glance(&mut self, file: usize, needed: Window) -> Option<Arc<Region<M::Mapping>>> {
        let slot = self.files.get(file)?.regions.find(needed)?;
        let region = &self.regions.get(slot)?.region;
        if self.access == Access::Read || region.is_coming() || region.is_damaged() {
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

    /// How a read of `needed` reaches its bytes: by a map where there is one, or the window has earned one.
    /// `own` is the region that the reader would let go of. A read that is no use of its own earns a map only
    /// where there is room for it.
    pub(crate) fn lone(
        &mut self,
        file: usize,
        needed: Window,
        own: Option<RegionKey>,
        is_use: bool,
    ) -> Result<Lone<M>, Error> {
        self.check_open()?;
        let open = self.files.get(file).ok_or(Error::Closed)?;
        let is_lone = match self.access {
            Access::Map => false,
            Access::Read => true,
            Access::Auto => {
                if let Some(slot) = open.regions.find(needed) {
                    // Another thread is mapping it. A read is over before that map is there.
                    self.is_coming(slot)
                } else {
                    // Windows are counted on a fixed grid, not by region: there is no region yet.
                    let size = self.cut.0.most().min(open.opened.snapshot.size).max(1);
                    let window = (open.number, needed.offset / size);
                    !self.has_earned(file, window, size, own, is_use)
                }
            }
        };
        self.counts.reads += u64::from(is_lone);
        let open = self.files.get(file).filter(|_| is_lone);
        Ok(open.map_or(Lone::ByMap, |open| Lone::ByFile(open.opened.file.clone())))
    }

    fn has_earned(
        &mut self,
        file: usize,
        window: FileWindow,
        size: u64,
        own: Option<RegionKey>,
        is_use: bool,
    ) -> bool {
        let has_room = self.has_room_for(size);
        // Where a map would have to go for it, a burst of reads counts as one: otherwise lookups all over a
        // file thrash (16 reads of one lookup would earn a map that nothing uses again).
        if !has_room && !is_use {
            return false;
        }
        let since = self.count_read(file, window, size);
        // The victim's last use never gets earlier, so the value found last is a lower bound: most reads end
        // here, without a look at the LRU order.
        if since == 0 || (!has_room && since <= self.victims_use) {
            return false;
        }
        let Some(victims_use) = self.last_use_of_victim(size, has_room, own) else { return false };
        self.victims_use = victims_use;
        let has_earned = since > victims_use;
        if has_earned {
            self.forget_reads(file, window, size);
        }
        has_earned
    }

    /// As [`note`]. A file of a single window counts its own reads: in the table, ten thousand small files
    /// that are read once each would push out the counts of all others.
    fn count_read(&mut self, file: usize, window: FileWindow, size: u64) -> u64 {
        let now = self.recency.now();
        match self.files.get_mut(file) {
            Some(open) if open.opened.snapshot.size <= size => note(&mut open.reads, now),
            _ => self.earning.read(window, now),
        }
    }

    fn forget_reads(&mut self, file: usize, window: FileWindow, size: u64) {
        match self.files.get_mut(file) {
            Some(open) if open.opened.snapshot.size <= size => open.reads = Reads::default(),
            _ => self.earning.forget(window),
        }
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
