//! A caller's hold on one watched range. Knows the registry; nothing of signals.

use super::handler::{self, REGISTRY};
use super::page::page_size;
use super::spares;
use crate::outcome::{Damage, Retired};
use crate::slot::{Range, Slot};
use std::fmt;
use std::mem::ManuallyDrop;
use std::os::fd::RawFd;

/// One mapped range that is repaired when its file is cut. Dropping it ends that, but only [`Watch::retire`]
/// says whether the range may be unmapped.
pub struct Watch(&'static Slot);

impl Watch {
    /// Watches the `len` bytes mapped at `address`, which show the file from `file_offset` on. 10 to 50 ns.
    ///
    /// With `fd` a fault is told apart: past the file's end all of the lost part is replaced at once, an
    /// unreadable page inside the file alone. Without, everything from the faulting page on is replaced.
    ///
    /// `None`, and the range goes unguarded: nothing is [installed](crate::install), `address` is not a
    /// page's start, the range is empty or runs past the address space, or there is no memory for its slot.
    ///
    /// # Safety
    ///
    /// Until [`Watch::retire`] has returned [`Retired::Unmap`]
    /// - `address..address + len`, up to the end of its last page, is one private mapping of the caller's,
    ///   and nothing else is mapped there;
    /// - `fd` is open on the mapped file, unless [`Watch::forget_file`] has returned true.
    #[must_use]
    pub unsafe fn new(address: usize, len: usize, fd: Option<RawFd>, file_offset: u64) -> Option<Self> {
        if !handler::is_installed() {
            return None;
        }
        let page = page_size();
        let end = address.checked_add(len)?.checked_next_multiple_of(page)?;
        if len == 0 || !address.is_multiple_of(page) {
            return None;
        }
        spares::replenish();
        REGISTRY.insert(&Range { start: address, end, fd, file_offset }).map(Self)
    }

    /// What has happened to the range so far. A load: ask it after every read that must be true.
    #[must_use]
    pub fn damage(&self) -> Damage {
        self.0.damage()
    }

    /// The file may be closed afterwards: a later fault replaces everything from its page on, as without a
    /// descriptor. False when a handler was at work on this very range for more than 100 ms: then the
    /// descriptor must stay open for good.
    #[must_use]
    pub fn forget_file(&self) -> bool {
        self.0.forget_fd()
    }

    /// Stops watching; call it before unmapping, when nobody reads the range any more. Some 10 ns; up to 100
    /// ms when a handler is at work on this very range.
    pub fn retire(self) -> Retired {
        let slot = ManuallyDrop::new(self).0;
        if REGISTRY.remove(slot) { Retired::Unmap } else { Retired::Leak }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        REGISTRY.remove(self.0);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.damage()).finish()
    }
}
