//! The cache of regions: obtaining, counting, letting go, evicting. Every counter is derived from it or kept
//! beside the one statement that changes it. Knows nothing of locks; its caller holds one.
#![forbid(unsafe_code)]

pub(crate) mod budget;
mod descriptors;
pub(crate) mod earning;
pub(crate) mod files;
mod lone;
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
use crate::cache::earning::{Access, Earning};
use crate::cache::files::Files;
use crate::cache::placement::{Policy, place};
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
    /// The file whose list it is in; none for a region mapped alone, which the cache neither shares nor
    /// evicts.
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

/// Who wants a region.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asker {
    /// Who is to be shown it.
    pub(crate) viewer: Option<Viewer>,
    /// Whether the same was asked for just before, and answered by [`Error::MustLetGo`].
    pub(crate) is_again: bool,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
    pub(crate) maps: u64,
    pub(crate) reads: u64,
}

#[derive(Debug)]
pub(crate) struct Cache<M: Mapper> {
    pub(crate) files: Files<M>,
    regions: Slab<Entry<M>>,
    pub(crate) recency: Recency,
    /// How lone reads, and passes over files, reach bytes.
    pub(crate) access: Access,
    earning: Earning,
    /// When what goes next was last used, as far as was looked.
    victims_use: u64,
    /// How many regions are idle.
    idle: usize,
    pub(crate) budget: Budget,
    pub(crate) counts: Counts,
    pub(crate) traces: Traces,
    pub(crate) lingering: Arc<Lingering>,
    generation: u64,
    pub(crate) viewers: Viewers<M>,
    /// Of which files views were to be emptied, in this order; nothing: of all.
    pub(crate) emptied: Vec<Option<Arc<Base>>>,
    pub(crate) is_closed: bool,
}

impl<M: Mapper> Cache<M> {
    pub(crate) fn new(limits: Limits, access: Access) -> Self {
        Self {
            files: Files::new(),
            regions: Slab::new(),
            recency: Recency::new(),
            access,
            earning: Earning::default(),
            victims_use: 0,
            idle: 0,
            budget: Budget::new(limits),
            counts: Counts::default(),
            traces: Traces::default(),
            lingering: Arc::default(),
            generation: 0,
            viewers: Viewers::new(),
            emptied: Vec::new(),
            is_closed: false,
        }
    }

    pub(crate) fn regions(&self) -> usize {
        self.regions.len()
    }

    pub(crate) fn used_regions(&self) -> usize {
        self.regions.len() - self.idle
    }

    pub(crate) fn region(&self, key: RegionKey) -> Option<&Arc<Region<M::Mapping>>> {
        self.entry(key).map(|entry| &entry.region)
    }

    /// The owner, what was added by hand, and the cursors; 0 when the region is gone.
    pub(crate) fn client_count(&self, key: RegionKey) -> u64 {
        self.entry(key).map_or(0, |entry| entry.claims.saturating_add(entry.cursors))
    }

    pub(crate) fn key(&self, slot: usize) -> Option<RegionKey> {
        self.regions.get(slot).map(|entry| RegionKey { slot, generation: entry.generation })
    }

    fn entry(&self, key: RegionKey) -> Option<&Entry<M>> {
        self.regions.get(key.slot).filter(|entry| entry.generation == key.generation)
    }

    fn entry_mut(&mut self, key: RegionKey) -> Option<&mut Entry<M>> {
        self.regions.get_mut(key.slot).filter(|entry| entry.generation == key.generation)
    }

    /// A region of the file that covers `needed`, one client more: mapped before, or now. A viewer is shown
    /// it.
    ///
    /// # Errors
    /// Among others [`Error::MustLetGo`], for a viewer that keeps mapped what was evicted to make room.
    pub(crate) fn obtain(
        &mut self,
        mapper: &M,
        file: usize,
        needed: Window,
        (policy, unit): (Policy, u64),
        asker: Asker,
    ) -> Result<Obtained<M>, Error> {
        let found = self.files.get(file).ok_or(Error::Closed)?.regions.find(needed);
        let slot = if let Some(slot) = found {
            let key = self.key(slot).ok_or(Error::Released)?;
            self.verify(mapper, key)?;
            self.counts.hits += 1;
            self.record(EventKind::Hit, slot);
            slot
        } else {
            if !asker.is_again {
                self.counts.misses += 1;
                let open = self.files.get(file).ok_or(Error::Closed)?;
                self.traces.record(EventKind::Miss, &open.origin, needed, self.totals());
            }
            let handle = self.descriptor(mapper, file)?;
            let open = self.files.get(file).ok_or(Error::Closed)?;
            let window = place(needed, open.regions.gap(needed), open.snapshot.size, policy, unit);
            open.check_size(mapper, &handle, window.end())?;
            let origin = Arc::clone(&open.origin);
            let region = self.map(mapper, &handle, window, origin, asker.viewer)?;
            self.insert(region, Some(file))
        };
        let key = self.key(slot).filter(|key| self.enter(*key)).ok_or(Error::Released)?;
        let region = Arc::clone(self.region(key).ok_or(Error::Released)?);
        if let Some(viewer) = asker.viewer {
            self.viewers.show(viewer, key, &region);
        }
        Ok((key, region))
    }

    /// A cursor comes to the region. Whether it is there.
    pub(crate) fn enter(&mut self, key: RegionKey) -> bool {
        let Some(entry) = self.entry_mut(key) else { return false };
        entry.cursors += 1;
        self.settle(key.slot);
        true
    }

    /// A region that is nobody's but the caller's: one claim, not shared, not evicted.
    pub(crate) fn map_alone(
        &mut self,
        mapper: &M,
        file: &Arc<M::File>,
        window: Window,
        origin: Origin,
    ) -> Result<RegionKey, Error> {
        self.check_open()?;
        let region = self.map(mapper, file, window, Arc::new(origin), None)?;
        // Or each would cost a descriptor.
        region.forget_file();
        let slot = self.insert(region, None);
        self.key(slot).ok_or(Error::Released)
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

    /// As [`crate::Manager::verify`].
    pub(crate) fn verify(&mut self, mapper: &M, key: RegionKey) -> Result<(), Error> {
        let entry = self.entry(key);
        let region = entry.map(|entry| entry.region.as_ref()).ok_or(Error::Released)?;
        if !region.is_damaged() {
            return Ok(());
        }
        region.origin().note_damage();
        let open = entry.and_then(|entry| entry.file).and_then(|file| self.files.get(file));
        let truncated = || Error::FileTruncated {
            name: region.origin().source.to_string(),
            opened: region.window().end(),
            now: None,
        };
        let error = open.map_or_else(truncated, |open| open.damaged(mapper));
        self.remove(key.slot);
        Err(error)
    }

    /// Whether a region of the file lacks pages.
    pub(crate) fn is_damaged(&self, file: usize) -> bool {
        let regions = self.files.get(file).into_iter().flat_map(|open| open.regions.iter());
        regions.filter_map(|(_, slot)| self.regions.get(*slot)).any(|entry| entry.region.is_damaged())
    }

    /// Takes the regions that the viewer was shown and that lack pages out of the cache. Whether there were
    /// any: what it has read of them may be zeros.
    pub(crate) fn drop_damaged(&mut self, viewer: Viewer) -> bool {
        let damaged = self.viewers.damaged(viewer);
        for (key, region) in &damaged {
            region.origin().note_damage();
            if self.entry(*key).is_some() {
                self.remove(key.slot);
            }
        }
        !damaged.is_empty()
    }

    /// Takes the regions of the files under `base` out of the cache, used or not. How many. Cursors on them
    /// keep them alive until they notice.
    pub(crate) fn remove_under(&mut self, base: &Base) -> usize {
        let under = self.files.iter().filter(|(_, open)| open.origin.lies_under(base));
        let files: Vec<usize> = under.map(|(id, _)| id).collect();
        files.into_iter().map(|file| self.remove_file(file)).sum()
    }

    fn remove_file(&mut self, file: usize) -> usize {
        let slots: Vec<usize> = self.slots_of(file);
        for slot in &slots {
            self.take_away(*slot);
        }
        slots.len()
    }

    /// New cursors get a new entry; what of the old one is idle goes.
    pub(crate) fn retire(&mut self, file: usize) {
        self.files.retire(file);
        for slot in self.slots_of(file) {
            if self.is_idle(slot) {
                self.remove(slot);
            }
        }
    }

    /// The entry of a file just opened: the one there is if the file is as it was, else a new one; one cursor
    /// more.
    pub(crate) fn adopt(
        &mut self,
        mapper: &M,
        (source, flags): (&Source, i32),
        file: M::File,
        snapshot: Snapshot,
    ) -> Result<usize, Error> {
        self.check_open()?;
        let known = self.files.find(snapshot.identity);
        let same = known.and_then(|id| self.files.get(id)).filter(|open| open.snapshot == snapshot);
        let id = if let (Some(id), Some(open)) = (known, same) {
            open.origin.add_name(source);
            if open.file.is_none() {
                self.make_room_for_file(mapper)?;
                self.files.take_back(id, file)?;
            }
            id
        } else {
            if let Some(id) = known {
                self.retire(id);
            }
            self.make_room_for_file(mapper)?;
            let id = self.files.insert((source, flags), file, snapshot);
            let open = self.files.get(id).ok_or(Error::Closed)?;
            let whole = Window::new(0, snapshot.size);
            self.traces.record(EventKind::Open, &open.origin, whole, self.totals());
            id
        };
        self.files.get_mut(id).ok_or(Error::Closed)?.cursors += 1;
        Ok(id)
    }

    /// A cursor closes; its region has been let go before.
    pub(crate) fn close_cursor(&mut self, file: usize) {
        if let Some(open) = self.files.get_mut(file) {
            open.cursors -= 1;
            self.files.close_if_unused(file);
        }
    }

    /// Everything goes, used or not.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
        let slots: Vec<usize> = self.regions.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.take_away(slot);
        }
        self.files = Files::new();
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_closed { Err(Error::Closed) } else { Ok(()) }
    }

    fn slots_of(&self, file: usize) -> Vec<usize> {
        self.files
            .get(file)
            .map_or_else(Vec::new, |open| open.regions.iter().map(|(_, slot)| *slot).collect())
    }

    /// Maps within the limits; where the system is short of something, frees what is idle and tries once
    /// more.
    fn map(
        &mut self,
        mapper: &M,
        file: &Arc<M::File>,
        window: Window,
        origin: Arc<Origin>,
        viewer: Option<Viewer>,
    ) -> Result<Region<M::Mapping>, Error> {
        self.viewers.asking = viewer;
        let room = self.make_room(window.size, viewer);
        self.viewers.asking = None;
        room?;
        let mapping = match mapper.map(file, window) {
            Err(cause) if cause.is_shortage() && self.collect() > 0 => {
                self.check_let_go(viewer)?;
                mapper.map(file, window)
            }
            other => other,
        };
        let mapping = mapping.map_err(|cause| Error::os(cause, &origin.source))?;
        self.counts.maps += 1;
        Ok(Region::new(window, mapping, origin, Arc::clone(&self.lingering)))
    }

    fn insert(&mut self, region: Region<M::Mapping>, file: Option<usize>) -> usize {
        self.generation += 1;
        let window = region.window();
        self.budget.charge(window.size);
        let region = Arc::new(region);
        let slot = self.regions.insert(Entry {
            region,
            generation: self.generation,
            file,
            claims: 1,
            cursors: 0,
            is_idle: false,
        });
        if let Some(open) = file.and_then(|file| self.files.get_mut(file)) {
            open.regions.insert(window, slot);
            self.recency.touch(slot);
        }
        self.record(EventKind::Map, slot);
        slot
    }

    fn totals(&self) -> Totals {
        Totals { mapped: self.budget.mapped, hits: self.counts.hits }
    }

    fn record(&mut self, kind: EventKind, slot: usize) {
        if let Some(Entry { region, .. }) = self.regions.get(slot) {
            self.traces.record(kind, region.origin(), region.window(), self.totals());
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

    /// Takes it from its cursors, too.
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
        if entry.is_idle {
            self.idle -= 1;
            self.budget.idle -= window.size;
        }
        self.budget.refund(window.size);
        self.traces.record(why, entry.region.origin(), window, self.totals());
        if let Some(file) = entry.file {
            if let Some(open) = self.files.get_mut(file) {
                open.regions.remove(window, slot);
            }
            self.files.close_if_unused(file);
        }
        self.viewers.lose(RegionKey { slot, generation: entry.generation });
        if Arc::strong_count(&entry.region) > 1 {
            entry.region.leave();
        }
    }
}
