//! The signal handler: installs it, says whether it is still there, decides whose a fault is. Knows neither
//! how pages are replaced nor how other handlers are called.

use super::{page, previous, repair, spares};
use crate::outcome::Status;
use crate::registry::Registry;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// The ranges that are watched.
pub(super) static REGISTRY: Registry = Registry::new();

/// Asked outside the handler only: it may wait.
static INSTALLED: OnceLock<bool> = OnceLock::new();

/// Installs the handler, once a process; later calls only tell the [`status`]. `SMMAP_NO_GUARD=1` in the
/// environment of the first call leaves the process without a guard.
pub fn install() -> Status {
    INSTALLED.get_or_init(|| {
        let unwanted = std::env::var_os("SMMAP_NO_GUARD").is_some_and(|value| value == "1");
        !unwanted && try_install().is_some()
    });
    status()
}

/// Whether the process's `SIGBUS` handler is ours, now: costs one system call.
#[must_use]
pub fn status() -> Status {
    if !is_installed() {
        return Status::Off;
    }
    match previous::current() {
        Some(action) if action.sa_sigaction == address_of_handler() => Status::Active,
        _ => Status::Replaced,
    }
}

pub(super) fn is_installed() -> bool {
    INSTALLED.get().is_some_and(|installed| *installed)
}

fn address_of_handler() -> usize {
    on_sigbus as *const () as usize
}

fn try_install() -> Option<()> {
    page::learn_page_size()?;
    spares::replenish();
    // ONSTACK: the thread's stack may be what cannot grow, and Go's and Rust's runtimes ask for it. NODEFER:
    // a handler that ours calls may meet a fault in one of our ranges. RESTART: nobody's `read` ends with
    // EINTR for our sake.
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER | libc::SA_RESTART;
    previous::replace_by(address_of_handler(), flags)
}

/// Repairs and returns, or passes the signal on. Never unwinds or jumps: frames of a JavaScript engine may
/// lie below.
extern "C" fn on_sigbus(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let place = errno();
    // SAFETY: this thread's errno.
    let saved = unsafe { place.read() };
    if !is_repaired(info) {
        previous::call(signal, info, context);
    }
    // SAFETY: as above; the code that was interrupted may be about to read it.
    unsafe { place.write(saved) };
}

fn is_repaired(info: *const libc::siginfo_t) -> bool {
    // SAFETY: with SA_SIGINFO the kernel passes a valid one (sigaction(2)).
    let Some(info) = (unsafe { info.as_ref() }) else { return false };
    if !is_fault_of_a_file(info.si_code) {
        return false;
    }
    // SAFETY: SIGBUS from the kernel carries an address.
    let address = unsafe { info.si_addr() } as usize;
    REGISTRY.pin(address).is_some_and(|pin| repair::repair(&pin, address))
}

/// Only what a page missing from a file raises. Neither a signal someone sent (`SI_USER`), nor broken memory
/// (4, 5: new zeros there would hide lost data), nor a misaligned access (1), which would fault again for
/// ever.
#[cfg(target_os = "linux")]
const fn is_fault_of_a_file(code: c_int) -> bool {
    const OBJERR: c_int = 3;
    matches!(code, libc::BUS_ADRERR | OBJERR)
}

/// macOS says `BUS_ADRALN` (1) for a missing page on some processors.
#[cfg(target_os = "macos")]
const fn is_fault_of_a_file(code: c_int) -> bool {
    matches!(code, 1..=3)
}

#[cfg(target_os = "linux")]
fn errno() -> *mut c_int {
    // SAFETY: asks nothing, and the address stays valid for the thread's life.
    unsafe { libc::__errno_location() }
}

#[cfg(target_os = "macos")]
fn errno() -> *mut c_int {
    // SAFETY: asks nothing, and the address stays valid for the thread's life.
    unsafe { libc::__error() }
}
