//! A mapped window, and how much of what was evicted stays mapped because views of it were handed out. Knows
//! nothing of client counts.
#![forbid(unsafe_code)]

use std::ops::Range;

use crate::cache::arrival::Arrival;
use crate::error::Error;
use crate::file::source::Origin;
use crate::mapping::{Mapped, Mapper};
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering, lock};
use crate::window::Window;

/// Names one region for good: slots are used again, the generation never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RegionKey {
    /// The slot in the cache: a small number, for tables.
    pub slot: usize,
    /// Which region in that slot.
    pub generation: u64,
}

/// A region and its name.
pub(crate) type Obtained<M> = (RegionKey, Arc<Region<<M as Mapper>::Mapping>>);

/// A mapped window. It is unmapped when its last `Arc` is dropped: the cache holds one, each viewer that was
/// shown it holds one, and each pane with views holds one.
#[derive(Debug)]
pub struct Region<T: Mapped> {
    window: Window,
    mapping: Arrival<T>,
    origin: Arc<Origin>,
    lingering: Arc<Lingering>,
    life: Mutex<Life>,
    is_shown: AtomicBool,
    is_taken: AtomicBool,
}

/// What decides whether the region counts as lingering.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    has_left: bool,
    is_idle: bool,
    /// How many panes with views there are.
    views: u64,
    /// Whether somebody keeps it mapped for good.
    is_abandoned: bool,
}

impl Life {
    /// Out of the cache, and mapped until its views are gone.
    fn is_pinned(self) -> bool {
        self.views > 0 && self.has_left
    }

    /// Pinned now, or as soon as it is evicted.
    fn is_unused(self) -> bool {
        self.views > 0 && (self.has_left || self.is_idle)
    }
}

impl<T: Mapped> Region<T> {
    /// A region that is yet to be mapped.
    pub(crate) fn new(window: Window, origin: Arc<Origin>, lingering: Arc<Lingering>) -> Self {
        Self {
            window,
            mapping: Arrival::new(),
            origin,
            lingering,
            life: Mutex::new(Life::default()),
            is_shown: AtomicBool::new(false),
            is_taken: AtomicBool::new(false),
        }
    }

    /// The part of the file it maps.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// The file it maps.
    #[must_use]
    pub fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// Whether it is still to be mapped.
    pub(crate) fn is_coming(&self) -> bool {
        self.mapping.get().is_none()
    }

    /// It is mapped.
    pub(crate) fn bring(&self, mapping: T) {
        self.mapping.bring(mapping);
    }

    /// Returns once it is mapped, or nobody is going to map it.
    pub(crate) fn wait(&self) {
        self.mapping.wait();
    }

    /// Ends the wait, whether the region was mapped or not.
    pub(crate) fn end_wait(&self) {
        self.mapping.end();
    }

    /// Its bytes, from `window().offset` on.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.mapping.get().map_or(&[], Mapped::bytes)
    }

    /// The bytes of `part`, or `None` where it is not covered.
    #[must_use]
    pub fn part(&self, part: Window) -> Option<&[u8]> {
        // `part` may come from a program: no arithmetic here may wrap around.
        let start = usize::try_from(part.offset.checked_sub(self.window.offset)?).ok()?;
        let size = usize::try_from(part.size).ok()?;
        self.bytes().get(start..start.checked_add(size)?)
    }

    /// Brings the bytes of `part` that the region covers into memory.
    pub(crate) fn populate(&self, part: Window) {
        let part = self.indices(part);
        if let Some(mapping) = self.mapping.get().filter(|_| !part.is_empty()) {
            mapping.populate(part);
        }
    }

    /// A byte for each page of `part`, which begins at a page: its lowest bit says whether the page is in
    /// memory.
    pub(crate) fn resident_pages(&self, part: Window) -> Result<Vec<u8>, Error> {
        let pages =
            self.mapping.get().map_or(Ok(Vec::new()), |mapping| mapping.resident_pages(self.indices(part)));
        pages.map_err(|cause| Error::os(cause, &self.origin.source))
    }

    /// The indices of those bytes of `part` that the region covers.
    fn indices(&self, part: Window) -> Range<usize> {
        let index =
            |offset: u64| usize::try_from(offset.saturating_sub(self.window.offset)).unwrap_or(usize::MAX);
        index(part.offset)..index(part.end()).min(self.bytes().len())
    }

    /// Fills `target` with the bytes from `offset` of the file on. False: they are not all here, or may not
    /// be the file's.
    pub(crate) fn copy_whole(&self, target: &mut [u8], offset: u64) -> bool {
        let part = Window::new(offset, target.len() as u64);
        self.part(part).is_some_and(|bytes| {
            target.copy_from_slice(bytes);
            self.is_whole_up_to(part.end())
        })
    }

    /// Whether the bytes just read, up to `end`, were the file's. If the file was cut inside a page, the rest
    /// of that page reads as zeros and raises no fault (`mmap(2)`). So a last byte of zero is believed only
    /// if the next page is there, which a read of that page shows. False also if the region has no next page.
    fn is_whole_up_to(&self, end: u64) -> bool {
        let bytes = self.bytes();
        let index = usize::try_from(end.saturating_sub(self.window.offset)).unwrap_or(usize::MAX);
        let is_zero = index > 0 && bytes.get(index - 1) == Some(&0);
        let next = index.next_multiple_of(page_size::get());
        // `black_box` keeps the compiler from leaving out a read whose value does not matter.
        let is_seen = !is_zero || bytes.get(next).is_some_and(|byte| std::hint::black_box(*byte) == *byte);
        is_seen && !self.is_damaged()
    }

    /// Lets its file be closed.
    pub(crate) fn forget_file(&self) {
        if let Some(mapping) = self.mapping.get() {
            mapping.forget_file();
        }
    }

    /// Whether part of the mapping was cut off its file, or could not be read.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.mapping.get().is_some_and(Mapped::is_damaged)
    }

    /// Some viewer may read it in place from now on.
    pub(crate) fn show(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Relaxed)
    }

    /// Takes it from its cursors: it is unmapped by force, or its manager is closed.
    pub(crate) fn take(&self) {
        self.is_taken.store(true, Ordering::Relaxed);
    }

    /// Whether it was taken from its cursors by force. One that was merely evicted is still theirs.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.is_taken.load(Ordering::Relaxed)
    }

    /// A pane with views is made: until as many [`Region::conceal`] follow, the region cannot be unmapped.
    pub fn expose(&self) {
        self.live(|life| life.views += 1);
    }

    /// A pane with views is gone: undoes one [`Region::expose`].
    pub fn conceal(&self) {
        self.live(|life| life.views = life.views.saturating_sub(1));
    }

    /// Whether only the cache wants it.
    pub(crate) fn set_idle(&self, is_idle: bool) {
        self.live(|life| life.is_idle = is_idle);
    }

    /// Changes its life, and the counters that follow from it.
    fn live(&self, change: impl FnOnce(&mut Life)) {
        let mut life = lock(&self.life);
        // Counters are changed by the difference, so that no order of the changes can count a region twice.
        let before = *life;
        change(&mut life);
        let count = |counter: &AtomicU64, was: bool, is: bool| match (was, is) {
            (false, true) => drop(counter.fetch_add(self.window.size, Ordering::Relaxed)),
            (true, false) => drop(counter.fetch_sub(self.window.size, Ordering::Relaxed)),
            _ => {}
        };
        count(&self.lingering.pinned, before.is_pinned(), life.is_pinned());
        count(&self.lingering.unused, before.is_unused(), life.is_unused());
        match (before.views > 0, life.views > 0) {
            (false, true) => drop(EXPOSED.fetch_add(self.window.size, Ordering::Relaxed)),
            (true, false) => drop(EXPOSED.fetch_sub(self.window.size, Ordering::Relaxed)),
            _ => {}
        }
    }

    /// Whether it has a pane with views.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        lock(&self.life).views > 0
    }

    /// Whether it belongs to the manager with this count of what lingers.
    #[must_use]
    pub fn is_counted_by(&self, lingering: &Arc<Lingering>) -> bool {
        Arc::ptr_eq(&self.lingering, lingering)
    }

    /// Counts the region as lingering from now until it is unmapped; its file may be closed. Called when it
    /// leaves the cache.
    pub(crate) fn leave(&self) {
        self.live(|life| {
            if !std::mem::replace(&mut life.has_left, true) && !life.is_abandoned {
                self.lingering.add(self.window.size);
            }
        });
        self.forget_file();
    }

    /// Keeps it mapped for good, because nothing will report when its views are gone. It is counted nowhere:
    /// no eviction could free it.
    pub fn abandon(region: Arc<Self>) {
        region.live(|life| {
            if life.has_left && !std::mem::replace(&mut life.is_abandoned, true) {
                region.lingering.subtract(region.window.size);
            }
            life.is_abandoned = true;
        });
        // Leaks one reference, so that the mapping is never dropped.
        std::mem::forget(region);
    }
}

impl<T: Mapped> Drop for Region<T> {
    fn drop(&mut self) {
        // The last chance to keep it: the guard forgets the damage with the mapping.
        if self.is_damaged() {
            self.origin.note_damage();
        }
        let life = *lock(&self.life);
        if life.has_left && !life.is_abandoned {
            self.lingering.subtract(self.window.size);
        }
    }
}

/// How much of a manager's memory is mapped outside the cache, or would be as soon as it is evicted.
#[derive(Debug, Default)]
pub struct Lingering {
    regions: AtomicU64,
    bytes: AtomicU64,
    pinned: AtomicU64,
    unused: AtomicU64,
}

/// Lingering regions of every manager: the system limits the maps of a process (`vm.max_map_count`).
static ALL: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// Bytes of every manager's regions with views, in the cache or lingering: on 32 bits the system limits the
/// addresses of a process.
static EXPOSED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

impl Lingering {
    /// How many bytes of regions have views in the whole process, of all managers.
    #[must_use]
    pub fn all_exposed() -> u64 {
        EXPOSED.load(Ordering::Relaxed)
    }

    /// How many regions linger in the whole process, of all managers.
    #[must_use]
    pub fn all_regions() -> u64 {
        ALL.load(Ordering::Relaxed)
    }

    /// How many regions.
    #[must_use]
    pub fn regions(&self) -> u64 {
        self.regions.load(Ordering::Relaxed)
    }

    /// How many bytes they map.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many bytes have left the cache and stay mapped until their views are gone, whatever the limits
    /// say.
    #[must_use]
    pub fn pinned(&self) -> u64 {
        self.pinned.load(Ordering::Relaxed)
    }

    /// How many bytes are pinned, or would be as soon as they are evicted: they have views, and no cursor is
    /// on them.
    #[must_use]
    pub fn unused(&self) -> u64 {
        self.unused.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: u64) {
        ALL.fetch_add(1, Ordering::Relaxed);
        self.regions.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: u64) {
        ALL.fetch_sub(1, Ordering::Relaxed);
        self.regions.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}
