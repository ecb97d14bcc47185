//! A library with a copy of the guard of its own, as a second addon in one process has it. Knows the guard's
//! public face.

use smmap_guard::{Status, Watch, install};

/// Installs this copy's handler; 1 when it is the process's now.
#[unsafe(no_mangle)]
pub extern "C" fn second_install() -> i32 {
    i32::from(install() == Status::Active)
}

/// Watches a range for good; 0 when it could not.
///
/// # Safety
///
/// As for [`Watch::new`]; and the range is never unmapped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn second_watch(address: usize, len: usize, fd: i32) -> i32 {
    // SAFETY: the caller's promise, handed on.
    let watch = unsafe { Watch::new(address, len, Some(fd), 0) };
    i32::from(watch.map(std::mem::forget).is_some())
}
