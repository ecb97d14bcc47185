//! A mapped window, and how much of what was evicted lives on because its bytes were handed out.
//! Knows nothing of who counts its clients.
#![forbid(unsafe_code)]

use std::ops::Range;

use crate::error::Error;
use crate::file::source::Origin;
use crate::mapping::{Mapped, Mapper};
use crate::sync::{Arc, AtomicBool, AtomicU64, Ordering};
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

/// A mapped window. It is unmapped when its last `Arc` goes: the cache holds one, and whoever handed bytes out does.
#[derive(Debug)]
pub struct Region<T: Mapped> {
    window: Window,
    mapping: T,
    origin: Arc<Origin>,
    lingering: Arc<Lingering>,
    has_left: AtomicBool,
    is_shown: AtomicBool,
}

impl<T: Mapped> Region<T> {
    pub(crate) fn new(window: Window, mapping: T, origin: Arc<Origin>, lingering: Arc<Lingering>) -> Self {
        Self {
            window,
            mapping,
            origin,
            lingering,
            has_left: AtomicBool::new(false),
            is_shown: AtomicBool::new(false),
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

    /// Its bytes; those of `window().offset` first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.mapping.bytes()
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
        if !part.is_empty() {
            self.mapping.populate(part);
        }
    }

    /// A byte for each page of `part`, which begins with one, the lowest bit of which says whether it is in memory.
    pub(crate) fn resident_pages(&self, part: Window) -> Result<Vec<u8>, Error> {
        let pages = self.mapping.resident_pages(self.indices(part));
        pages.map_err(|cause| Error::os(cause, &self.origin.source))
    }

    /// Where the bytes of `part` are that it has.
    fn indices(&self, part: Window) -> Range<usize> {
        let index =
            |offset: u64| usize::try_from(offset.saturating_sub(self.window.offset)).unwrap_or(usize::MAX);
        index(part.offset)..index(part.end()).min(self.bytes().len())
    }

    /// Whether the file was cut or unreadable below the mapping.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.mapping.is_damaged()
    }

    /// From now on the thread of [`crate::Manager::record_removals`] may read it in place without holding it: when another
    /// thread evicts it, it stays mapped until that one has called [`crate::Manager::take_removed`].
    pub fn show(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Relaxed)
    }

    /// Whether it is a region of the manager with this count of what lingers.
    #[must_use]
    pub fn is_counted_by(&self, lingering: &Arc<Lingering>) -> bool {
        Arc::ptr_eq(&self.lingering, lingering)
    }

    /// Counts the region as lingering from now until it is unmapped. Called once, when it leaves the cache.
    pub(crate) fn leave(&self) {
        if !self.has_left.swap(true, Ordering::Relaxed) {
            self.lingering.add(self.window.size);
        }
    }
}

impl<T: Mapped> Drop for Region<T> {
    fn drop(&mut self) {
        if self.has_left.load(Ordering::Relaxed) {
            self.lingering.subtract(self.window.size);
        }
    }
}

/// Regions outside the cache whose bytes are still held by somebody.
#[derive(Debug, Default)]
pub struct Lingering {
    regions: AtomicU64,
    bytes: AtomicU64,
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
