//! What becomes of one `SIGBUS`: whether a page of a watched range is missing, which pages are lost with it,
//! and to whom the signal goes otherwise. Decides; a [`System`] does. Runs inside the handler: atomics, and
//! what the system does.
//!
//! Both systems' codes are known on both, so that each tests the other's: nothing else here differs.
#![forbid(unsafe_code)]

use crate::outcome::Damage;
use crate::registry::Registry;
use crate::slot::{Pin, Range};
use std::sync::atomic::{AtomicU32, Ordering};

static FAULTS: AtomicU32 = AtomicU32::new(0);

/// How often any range was found damaged, wrapping around. One number to look at where there are many ranges:
/// as long as it stays, every range's damage does.
#[must_use]
pub fn faults() -> &'static AtomicU32 {
    &FAULTS
}

/// What the handler is told: `si_code` and `si_addr`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signal {
    pub(crate) code: i32,
    pub(crate) address: usize,
}

/// What raised a signal, as far as its code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An instruction met a page that its file does not have.
    MissingPage,
    /// An instruction met something that new pages would not mend, or hide: it will meet it again.
    OtherFault,
    /// Somebody sent it, or it brings news: no instruction will repeat it.
    Sent,
    /// A missing page, another fault, or somebody sent it.
    Unknown,
}

/// How a system numbers causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codes {
    Linux,
    MacOs,
}

impl Codes {
    pub(crate) const OWN: Self = if cfg!(target_os = "macos") { Self::MacOs } else { Self::Linux };

    /// Linux: 2 and 3 (`BUS_ADRERR`, `BUS_OBJERR`) are what a page missing from a file raises; not 4 (broken
    /// memory: new zeros there would hide lost data), nor 1 (a misaligned access, which would fault again for
    /// ever). Signals sent have no positive codes (sigaction(2)); 5 (`BUS_MCEERR_AO`) is news of broken
    /// memory that no instruction has touched yet.
    ///
    /// macOS: the kernel gives every `SIGBUS` the same code (xnu's `sendsig`: 1 on Apple silicon, 2 on
    /// Intel), one that somebody sent too, and the address of the thread's last fault.
    pub(crate) const fn cause(self, code: i32) -> Cause {
        match (self, code) {
            (Self::Linux, 2 | 3) => Cause::MissingPage,
            (Self::Linux, 5 | i32::MIN..=0) => Cause::Sent,
            (Self::Linux, _) => Cause::OtherFault,
            (Self::MacOs, 1..=3) => Cause::Unknown,
            (Self::MacOs, _) => Cause::Sent,
        }
    }
}

/// The signal's action that the guard found when it was installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before<Handler> {
    Default,
    Ignored,
    Handler(Handler),
    /// A handler that asked to be called once (`SA_RESETHAND`).
    HandlerOnce(Handler),
}

/// What the system does for the handler; each is async-signal-safe.
pub(crate) trait System {
    /// A handler found before ours.
    type Handler: Copy;
    /// The bytes of an open file; `None` if that cannot be asked.
    fn file_size(&self, fd: i32) -> Option<u64>;
    /// Private zeros in place of the pages `start..end`; false when it is refused.
    fn map_zeros(&self, start: usize, end: usize, is_writable: bool) -> bool;
    /// Gives back a map that was kept for this; false when there is none left.
    fn give_back_a_spare(&self) -> bool;
    fn before(&self) -> Before<Self::Handler>;
    /// From now on the action before is the default one; false if another thread was first.
    fn take_before(&self, handler: Self::Handler) -> bool;
    fn call(&self, handler: Self::Handler);
    /// Makes the signal's action the default one, and raises it again if told so. Without, the instruction
    /// that is repeated faults, and the core dump shows it, not us.
    fn die(&self, is_raised: bool);
}

/// Repairs, or passes the signal on as if there was no guard.
pub(crate) fn meet<S: System>(signal: Signal, codes: Codes, ranges: &Registry, page: usize, system: &S) {
    let cause = codes.cause(signal.code);
    if is_repaired(cause, signal.address, ranges, page, system) {
        return;
    }
    match system.before() {
        // The kernel ignores a signal that was sent, but never a fault.
        Before::Ignored if cause == Cause::Sent => {}
        Before::Ignored => system.die(false),
        Before::Handler(handler) => system.call(handler),
        Before::HandlerOnce(handler) if system.take_before(handler) => system.call(handler),
        Before::Default | Before::HandlerOnce(_) => {
            system.die(matches!(cause, Cause::Sent | Cause::Unknown));
        }
    }
}

fn is_repaired<S: System>(cause: Cause, address: usize, ranges: &Registry, page: usize, system: &S) -> bool {
    let may_be_missing = matches!(cause, Cause::MissingPage | Cause::Unknown);
    may_be_missing && ranges.pin(address).is_some_and(|pin| repair(&pin, address, page, system))
}

/// Makes `address` readable again; false when the system refuses even with the spares given back.
fn repair<S: System>(pin: &Pin<'_>, address: usize, page: usize, system: &S) -> bool {
    let range = pin.range();
    let here = address & !(page.wrapping_sub(1));
    let (start, end, damage) = match file_end(&range, page, system) {
        // Inside the file: this page is unreadable, its neighbours may not be.
        Some(file_end) if here < file_end => (here, here.wrapping_add(page), Damage::IO_ERROR),
        // All of it at once: page by page would be 262,144 faults for a GiB.
        Some(file_end) => (file_end, range.end, Damage::TRUNCATED),
        None => (here, range.end, Damage::TRUNCATED),
    };
    // Before the pages: who sees a zero must see the damage.
    pin.add_damage(damage);
    FAULTS.fetch_add(1, Ordering::Release);
    if map_zeros(start, end, system) {
        return true;
    }
    pin.add_damage(Damage::MAP_LIMIT);
    while system.give_back_a_spare() {
        if map_zeros(start, end, system) {
            return true;
        }
    }
    false
}

/// Where the pages that the file still has end, within the range; `None` if that cannot be asked.
fn file_end<S: System>(range: &Range, page: usize, system: &S) -> Option<usize> {
    let left = system.file_size(range.fd?)?.saturating_sub(range.file_offset);
    let len = range.end.wrapping_sub(range.start);
    let left = usize::try_from(left).unwrap_or(len).min(len);
    // `len` is whole pages, so this stays within it.
    let pages = left.wrapping_add(page.wrapping_sub(1)) & !(page.wrapping_sub(1));
    Some(range.start.wrapping_add(pages))
}

/// Writable as the regions are; read-only where that is refused, as a region would have been (strict
/// overcommit, `RLIMIT_DATA`).
fn map_zeros<S: System>(start: usize, end: usize, system: &S) -> bool {
    system.map_zeros(start, end, true) || system.map_zeros(start, end, false)
}

#[cfg(test)]
mod machine;
#[cfg(test)]
mod tests;
