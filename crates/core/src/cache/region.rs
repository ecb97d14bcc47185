//! A mapped window, and how much of what was evicted lives on because its bytes were handed out.
//! Knows nothing of who counts its clients.
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
    /// The place in the cache; small, for tables.
    pub slot: usize,
    /// Which region at that place.
    pub generation: u64,
}

/// A region and its name.
pub(crate) type Obtained<M> = (RegionKey, Arc<Region<<M as Mapper>::Mapping>>);

/// A mapped window. It is unmapped when its last `Arc` goes: the cache holds one, each viewer that was shown
/// it another, and whoever handed its bytes out one more.
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

/// What the region counts for among those that linger.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    has_left: bool,
    is_idle: bool,
    /// How many claims of handed-out bytes there are.
    views: u64,
    /// Whether somebody keeps it mapped for good.
    is_abandoned: bool,
}

impl Life {
    /// Mapped until those who have its bytes let go.
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

    /// Nobody is going to map it who has not done so by now.
    pub(crate) fn end_wait(&self) {
        self.mapping.end();
    }

    /// Its bytes; those of `window().offset` first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.mapping.get().map_or(&[], Mapped::bytes)
    }

    /// The bytes of `part`, or `None` where it is not covered.
    #[must_use]
    pub fn part(&self, part: Window) -> Option<&[u8]> {
        let begin = usize::try_from(part.offset.checked_sub(self.window.offset)?).ok()?;
        let size = usize::try_from(part.size).ok()?;
        self.bytes().get(begin..begin.checked_add(size)?)
    }

    /// Brings the bytes of `part` that it has into memory.
    pub(crate) fn populate(&self, part: Window) {
        let part = self.indices(part);
        if let Some(mapping) = self.mapping.get().filter(|_| !part.is_empty()) {
            mapping.populate(part);
        }
    }

    /// A byte for each page of `part`, which begins with one, the lowest bit of which says whether it is in
    /// memory.
    pub(crate) fn resident_pages(&self, part: Window) -> Result<Vec<u8>, Error> {
        let pages =
            self.mapping.get().map_or(Ok(Vec::new()), |mapping| mapping.resident_pages(self.indices(part)));
        pages.map_err(|cause| Error::os(cause, &self.origin.source))
    }

    /// Where the bytes of `part` are that it has.
    fn indices(&self, part: Window) -> Range<usize> {
        let index =
            |offset: u64| usize::try_from(offset.saturating_sub(self.window.offset)).unwrap_or(usize::MAX);
        index(part.offset)..index(part.end()).min(self.bytes().len())
    }

    /// Fills `target` from `offset` of the file on. Whether it could, and they are the file's bytes.
    pub(crate) fn copy_whole(&self, target: &mut [u8], offset: u64) -> bool {
        let part = Window::new(offset, target.len() as u64);
        self.part(part).is_some_and(|bytes| {
            target.copy_from_slice(bytes);
            self.is_whole_up_to(part.end())
        })
    }

    /// Whether bytes just read, the last of them before `end`, were the file's. Where the file was cut inside
    /// a page, the rest of that page reads as zeros and raises no fault; so a last byte that is zero is
    /// believed only if the page after it is there, which a look at it shows. False also where there is no
    /// such page in the region.
    fn is_whole_up_to(&self, end: u64) -> bool {
        let bytes = self.bytes();
        let index = usize::try_from(end.saturating_sub(self.window.offset)).unwrap_or(usize::MAX);
        let is_zero = index > 0 && bytes.get(index - 1) == Some(&0);
        let next = index.next_multiple_of(page_size::get());
        let is_seen = !is_zero || bytes.get(next).is_some_and(|byte| std::hint::black_box(*byte) == *byte);
        is_seen && !self.is_damaged()
    }

    /// Its file may be closed: nothing asks about it any more.
    pub(crate) fn forget_file(&self) {
        if let Some(mapping) = self.mapping.get() {
            mapping.forget_file();
        }
    }

    /// Whether the file was cut or unreadable below the mapping.
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

    /// Its cursors have lost it: it was unmapped by force, or its manager was closed.
    pub(crate) fn take(&self) {
        self.is_taken.store(true, Ordering::Relaxed);
    }

    /// Whether it was taken from its cursors by force. One that was merely evicted is still theirs.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.is_taken.load(Ordering::Relaxed)
    }

    /// Bytes of it are handed out: until as many [`Region::conceal`] follow, it cannot be unmapped.
    pub fn expose(&self) {
        self.live(|life| life.views += 1);
    }

    /// Bytes that were handed out are gone: undoes one [`Region::expose`].
    pub fn conceal(&self) {
        self.live(|life| life.views = life.views.saturating_sub(1));
    }

    /// Whether only the cache wants it.
    pub(crate) fn set_idle(&self, is_idle: bool) {
        self.live(|life| life.is_idle = is_idle);
    }

    /// Changes its life, and what it counts for with it.
    fn live(&self, change: impl FnOnce(&mut Life)) {
        let mut life = lock(&self.life);
        let before = *life;
        change(&mut life);
        let count = |counter: &AtomicU64, was: bool, is: bool| match (was, is) {
            (false, true) => drop(counter.fetch_add(self.window.size, Ordering::Relaxed)),
            (true, false) => drop(counter.fetch_sub(self.window.size, Ordering::Relaxed)),
            _ => {}
        };
        count(&self.lingering.pinned, before.is_pinned(), life.is_pinned());
        count(&self.lingering.unused, before.is_unused(), life.is_unused());
    }

    /// Whether handed-out bytes keep it mapped already.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        lock(&self.life).views > 0
    }

    /// Whether it is a region of the manager with this count of what lingers.
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

    /// Keeps it mapped for good: nobody can tell any more when its bytes are let go. It counts for nothing,
    /// since nothing that a limit has anybody do would end it.
    pub fn abandon(region: Arc<Self>) {
        region.live(|life| {
            if life.has_left && !std::mem::replace(&mut life.is_abandoned, true) {
                region.lingering.subtract(region.window.size);
            }
            life.is_abandoned = true;
        });
        std::mem::forget(region);
    }
}

impl<T: Mapped> Drop for Region<T> {
    fn drop(&mut self) {
        if self.is_damaged() {
            self.origin.note_damage();
        }
        let life = *lock(&self.life);
        if life.has_left && !life.is_abandoned {
            self.lingering.subtract(self.window.size);
        }
    }
}

/// Regions outside the cache that are still mapped, and how much of a manager's memory handed-out bytes keep
/// mapped.
#[derive(Debug, Default)]
pub struct Lingering {
    regions: AtomicU64,
    bytes: AtomicU64,
    pinned: AtomicU64,
    unused: AtomicU64,
}

/// Lingering regions of every manager: what the system limits is the process's maps.
static ALL: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

impl Lingering {
    /// How many regions linger in the whole process, of whichever manager.
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

    /// How many bytes have left the cache and are mapped until those who were handed them let go, whatever
    /// the limits say.
    #[must_use]
    pub fn pinned(&self) -> u64 {
        self.pinned.load(Ordering::Relaxed)
    }

    /// How many bytes are pinned, or would be as soon as they are evicted: handed out, with no cursor on
    /// them.
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
