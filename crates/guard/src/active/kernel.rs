//! The system calls of one signal's handling. Runs inside the handler. Knows nothing of ranges.

use super::{previous, spares};
use crate::fault::{Before, System};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// The kernel, as this signal's handler has it: with what it was called with.
pub(super) struct Kernel {
    pub(super) signal: c_int,
    pub(super) info: *mut libc::siginfo_t,
    pub(super) context: *mut c_void,
}

impl System for Kernel {
    type Handler = previous::Found;

    fn file_size(&self, fd: i32) -> Option<u64> {
        let mut stat = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: room for the answer; any number may be asked about; async-signal-safe (POSIX 2.4.3).
        let result = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
        if result != 0 {
            return None;
        }
        // SAFETY: filled by the call, which succeeded.
        Some(u64::try_from(unsafe { stat.assume_init() }.st_size).unwrap_or(0))
    }

    fn map_zeros(&self, start: usize, end: usize, is_writable: bool) -> bool {
        let kind = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE | libc::MAP_FIXED;
        let protection = libc::PROT_READ | if is_writable { libc::PROT_WRITE } else { 0 };
        let place = start as *mut c_void;
        // SAFETY: inside a range whose owner promised it to us (`Watch::new`) and cannot unmap it while the
        // state machine holds its pin.
        let mapped = unsafe { libc::mmap(place, end.wrapping_sub(start), protection, kind, -1, 0) };
        mapped != libc::MAP_FAILED
    }

    fn give_back_a_spare(&self) -> bool {
        spares::give_back()
    }

    fn before(&self) -> Before<Self::Handler> {
        previous::found()
    }

    fn take_before(&self, handler: Self::Handler) -> bool {
        previous::take(handler)
    }

    fn call(&self, handler: Self::Handler) {
        previous::call(handler, self.signal, self.info, self.context);
    }

    fn die(&self, is_raised: bool) {
        previous::restore_the_default();
        if is_raised {
            // SAFETY: async-signal-safe (POSIX 2.4.3); the signal is not blocked here, or it would not have
            // come.
            unsafe { libc::raise(self.signal) };
        }
    }
}
