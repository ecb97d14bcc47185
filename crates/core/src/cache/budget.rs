//! What is mapped, what may be, and the most there ever was. Knows numbers only.
#![forbid(unsafe_code)]

// Hints for readers that take no lock. None guards anything: loom need not know them.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The limits of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may be mapped. Overstepped when everything is in use, unless `strict`.
    pub memory: u64,
    /// Mappings alive at once, and files open at once; never overstepped.
    pub handles: u64,
    /// Whether the memory limit is as hard as the handle limit.
    pub strict: bool,
}

/// What readers see of a budget without the cache's lock.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    arrivals: AtomicU64,
    mapped: AtomicU64,
    handles: AtomicU64,
}

impl Gauge {
    /// How many regions have ever been made: while it stays the same, what was not mapped is still not.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals.load(Ordering::Relaxed)
    }

    /// As [`Budget::has_room_for`].
    pub(crate) fn has_room_for(&self, size: u64, pinned: u64, limits: Limits) -> bool {
        let (mapped, handles) = (self.mapped.load(Ordering::Relaxed), self.handles.load(Ordering::Relaxed));
        has_room_for(size, mapped.saturating_add(pinned), handles, limits)
    }
}

fn has_room_for(size: u64, mapped: u64, handles: u64, limits: Limits) -> bool {
    handles < limits.handles && mapped.saturating_add(size) <= limits.memory
}

/// Bytes and handles: taken, idle, and the peaks.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) mapped: u64,
    pub(crate) handles: u64,
    pub(crate) idle: u64,
    pub(crate) peak_mapped: u64,
    pub(crate) peak_handles: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            gauge: Arc::default(),
            mapped: 0,
            handles: 0,
            idle: 0,
            peak_mapped: 0,
            peak_handles: 0,
        }
    }

    /// Bytes mapped that nothing can free.
    pub(crate) fn used(&self) -> u64 {
        self.mapped - self.idle
    }

    /// Whether `size` more bytes fit beside what is mapped. `pinned`: bytes outside the cache that are still
    /// mapped for views.
    pub(crate) fn has_room_for(&self, size: u64, pinned: u64) -> bool {
        has_room_for(size, self.mapped.saturating_add(pinned), self.handles, self.limits)
    }

    /// Whether a strict limit has no room for `size` bytes even if all that is idle is evicted and `freed`
    /// bytes are let go. What views keep mapped is not counted: they may be garbage already, and only a
    /// collection shows it.
    pub(crate) fn refuses(&self, size: u64, freed: u64) -> bool {
        self.limits.strict && (self.used() - freed).saturating_add(size) > self.limits.memory
    }

    pub(crate) fn charge(&mut self, size: u64) {
        // The peaks are kept here, so that none can be missed between two looks at the counters.
        self.mapped += size;
        self.handles += 1;
        self.peak_mapped = self.peak_mapped.max(self.mapped);
        self.peak_handles = self.peak_handles.max(self.handles);
        self.gauge.arrivals.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    pub(crate) fn refund(&mut self, size: u64) {
        self.mapped -= size;
        self.handles -= 1;
        self.show();
    }

    fn show(&self) {
        self.gauge.mapped.store(self.mapped, Ordering::Relaxed);
        self.gauge.handles.store(self.handles, Ordering::Relaxed);
    }
}
