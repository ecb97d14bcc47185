//! The handler found before ours: stores it, calls it as the kernel would have. Decides nothing; knows
//! nothing of ranges.

use crate::fault::Before;
use std::ffi::{c_int, c_void};
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Null: the default, to die. A leaked box otherwise: the handler may read it at any time.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

/// The process's `SIGBUS` action, now.
pub(super) fn current() -> Option<libc::sigaction> {
    swap(ptr::null())
}

/// Installs `handler` and keeps what was there. Stored before installing: a fault may come between the two;
/// and once more if another thread installed one in between.
pub(super) fn replace_by(handler: usize, flags: c_int) -> Option<()> {
    let before = current()?;
    store(before);
    let replaced = swap(&action(handler, flags))?;
    if replaced.sa_sigaction != before.sa_sigaction {
        store(replaced);
    }
    Some(())
}

/// A handler that was there before, for good: it is in a leaked box.
#[derive(Clone, Copy)]
pub(super) struct Found(*mut libc::sigaction);

/// What to do with a signal that is not ours.
pub(super) fn found() -> Before<Found> {
    let previous = PREVIOUS.load(Ordering::Acquire);
    // SAFETY: null or a leaked box from `store`.
    match unsafe { previous.as_ref() } {
        Some(action) if action.sa_sigaction == libc::SIG_IGN => Before::Ignored,
        Some(action) if action.sa_sigaction == libc::SIG_DFL => Before::Default,
        Some(action) if action.sa_flags & libc::SA_RESETHAND == 0 => Before::Handler(Found(previous)),
        Some(_) => Before::HandlerOnce(Found(previous)),
        None => Before::Default,
    }
}

/// For a handler that asked to be called once: whether this call is that one.
pub(super) fn take(Found(previous): Found) -> bool {
    PREVIOUS.compare_exchange(previous, ptr::null_mut(), Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// Calls it as the kernel would have.
pub(super) fn call(Found(action): Found, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: a leaked box from `store`, as `found` saw.
    let action = unsafe { &*action };
    let mut before = MaybeUninit::uninit();
    // SAFETY: both are valid sets; async-signal-safe (POSIX 2.4.3). The stored mask has SIGBUS in it where
    // the handler asked for that (`store`).
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const action.sa_mask, before.as_mut_ptr()) };
    if action.sa_flags & libc::SA_SIGINFO == 0 {
        // SAFETY: without SA_SIGINFO the word is a function of one argument (sigaction(2)).
        let handler: extern "C" fn(c_int) = unsafe { mem::transmute(action.sa_sigaction) };
        handler(signal);
    } else {
        // SAFETY: with SA_SIGINFO the word is a function of three arguments (sigaction(2)).
        let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
            unsafe { mem::transmute(action.sa_sigaction) };
        handler(signal, info, context);
    }
    // On our return the kernel would restore it, but not for a later handler that called us and goes on.
    // SAFETY: the set that the call above filled.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
}

/// From now on the signal ends the process.
pub(super) fn restore_the_default() {
    swap(&action(libc::SIG_DFL, 0));
}

fn store(mut action: libc::sigaction) {
    if action.sa_flags & libc::SA_NODEFER == 0 {
        // SAFETY: a valid set from the kernel.
        unsafe { libc::sigaddset(&raw mut action.sa_mask, libc::SIGBUS) };
    }
    // The one stored before, if any, is left: a handler may be reading it, and this happens twice a process
    // at most.
    PREVIOUS.store(Box::into_raw(Box::new(action)), Ordering::Release);
}

fn action(handler: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: all zeros is a valid sigaction: the default, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    action
}

/// Installs `new` unless null; the action before.
fn swap(new: *const libc::sigaction) -> Option<libc::sigaction> {
    let mut before = MaybeUninit::uninit();
    // SAFETY: null or a valid action; async-signal-safe (POSIX 2.4.3).
    let result = unsafe { libc::sigaction(libc::SIGBUS, new, before.as_mut_ptr()) };
    // SAFETY: filled by the call when it succeeded.
    (result == 0).then(|| unsafe { before.assume_init() })
}
