//! The unit a mapping's offset must be a multiple of, and rounding to it. Knows nothing of files.
#![forbid(unsafe_code)]

/// The system's allocation granularity in bytes: a page on Unix, 64 KiB on Windows.
#[must_use]
pub fn granularity() -> u64 {
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
