//! The signal handler: installs it, says whether it is still there, hands a signal on to those who know what
//! to do with it.

use super::kernel::Kernel;
use super::page::{self, page_size};
use super::{previous, spares};
use crate::fault::{self, Codes, Signal};
use crate::outcome::Status;
use crate::registry::Registry;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// The ranges that are watched.
pub(super) static REGISTRY: Registry = Registry::new();

/// Asked outside the handler only: it may wait.
static INSTALLED: OnceLock<bool> = OnceLock::new();

/// Installs the handler, once a process; later calls only return the [`status`]. `SMMAP_NO_GUARD=1` in the
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
    fault::meet(read(info), Codes::OWN, &REGISTRY, page_size(), &Kernel { signal, info, context });
    // SAFETY: as above; the code that was interrupted may be about to read it.
    unsafe { place.write(saved) };
}

/// Of no information, as of a signal that was sent.
fn read(info: *const libc::siginfo_t) -> Signal {
    // SAFETY: with SA_SIGINFO the kernel passes a valid one (sigaction(2)), or a handler that chains to us
    // its own.
    let Some(info) = (unsafe { info.as_ref() }) else { return Signal { code: 0, address: 0 } };
    // SAFETY: the kernel fills all of it, whatever raised the signal. What is no address is not used: the
    // code says so.
    let address = unsafe { info.si_addr() } as usize;
    Signal { code: info.si_code, address }
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
