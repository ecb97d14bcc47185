//! How a region comes into the cache: looked for under the lock, mapped without it.
//!
//! A region has its slot in the cache, and counts against the limits, before it is mapped. A thread that
//! looks for the same region waits for it; threads that want other regions do not wait.
//!
//! ```text
//!  locked    look for it ── there ──────────────────────────────────► done
//!               │    └───── being mapped: wait until that is over ──► look again
//!  unlocked  ask the file's size
//!  locked    look again; place it, make room, put it in
//!  unlocked  unmap what had to go, map it
//!  locked    publish it ──► done        on failure: take it out
//!  unlocked  wake those who wait: they look again
//! ```
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::files::{Damage, Opened};
use crate::cache::placement::place;
use crate::cache::region::{Obtained, Region, RegionKey};
use crate::cache::shared::Shared;
use crate::cache::trace::EventKind;
use crate::cache::viewers::Viewer;
use crate::error::Error;
use crate::file::source::Origin;
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

/// What is wanted, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// An open file.
    pub(crate) file: usize,
    /// What the region must cover.
    pub(crate) needed: Window,
    /// Who is to be shown the region.
    pub(crate) viewer: Option<Viewer>,
    /// Whether the same request was counted before: it was answered by [`Error::MustLetGo`], or had to wait.
    is_again: bool,
    /// The file's size now, once the system was asked.
    size: Option<u64>,
}

impl Request {
    pub(crate) fn new(file: usize, needed: Window, viewer: Option<Viewer>) -> Self {
        Self { file, needed, viewer, is_again: false, size: None }
    }
}

/// What is found for a request.
pub(crate) enum Found<M: Mapper> {
    /// A region, with one client more.
    There(Obtained<M>),
    /// One that lacked pages, and has left the cache.
    Damaged(Damage<M>),
    /// One that another thread is mapping.
    Coming(Arc<Region<M::Mapping>>),
    /// None. The descriptor, if the file has one, and its name.
    Missing(Option<Arc<M::File>>, Arc<Origin>),
    /// A slot in the cache, with one client, to be filled by the caller, and the descriptor.
    Reserved(Obtained<M>, Option<Arc<M::File>>),
}

impl<M: Mapper> Cache<M> {
    /// Looks for a region. Without the file's size nothing is reserved.
    ///
    /// # Errors
    /// Among others [`Error::MustLetGo`], for a viewer that keeps mapped what was evicted to make room.
    pub(crate) fn look_for(&mut self, request: Request) -> Result<Found<M>, Error> {
        let open = self.files.get(request.file).ok_or(Error::Closed)?;
        if let Some(slot) = open.regions.find(request.needed) {
            return self.come_to(slot, request);
        }
        if let Some(size) = request.size {
            return self.reserve(request, size);
        }
        // `fstat` first, by the caller and without the lock: mapping past a new end raises SIGBUS later.
        let Opened { file, origin, .. } = &open.opened;
        let missing = Found::Missing(file.clone(), Arc::clone(origin));
        self.count_miss(request);
        Ok(missing)
    }

    fn come_to(&mut self, slot: usize, request: Request) -> Result<Found<M>, Error> {
        let key = self.key(slot).ok_or(Error::Released)?;
        let region = Arc::clone(self.region(key).ok_or(Error::Released)?);
        if region.is_coming() {
            self.count_miss(request);
            return Ok(Found::Coming(region));
        }
        if let Some(damage) = self.verify(key)? {
            return Ok(Found::Damaged(damage));
        }
        // A retry that finds it was a miss, and is counted as one already.
        if !request.is_again {
            self.counts.hits += 1;
            self.record(EventKind::Hit, slot);
        }
        self.enter(key);
        if let Some(viewer) = request.viewer {
            self.viewers.show(viewer, key, &region);
        }
        Ok(Found::There((key, region)))
    }

    fn count_miss(&mut self, request: Request) {
        if !request.is_again {
            self.counts.misses += 1;
            if let Some(open) = self.files.get(request.file) {
                self.traces.record(EventKind::Miss, &open.opened.origin, request.needed, self.totals());
            }
        }
    }

    /// Makes room, and adds a region that is yet to be mapped.
    fn reserve(&mut self, request: Request, size: u64) -> Result<Found<M>, Error> {
        let Request { file: id, needed, viewer, .. } = request;
        let open = self.files.get(id).ok_or(Error::Closed)?;
        let (policy, unit) = self.cut;
        let window = place(needed, open.regions.gap(needed), open.opened.snapshot.size, policy, unit);
        // To read the missing part through a map would be a fault.
        if size < window.end() {
            return Err(open.opened.truncated(Some(size)));
        }
        self.make_room(window.size, viewer)?;
        let open = self.files.get(id).ok_or(Error::Closed)?;
        let (file, origin) = (open.opened.file.clone(), Arc::clone(&open.opened.origin));
        let reserved = self.insert(window, origin, Some(id));
        self.enter(reserved.0);
        Ok(Found::Reserved(reserved, file))
    }

    /// As [`Cache::reserve`], for a region of the caller's own: one claim, neither shared nor evicted.
    fn reserve_unshared(&mut self, window: Window, origin: Arc<Origin>) -> Result<Obtained<M>, Error> {
        self.check_open()?;
        self.make_room(window.size, None)?;
        Ok(self.insert(window, origin, None))
    }

    /// The reserved region is mapped. False: it was taken by force in the meantime, and nobody wants it.
    fn publish(&mut self, (key, region): &Obtained<M>, mapping: M::Mapping, viewer: Option<Viewer>) -> bool {
        region.bring(mapping);
        if self.region(*key).is_none() {
            return false;
        }
        self.counts.maps += 1;
        self.record(EventKind::Map, key.slot);
        if let Some(viewer) = viewer {
            self.viewers.show(viewer, *key, region);
        }
        true
    }
}

impl<M: Mapper> Shared<M> {
    /// A region of the file that covers what is needed, mapped before or now, with one client more. A viewer
    /// is shown it. `found`: what the first look found; the caller has given the lock back.
    ///
    /// # Errors
    /// As [`Cache::look_for`], and what the system says.
    pub(crate) fn obtain(
        &self,
        mut found: Result<Found<M>, Error>,
        request: &mut Request,
    ) -> Result<Obtained<M>, Error> {
        loop {
            request.size = match found? {
                Found::There(obtained) => return Ok(obtained),
                Found::Damaged(damage) => return Err(damage.error(self.mapper())),
                Found::Missing(file, origin) => {
                    let file = self.descriptor(request.file, file)?;
                    let now = self.mapper().snapshot(&file);
                    Some(now.map_err(|cause| Error::os(cause, &origin.source))?.size)
                }
                Found::Coming(region) => {
                    // Then look again: if that thread failed to map it, this one tries for itself.
                    region.wait();
                    None
                }
                Found::Reserved(reserved, file) => {
                    let file = || self.descriptor(request.file, file);
                    if let Some(obtained) = self.fill(reserved, file, request.viewer)? {
                        return Ok(obtained);
                    }
                    None
                }
            };
            request.is_again = true;
            found = self.cache().look_for(*request);
        }
    }

    /// Maps a region of the caller's own.
    ///
    /// # Errors
    /// As [`Shared::obtain`].
    pub(crate) fn map_unshared(
        &self,
        file: &Arc<M::File>,
        window: Window,
        origin: Origin,
    ) -> Result<RegionKey, Error> {
        let reserved = self.cache().reserve_unshared(window, Arc::new(origin))?;
        let (key, region) = self.fill(reserved, || Ok(Arc::clone(file)), None)?.ok_or(Error::Closed)?;
        // Otherwise each would cost a descriptor for as long as it is mapped.
        region.forget_file();
        Ok(key)
    }

    /// Maps what was reserved. `None`: it was taken by force in the meantime.
    fn fill(
        &self,
        reserved: Obtained<M>,
        file: impl FnOnce() -> Result<Arc<M::File>, Error>,
        viewer: Option<Viewer>,
    ) -> Result<Option<Obtained<M>>, Error> {
        // A guard, so that an early return or a panic wakes those who wait, too.
        let mut coming = Coming { shared: self, reserved, is_there: false };
        let region = &coming.reserved.1;
        let mapping = self.map(&file()?, region, viewer)?;
        coming.is_there = self.cache().publish(&coming.reserved, mapping, viewer);
        let (key, region) = &coming.reserved;
        Ok(coming.is_there.then(|| (*key, Arc::clone(region))))
    }

    /// Maps a region. If the system is short of something, unmaps what is idle and tries once more.
    fn map(
        &self,
        file: &Arc<M::File>,
        region: &Region<M::Mapping>,
        viewer: Option<Viewer>,
    ) -> Result<M::Mapping, Error> {
        let map = || self.mapper().map(file, region.window());
        let mapping = match map() {
            Err(cause) if cause.is_shortage() && self.collect() > 0 => {
                // What this viewer was shown is still mapped: it has to let go before another try helps.
                self.cache().check_let_go(viewer)?;
                map()
            }
            other => other,
        };
        mapping.map_err(|cause| Error::os(cause, &region.origin().source))
    }
}

/// A region that is being mapped. If this is dropped before the region is there, whatever the reason, the
/// region leaves the cache, and those who wait for it look again.
struct Coming<'a, M: Mapper> {
    shared: &'a Shared<M>,
    reserved: Obtained<M>,
    is_there: bool,
}

impl<M: Mapper> Drop for Coming<'_, M> {
    fn drop(&mut self) {
        let (key, region) = &self.reserved;
        if !self.is_there {
            self.shared.cache().give_up(*key);
        }
        region.end_wait();
    }
}
