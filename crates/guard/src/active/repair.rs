//! Which pages are lost, and zeros in their place. Runs inside the handler: atomics, `fstat`, `mmap`,
//! `munmap`, nothing else. Knows one range at a time.

use super::page::page_size;
use super::spares;
use crate::outcome::Damage;
use crate::slot::{Pin, Range};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};

static FAULTS: AtomicU32 = AtomicU32::new(0);

/// How often any range was found damaged, wrapping around. One number to look at where there are many ranges:
/// as long as it stays, every range's damage does.
#[must_use]
pub fn faults() -> &'static AtomicU32 {
    &FAULTS
}

/// Makes `address` readable again; false when the system refuses even with the spares given back.
pub(super) fn repair(pin: &Pin<'_>, address: usize) -> bool {
    let page = page_size();
    let range = pin.range();
    let here = address & !(page.wrapping_sub(1));
    let (start, end, damage) = match file_end(&range, page) {
        // Inside the file: this page is unreadable, its neighbours may not be.
        Some(file_end) if here < file_end => (here, here.wrapping_add(page), Damage::IO_ERROR),
        // All of it at once: page by page would be 262,144 faults for a GiB.
        Some(file_end) => (file_end, range.end, Damage::TRUNCATED),
        None => (here, range.end, Damage::TRUNCATED),
    };
    // Before the pages: who sees a zero must see the damage.
    pin.add_damage(damage);
    FAULTS.fetch_add(1, Ordering::Release);
    if map_zeros(start, end) {
        return true;
    }
    pin.add_damage(Damage::MAP_LIMIT);
    while spares::give_back() {
        if map_zeros(start, end) {
            return true;
        }
    }
    false
}

/// Where the pages that the file still has end, within the range; `None` if that cannot be asked.
fn file_end(range: &Range, page: usize) -> Option<usize> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: room for the answer; any number may be asked about; async-signal-safe (POSIX 2.4.3).
    let result = unsafe { libc::fstat(range.fd?, stat.as_mut_ptr()) };
    if result != 0 {
        return None;
    }
    // SAFETY: filled by the call, which succeeded.
    let size = u64::try_from(unsafe { stat.assume_init() }.st_size).unwrap_or(0);
    let left = size.saturating_sub(range.file_offset);
    let len = range.end.wrapping_sub(range.start);
    let left = usize::try_from(left).unwrap_or(len).min(len);
    // `len` is whole pages, so this stays within it.
    let pages = left.wrapping_add(page.wrapping_sub(1)) & !(page.wrapping_sub(1));
    Some(range.start.wrapping_add(pages))
}

/// Private and writable as the regions are; read-only where that is refused, as a region would have been
/// (strict overcommit, `RLIMIT_DATA`).
fn map_zeros(start: usize, end: usize) -> bool {
    map_anonymous(start, end, libc::PROT_READ | libc::PROT_WRITE)
        || map_anonymous(start, end, libc::PROT_READ)
}

fn map_anonymous(start: usize, end: usize, protection: libc::c_int) -> bool {
    let kind = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE | libc::MAP_FIXED;
    let place = start as *mut libc::c_void;
    // SAFETY: inside a range whose owner promised it to us (`Watch::new`) and cannot unmap it while we hold
    // the pin.
    let mapped = unsafe { libc::mmap(place, end.wrapping_sub(start), protection, kind, -1, 0) };
    mapped != libc::MAP_FAILED
}
