//! A span of a file, in bytes, and rounding to the unit that a mapping's offset must be a multiple of. Knows
//! nothing of mappings, limits or files.
#![forbid(unsafe_code)]

/// `size` bytes of a file from `offset`.
///
/// ```
/// use smmap_core::Window;
/// let window = Window::new(100, 10);
/// assert_eq!(window.end(), 110);
/// assert!(window.covers(Window::new(105, 5)) && !window.covers(Window::new(105, 6)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first byte.
    pub offset: u64,
    /// How many bytes.
    pub size: u64,
}

impl Window {
    /// `size` bytes from `offset`.
    #[must_use]
    pub const fn new(offset: u64, size: u64) -> Self {
        Self { offset, size }
    }

    /// The bytes from `start` up to, not including, `end`; empty where `end` is not above `start`.
    #[must_use]
    pub const fn between(start: u64, end: u64) -> Self {
        // Callers cut ranges at a file's end, which may lie before their start.
        Self { offset: start, size: end.saturating_sub(start) }
    }

    /// The first offset after the window.
    #[must_use]
    pub const fn end(self) -> u64 {
        // A window may be asked for up to the end of all offsets ("the rest of the file"): it must not wrap
        // around.
        self.offset.saturating_add(self.size)
    }

    /// Whether every byte of `other` lies in this window.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.offset <= other.offset && other.end() <= self.end()
    }
}

/// The system's allocation granularity in bytes: a page on Unix, 64 KiB on Windows.
#[must_use]
pub fn granularity() -> u64 {
    // Not the page size: `MapViewOfFile` wants multiples of 64 KiB (`SYSTEM_INFO.dwAllocationGranularity`).
    page_size::get_granularity() as u64
}

/// The largest multiple of `unit` that is not above `offset`.
#[must_use]
pub fn align_down(offset: u64, unit: u64) -> u64 {
    offset - offset % unit
}

/// The smallest multiple of `unit` that is not below `offset`; saturates at the last multiple a `u64` holds.
#[must_use]
pub fn align_up(offset: u64, unit: u64) -> u64 {
    match offset % unit {
        0 => offset,
        rest => offset.checked_add(unit - rest).unwrap_or(align_down(u64::MAX, unit)),
    }
}
