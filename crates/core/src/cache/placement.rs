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

/// The space between the regions around a request; less than the request if they reach into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The highest end of the regions that begin at the request or before.
    pub start: u64,
    /// The lowest offset of the others.
    pub end: u64,
}

/// The span a region must cover to serve `size` bytes at `offset`, in a file of `file_size` bytes.
///
/// A request is cut at the end of the file; a size of 0, or of more than a window, means a whole window.
/// Where files are mapped whole, any one byte of the request will do. `None` at or past the end of the file.
#[must_use]
pub fn needed(offset: u64, size: u64, policy: Policy, file_size: u64) -> Option<Window> {
    let rest = file_size.checked_sub(offset).filter(|rest| *rest > 0)?;
    let size = match policy {
        Policy::Windows(window) if size == 0 => window,
        Policy::Windows(window) => size.min(window),
        // The one region has all bytes; asking for one of them finds it, however much is wanted.
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
    // Tried from coarse to fine: the coarser the grid, the more requests share the region.
    let fits = |start: u64| needed.end() <= start.saturating_add(size);
    let start =
        [size, half, unit].map(|step| align_down(needed.offset, step)).into_iter().find(|start| fits(*start));
    // A request of a window's size that begins inside a page fits none of the grids: then the window is
    // longer.
    let start = start.unwrap_or(align_down(needed.offset, unit));
    let end = start.saturating_add(size).max(align_up(needed.end(), unit));
    // A neighbour may cut the window, but never the request's own pages.
    let own = (align_down(needed.offset, unit), align_up(needed.end(), unit));
    Window::between(start.max(gap.start.min(own.0)), end.min(gap.end.max(own.1)).min(file_size))
}
