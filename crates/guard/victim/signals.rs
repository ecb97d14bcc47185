//! Handlers, masks and children for the cases. Knows nothing of the guard.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use std::ffi::{c_int, c_void};
use std::mem;
use std::ptr;

pub(crate) type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

pub(crate) fn leave_no_core_dumps() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
}

/// Installs `handler` (an address, `SIG_DFL` or `SIG_IGN`); what was there before.
pub(crate) fn set_handler(signal: c_int, handler: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: all zeros is a valid sigaction.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: as above.
    let mut before: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: both are valid.
    let result = unsafe { libc::sigaction(signal, &raw const action, &raw mut before) };
    assert_eq!(result, 0);
    before
}

/// Calls the handler that `action` holds, as one that was installed later and chains would.
pub(crate) fn call(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: the guard's handler takes three arguments.
    let handler: Handler = unsafe { mem::transmute(action.sa_sigaction) };
    handler(signal, info, context);
}

/// As a handler may end: nothing but the code.
pub(crate) fn exit_now(code: c_int) -> ! {
    // SAFETY: async-signal-safe.
    unsafe { libc::_exit(code) }
}

pub(crate) fn is_blocked(signal: c_int) -> bool {
    // SAFETY: all zeros is a valid set.
    let mut mask: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: asks only.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut mask) };
    // SAFETY: filled by the call above.
    (unsafe { libc::sigismember(&raw const mask, signal) }) == 1
}

pub(crate) fn block(signal: c_int) {
    // SAFETY: all zeros is a valid set.
    let mut mask: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: a valid set.
    unsafe { libc::sigaddset(&raw mut mask, signal) };
    // SAFETY: as above.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const mask, ptr::null_mut()) };
}

/// As `kill -BUS` from a shell.
pub(crate) fn send(signal: c_int) {
    // SAFETY: asks nothing.
    let process = unsafe { libc::getpid() };
    // SAFETY: to ourselves.
    let result = unsafe { libc::kill(process, signal) };
    assert_eq!(result, 0);
}

/// Runs `work` in a fork's child; its exit code.
pub(crate) fn in_child(work: impl FnOnce()) -> i32 {
    // SAFETY: the cases that fork have one thread.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        exit_now(if result.is_ok() { 0 } else { 101 });
    }
    assert!(child > 0);
    let mut status = 0;
    // SAFETY: our own child.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}

/// Where the signal says the fault was.
pub(crate) fn address_of(info: *mut libc::siginfo_t) -> usize {
    // SAFETY: the kernel's, in a handler installed with SA_SIGINFO.
    let info = unsafe { info.as_ref() }.unwrap();
    // SAFETY: of a fault.
    (unsafe { info.si_addr() }) as usize
}
