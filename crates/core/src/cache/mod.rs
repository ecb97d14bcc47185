//! The cache of regions: what comes in, what is in it, what leaves. Every counter is derived from it or kept
//! beside the one statement that changes it. Knows nothing of locks, and asks nothing of the system: its
//! caller holds a lock.
#![forbid(unsafe_code)]

mod arrival;
pub(crate) mod budget;
mod clients;
mod descriptors;
pub(crate) mod earning;
pub(crate) mod files;
mod leaving;
pub(crate) mod lent;
pub(crate) mod lone;
pub(crate) mod lone_reads;
pub(crate) mod obtain;
pub(crate) mod placement;
pub(crate) mod recency;
pub(crate) mod region;
pub(crate) mod region_list;
mod room;
pub(crate) mod shared;
pub(crate) mod stamps;
pub(crate) mod trace;
pub(crate) mod viewers;

use slab::Slab;

use crate::cache::budget::{Budget, Limits};
use crate::cache::files::{Damage, Files};
use crate::cache::leaving::Leaving;
use crate::cache::lent::Lent;
use crate::cache::placement::Policy;
use crate::cache::recency::Recency;
use crate::cache::region::{Lingering, Obtained, Region, RegionKey};
use crate::cache::trace::{EventKind, Totals, Traces};
use crate::cache::viewers::{Viewer, Viewers};
use crate::error::Error;
use crate::file::source::{Base, Origin, Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

#[derive(Debug)]
struct Entry<M: Mapper> {
    region: Arc<Region<M::Mapping>>,
    generation: u64,
    /// The file whose list it is in; `None` for an unshared region, which is not evicted either.
    file: Option<usize>,
    /// The cache's own claim, 1, and what was added by hand.
    claims: u64,
    cursors: u64,
    /// Whether it is counted as idle.
    is_idle: bool,
}

impl<M: Mapper> Entry<M> {
    /// Only the cache wants it. A region given back while a cursor is on it is in use until that one leaves.
    fn may_go(&self) -> bool {
        self.claims == 1 && self.cursors == 0 && self.file.is_some()
    }
}

/// How often each thing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
    pub(crate) maps: u64,
    /// Without those of viewers, and of cursors without one.
    pub(crate) reads: u64,
}

#[derive(Debug)]
pub(crate) struct Cache<M: Mapper> {
    /// How regions are cut out of files: the policy, and what their borders are multiples of.
    cut: (Policy, u64),
    pub(crate) files: Files<M>,
    regions: Slab<Entry<M>>,
    pub(crate) recency: Recency,
    /// How many regions are idle.
    idle: usize,
    pub(crate) budget: Budget,
    pub(crate) counts: Counts,
    pub(crate) traces: Traces,
    pub(crate) lingering: Arc<Lingering>,
    /// What left the cache under the current lock; unmapped and closed by its holder, after unlocking.
    pub(crate) leaving: Leaving<M>,
    generation: u64,
    pub(crate) viewers: Viewers<M>,
    /// The files whose views were ever to be emptied, in that order; `None`: all files.
    pub(crate) emptied: Vec<Option<Arc<Base>>>,
    pub(crate) is_closed: bool,
}

impl<M: Mapper> Cache<M> {
    pub(crate) fn new(cut: (Policy, u64), limits: Limits) -> Self {
        Self {
            cut,
            files: Files::new(),
            regions: Slab::new(),
            recency: Recency::new(),
            idle: 0,
            budget: Budget::new(limits),
            counts: Counts::default(),
            traces: Traces::default(),
            lingering: Arc::default(),
            leaving: Leaving::new(),
            generation: 0,
            viewers: Viewers::new(),
            emptied: Vec::new(),
            is_closed: false,
        }
    }

    pub(crate) fn regions(&self) -> usize {
        self.regions.len()
    }

    pub(crate) fn idle_regions(&self) -> usize {
        self.idle
    }

    pub(crate) fn used_regions(&self) -> usize {
        self.regions.len() - self.idle
    }

    pub(crate) fn region(&self, key: RegionKey) -> Option<&Arc<Region<M::Mapping>>> {
        self.entry(key).map(|entry| &entry.region)
    }

    fn key(&self, slot: usize) -> Option<RegionKey> {
        self.regions.get(slot).map(|entry| RegionKey { slot, generation: entry.generation })
    }

    /// As [`Cache::key`], unless the region is still to be mapped.
    pub(crate) fn key_of_mapped(&self, slot: usize) -> Option<RegionKey> {
        self.key(slot).filter(|_| !self.is_coming(slot))
    }

    fn is_coming(&self, slot: usize) -> bool {
        self.regions.get(slot).is_some_and(|entry| entry.region.is_coming())
    }

    fn entry(&self, key: RegionKey) -> Option<&Entry<M>> {
        self.regions.get(key.slot).filter(|entry| entry.generation == key.generation)
    }

    fn entry_mut(&mut self, key: RegionKey) -> Option<&mut Entry<M>> {
        self.regions.get_mut(key.slot).filter(|entry| entry.generation == key.generation)
    }

    /// Takes the region out of the cache if it lacks pages.
    pub(crate) fn verify(&mut self, key: RegionKey) -> Result<Option<Damage<M>>, Error> {
        let entry = self.entry(key).ok_or(Error::Released)?;
        if !entry.region.is_damaged() {
            return Ok(None);
        }
        let (origin, window) = (Arc::clone(entry.region.origin()), entry.region.window());
        let open = entry.file.and_then(|file| self.files.get(file));
        let damage = Damage { origin, window, opened: open.map(|open| open.opened.clone()) };
        damage.origin.note_damage();
        self.remove(key.slot);
        Ok(Some(damage))
    }

    /// Whether a region of the file lacks pages.
    pub(crate) fn is_damaged(&self, file: usize) -> bool {
        let regions = self.files.get(file).into_iter().flat_map(|open| open.regions.iter());
        regions.filter_map(|(_, slot)| self.regions.get(*slot)).any(|entry| entry.region.is_damaged())
    }

    /// Takes the regions that the viewer was shown and that lack pages out of the cache. True: there were
    /// some, and what the viewer read from them may be zeros.
    pub(crate) fn drop_damaged(&mut self, viewer: Viewer) -> bool {
        let damaged = self.viewers.damaged(viewer);
        for (key, region) in &damaged {
            // On the file too: a cursor that comes later finds no damaged region, and its check must still
            // know.
            region.origin().note_damage();
            if self.entry(*key).is_some() {
                self.remove(key.slot);
            }
        }
        !damaged.is_empty()
    }

    /// Takes the regions of a file out of the cache, used or not, and returns how many. Cursors on them keep
    /// them alive until they notice.
    pub(crate) fn remove_file(&mut self, file: usize, number: u64) -> usize {
        // The lock was given back since the caller saw the file: its index may be another file's by now.
        if self.files.get(file).is_none_or(|open| open.number != number) {
            return 0;
        }
        let slots: Vec<usize> = self.slots_of(file);
        for slot in &slots {
            self.take_away(*slot);
        }
        slots.len()
    }

    /// New cursors get a new entry; idle regions of the old one go.
    pub(crate) fn retire(&mut self, file: usize) {
        self.files.retire(file);
        for slot in self.slots_of(file) {
            if self.is_idle(slot) {
                self.remove(slot);
            }
        }
    }

    /// Finds or makes the entry of a file just opened, adds a cursor to it, and returns it with its number.
    /// An entry is used again if the file has not changed since; it takes the descriptor `file` if it has
    /// none. `None`: there is no room for another descriptor.
    fn adopt(
        &mut self,
        source: (&Source, i32),
        file: &mut Option<M::File>,
        snapshot: Snapshot,
    ) -> Result<Option<(usize, u64)>, Error> {
        self.check_open()?;
        let known = self.files.find(snapshot.identity);
        let open = known.and_then(|id| self.files.get(id));
        // A file that grew or was rewritten gets a new entry, so that a new cursor sees the new bytes and
        // size. Older cursors keep the old one.
        let same = open.filter(|open| open.opened.snapshot == snapshot);
        let id = if let (Some(id), Some(open)) = (known, same) {
            open.opened.origin.add_name(source.0);
            if open.opened.file.is_none() {
                if !self.has_room_for_file() {
                    return Ok(None);
                }
                file.take().and_then(|file| self.files.take_back(id, file));
            }
            id
        } else {
            if let Some(id) = known {
                self.retire(id);
            }
            if !self.has_room_for_file() {
                return Ok(None);
            }
            let id = self.files.insert(source, file.take().ok_or(Error::Closed)?, snapshot);
            let open = self.files.get(id).ok_or(Error::Closed)?;
            let whole = Window::new(0, snapshot.size);
            self.traces.record(EventKind::Open, &open.opened.origin, whole, self.totals());
            id
        };
        let open = self.files.get_mut(id).ok_or(Error::Closed)?;
        open.cursors += 1;
        Ok(Some((id, open.number)))
    }

    /// A cursor closes; its region has been let go before.
    pub(crate) fn close_cursor(&mut self, file: usize, lent: Option<&Arc<Lent<M::File>>>) {
        if let Some(lent) = lent {
            self.files.hand_back(file, lent);
        }
        if let Some(open) = self.files.get_mut(file) {
            open.cursors -= 1;
            self.leaving.add_files(self.files.take_if_unused(file));
        }
    }

    /// Everything goes, used or not.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
        let slots: Vec<usize> = self.regions.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.take_away(slot);
        }
        self.leaving.add_files(self.files.take_all());
    }

    pub(crate) fn check_open(&self) -> Result<(), Error> {
        if self.is_closed { Err(Error::Closed) } else { Ok(()) }
    }

    fn slots_of(&self, file: usize) -> Vec<usize> {
        self.files
            .get(file)
            .map_or_else(Vec::new, |open| open.regions.iter().map(|(_, slot)| *slot).collect())
    }

    /// Adds a region that is yet to be mapped. It counts against the limits from here on.
    fn insert(&mut self, window: Window, origin: Arc<Origin>, file: Option<usize>) -> Obtained<M> {
        // Never used twice, unlike slots: a key kept by TypeScript can name no other region.
        self.generation += 1;
        self.budget.charge(window.size);
        let region = Arc::new(Region::new(window, origin, Arc::clone(&self.lingering)));
        let key = RegionKey { slot: self.regions.vacant_key(), generation: self.generation };
        self.regions.insert(Entry {
            region: Arc::clone(&region),
            generation: key.generation,
            file,
            claims: 1,
            cursors: 0,
            is_idle: false,
        });
        if let Some(open) = file.and_then(|file| self.files.get_mut(file)) {
            open.regions.insert(window, key.slot);
            self.recency.touch(key.slot);
        }
        (key, region)
    }

    /// Removes a reserved region that nobody is going to map.
    fn give_up(&mut self, key: RegionKey) {
        if self.entry(key).is_some() {
            self.remove(key.slot);
        }
    }

    fn totals(&self) -> Totals {
        Totals { mapped: self.budget.gauge.mapped(), hits: self.counts.hits }
    }

    fn record(&mut self, kind: EventKind, slot: usize) {
        if let Some(Entry { region, .. }) = self.regions.get(slot) {
            self.traces.record(kind, region.origin(), region.window(), self.totals());
        }
    }

    fn is_idle(&self, slot: usize) -> bool {
        self.regions.get(slot).is_some_and(|entry| entry.is_idle)
    }

    fn evict(&mut self, slot: usize) {
        self.counts.evictions += 1;
        self.take_out(slot, EventKind::Evict);
    }

    fn remove(&mut self, slot: usize) {
        self.take_out(slot, EventKind::Release);
    }

    /// Removes a region, and takes it from its cursors too.
    fn take_away(&mut self, slot: usize) {
        if let Some(entry) = self.regions.get(slot) {
            entry.region.take();
        }
        self.remove(slot);
    }

    fn take_out(&mut self, slot: usize, why: EventKind) {
        let entry = self.regions.remove(slot);
        let window = entry.region.window();
        self.recency.remove(slot);
        // Every counter changes here, and only here, when a region leaves: so none can be off by one.
        if entry.is_idle {
            self.idle -= 1;
            self.budget.idle -= window.size;
        }
        self.budget.refund(window.size);
        if !entry.region.is_coming() {
            self.traces.record(why, entry.region.origin(), window, self.totals());
        }
        if let Some(file) = entry.file {
            if let Some(open) = self.files.get_mut(file) {
                open.regions.remove(window, slot);
            }
            self.leaving.add_files(self.files.take_if_unused(file));
        }
        self.viewers.lose(RegionKey { slot, generation: entry.generation });
        // Somebody else still has it: it lingers, and counts as lingering until the last of them is gone.
        if Arc::strong_count(&entry.region) > 1 {
            entry.region.leave();
        }
        // Not dropped here: `munmap` of a large region takes long, and other threads wait for the lock.
        self.leaving.add_region(entry.region);
    }
}
