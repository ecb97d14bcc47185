//! Where a new region goes: a pure function from a request, its neighbours, the file's size and the policy to
//! a window. Knows nothing of limits, mappings or clients.
#![forbid(unsafe_code)]

use crate::window::{Window, align_down, align_up};

/// How regions are cut out of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// One region, the whole file.
    WholeFile,
    /// Regions of this many bytes (at least 1), rounded up to the allocation granularity.
    Windows(u64),
}

impl Policy {
    /// The most bytes a cursor spans at once.
    pub(crate) fn most(self) -> u64 {
        match self {
            Self::WholeFile => u64::MAX,
            Self::Windows(window) => window,
        }
    }
}

/// What the regions around a request leave free; less than the request, where they reach into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The highest end of the regions that begin at the request or before.
    pub begin: u64,
    /// The lowest begin of the others.
    pub end: u64,
}

/// The span a region must cover to serve `size` bytes at `offset`, in a file of `file_size` bytes.
///
/// All of it that the file has; 0, or more than a window, is a window. Where files are mapped whole, any byte
/// will do. `None` at or past the end of the file.
#[must_use]
pub fn needed(offset: u64, size: u64, policy: Policy, file_size: u64) -> Option<Window> {
    let rest = file_size.checked_sub(offset).filter(|rest| *rest > 0)?;
    let size = match policy {
        Policy::Windows(window) if size == 0 => window,
        Policy::Windows(window) => size.min(window),
        Policy::WholeFile => 1,
    };
    Some(Window::new(offset, size.min(rest)))
}

/// The window to map for `needed`, which lies in the file and is no longer than a window.
///
/// Windows start on multiples of the window size, so that scans in any direction share the same regions. A
/// request across such a border starts on a multiple of half a window, as git's pack windows do, or else on
/// its own page. The window is cut at the file's end, and at its neighbours: only the request's own pages may
/// be mapped twice.
#[must_use]
pub fn place(needed: Window, gap: Gap, file_size: u64, policy: Policy, unit: u64) -> Window {
    let Policy::Windows(window) = policy else { return Window::new(0, file_size) };
    let size = align_up(window, unit);
    let half = align_up(size / 2, unit);
    let fits = |start: u64| needed.end() <= start.saturating_add(size);
    let start =
        [size, half, unit].map(|step| align_down(needed.offset, step)).into_iter().find(|start| fits(*start));
    let start = start.unwrap_or(align_down(needed.offset, unit));
    let end = start.saturating_add(size).max(align_up(needed.end(), unit));
    let own = (align_down(needed.offset, unit), align_up(needed.end(), unit));
    Window::between(start.max(gap.begin.min(own.0)), end.min(gap.end.max(own.1)).min(file_size))
}
