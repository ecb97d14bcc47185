//! The handler found before ours: stores it, calls it as the kernel would have, or dies as without us. Knows
//! nothing of ranges.

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

/// Passes on a signal that is not ours.
pub(super) fn call(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let previous = PREVIOUS.load(Ordering::Acquire);
    // SAFETY: null or a leaked box from `store`.
    let found = unsafe { previous.as_ref() };
    // SAFETY: with SA_SIGINFO the kernel passes a valid one, or a handler that chains to us its own.
    let code = unsafe { info.as_ref() }.map_or(0, |info| info.si_code);
    match found {
        Some(action) if action.sa_sigaction == libc::SIG_IGN => {
            // The kernel ignores a signal that was sent, but never a fault.
            if is_repeated_by_returning(code) {
                die(signal, code);
            }
        }
        Some(action) if action.sa_sigaction != libc::SIG_DFL => {
            if action.sa_flags & libc::SA_RESETHAND == 0 || is_taken(previous) {
                call_as_the_kernel_would(action, signal, info, context);
            } else {
                die(signal, code);
            }
        }
        _ => die(signal, code),
    }
}

/// For a handler that asked to be called once: this call is that one.
fn is_taken(previous: *mut libc::sigaction) -> bool {
    PREVIOUS.compare_exchange(previous, ptr::null_mut(), Ordering::AcqRel, Ordering::Acquire).is_ok()
}

fn call_as_the_kernel_would(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
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

/// Restores the default and returns: the instruction faults again, and the core dump shows it, not us. A
/// signal that no instruction will repeat is raised again.
fn die(signal: c_int, code: c_int) {
    swap(&action(libc::SIG_DFL, 0));
    if !is_repeated_by_returning(code) {
        // SAFETY: async-signal-safe (POSIX 2.4.3); the signal is not blocked here, or it would not have come.
        unsafe { libc::raise(signal) };
    }
}

/// The kernel's faults have positive codes, signals sent have not (sigaction(2)); 5 (`BUS_MCEERR_AO`) is news
/// of broken memory that no instruction has touched yet.
#[cfg(target_os = "linux")]
const fn is_repeated_by_returning(code: c_int) -> bool {
    code > 0 && code != libc::BUS_MCEERR_AO
}

/// There `SI_USER` is positive too.
#[cfg(target_os = "macos")]
const fn is_repeated_by_returning(code: c_int) -> bool {
    matches!(code, 1..=3)
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
