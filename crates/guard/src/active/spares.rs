//! Maps kept to be given back: at `vm.max_map_count` the kernel refuses even the map that repairs. Knows no
//! range.

use super::page::page_size;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Zero: given back. A repair splits one map in two or three, and older kernels let a process one past the
/// limit, so it takes up to three: enough for some files to be cut between two registrations. (Replacing the
/// whole range instead, which splits nothing, is refused at the limit as well: Linux's `do_mmap` counts
/// before it looks.)
static SPARES: [AtomicUsize; 8] = [const { AtomicUsize::new(0) }; 8];

/// Makes the missing ones again, as far as the system lets us. Never in the handler.
pub(super) fn replenish() {
    for spare in &SPARES {
        if spare.load(Ordering::Relaxed) == 0 {
            fill(spare);
        }
    }
}

/// Gives one back; false when there is none left. For the handler.
pub(super) fn give_back() -> bool {
    SPARES.iter().any(|spare| {
        let address = spare.swap(0, Ordering::AcqRel);
        if address != 0 {
            unmap(address);
        }
        address != 0
    })
}

fn fill(spare: &AtomicUsize) {
    // Shared: private ones would melt into one map with their neighbours, and giving it back would free
    // nothing.
    let kind = libc::MAP_SHARED | libc::MAP_ANON | libc::MAP_NORESERVE;
    // SAFETY: a new map at a place the kernel chooses.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), page_size(), libc::PROT_NONE, kind, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return;
    }
    let address = mapped as usize;
    if spare.compare_exchange(0, address, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        unmap(address);
    }
}

fn unmap(address: usize) {
    // SAFETY: a map made in `fill`; whoever took its address out of the slot, or failed to put it in, alone
    // has it.
    unsafe { libc::munmap(address as *mut libc::c_void, page_size()) };
}
