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

/// How much is mapped. Changed under the cache's lock; readers see it without.
#[derive(Debug)]
pub(crate) struct Gauge {
    limits: Limits,
    arrivals: AtomicU64,
    mapped: AtomicU64,
    handles: AtomicU64,
}

impl Gauge {
    /// How many regions have ever been made: while it stays the same, what was not mapped is still not.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals.load(Ordering::Relaxed)
    }

    pub(crate) fn mapped(&self) -> u64 {
        self.mapped.load(Ordering::Relaxed)
    }

    pub(crate) fn handles(&self) -> u64 {
        self.handles.load(Ordering::Relaxed)
    }

    /// Beside what is mapped, and `pinned` bytes more that are mapped and no longer counted here.
    pub(crate) fn has_room_for(&self, size: u64, pinned: u64) -> bool {
        let mapped = self.mapped().saturating_add(pinned);
        self.handles() < self.limits.handles && mapped.saturating_add(size) <= self.limits.memory
    }
}

/// Bytes and handles: taken, idle, and the peaks.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) idle: u64,
    pub(crate) peak_mapped: u64,
    pub(crate) peak_handles: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        let [arrivals, mapped, handles] = [0; 3].map(AtomicU64::new);
        let gauge = Arc::new(Gauge { limits, arrivals, mapped, handles });
        Self { limits, gauge, idle: 0, peak_mapped: 0, peak_handles: 0 }
    }

    /// Bytes mapped that nothing can free.
    pub(crate) fn used(&self) -> u64 {
        self.gauge.mapped() - self.idle
    }

    /// Whether a strict limit has no room for `size` bytes even if all that is idle is evicted and `freed`
    /// bytes are let go. What views keep mapped is not counted: they may be garbage already, and only a
    /// collection shows it.
    pub(crate) fn refuses(&self, size: u64, freed: u64) -> bool {
        self.limits.strict && (self.used() - freed).saturating_add(size) > self.limits.memory
    }

    pub(crate) fn charge(&mut self, size: u64) {
        self.gauge.arrivals.fetch_add(1, Ordering::Relaxed);
        let mapped = self.gauge.mapped.fetch_add(size, Ordering::Relaxed) + size;
        let handles = self.gauge.handles.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak_mapped = self.peak_mapped.max(mapped);
        self.peak_handles = self.peak_handles.max(handles);
    }

    pub(crate) fn refund(&mut self, size: u64) {
        self.gauge.mapped.fetch_sub(size, Ordering::Relaxed);
        self.gauge.handles.fetch_sub(1, Ordering::Relaxed);
    }
}
