//! What is mapped, what may be, and the most there ever was. Knows numbers only.
#![forbid(unsafe_code)]

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

/// Bytes and handles: taken, idle, and the peaks.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    pub(crate) mapped: u64,
    pub(crate) handles: u64,
    pub(crate) idle: u64,
    pub(crate) peak_mapped: u64,
    pub(crate) peak_handles: u64,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, mapped: 0, handles: 0, idle: 0, peak_mapped: 0, peak_handles: 0 }
    }

    /// Bytes mapped that nothing can free.
    pub(crate) fn used(&self) -> u64 {
        self.mapped - self.idle
    }

    /// Whether `size` more bytes fit beside what is mapped. `pinned`: bytes outside the cache that are still
    /// mapped for views.
    pub(crate) fn has_room_for(&self, size: u64, pinned: u64) -> bool {
        let mapped = self.mapped.saturating_add(pinned);
        self.handles < self.limits.handles && mapped.saturating_add(size) <= self.limits.memory
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
    }

    pub(crate) fn refund(&mut self, size: u64) {
        self.mapped -= size;
        self.handles -= 1;
    }
}
