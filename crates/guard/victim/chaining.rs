//! Handlers installed after the guard's. Knows the guard's public face.

use crate::Case;
use crate::mapped::{Mapped, PAGE};
use crate::signals::{self, exit_now};
use smmap_guard::{Damage, Status, install, status};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const CASES: &[Case] = &[
    ("later_handler_that_chains", later_handler_that_chains),
    ("later_handler_that_chains_meets_a_stranger", later_handler_that_chains_meets_a_stranger),
    ("later_handler_that_does_not", later_handler_that_does_not),
    ("later_handler_keeps_its_mask", later_handler_keeps_its_mask),
    ("default_later", default_later),
    ("installed_by_many_threads", installed_by_many_threads),
];

static FOUND: OnceLock<libc::sigaction> = OnceLock::new();
static CALLS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn chains(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // Two that call each other would come here again and again.
    if CALLS.fetch_add(1, Ordering::Relaxed) > 10 {
        exit_now(1);
    }
    if let Some(found) = FOUND.get() {
        signals::call(found, signal, info, context);
    }
}

fn put_a_chaining_handler_over_ours() {
    assert_eq!(install(), Status::Active);
    let found = signals::set_handler(libc::SIGBUS, chains as *const () as usize, libc::SA_SIGINFO);
    assert!(FOUND.set(found).is_ok());
    assert_eq!(status(), Status::Replaced);
    // Not over a later handler: a second `install` changes nothing.
    assert_eq!(install(), Status::Replaced);
}

fn later_handler_that_chains() {
    put_a_chaining_handler_over_ours();
    let map = Mapped::whole(4 * PAGE);
    let watch = map.watch();
    map.cut(PAGE);
    map.assert_cut_at(PAGE);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    map.retire(watch);
}

fn later_handler_that_chains_meets_a_stranger() {
    put_a_chaining_handler_over_ours();
    let map = Mapped::whole(PAGE);
    map.cut(0);
    map.read(0);
}

/// Exit code 47: theirs.
fn later_handler_that_does_not() {
    extern "C" fn theirs(_: c_int) {
        exit_now(47);
    }
    install();
    signals::set_handler(libc::SIGBUS, theirs as *const () as usize, 0);
    assert_eq!(status(), Status::Replaced);
    cut_and_read();
}

/// Exit code 49: three in a row; what the first had blocked is not blocked for the last when it goes on.
fn later_handler_keeps_its_mask() {
    extern "C" fn first(_: c_int) {
        assert!(signals::is_blocked(libc::SIGBUS));
    }
    extern "C" fn last(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        chains(signal, info, context);
        exit_now(if signals::is_blocked(libc::SIGBUS) { 1 } else { 49 });
    }
    signals::set_handler(libc::SIGBUS, first as *const () as usize, 0);
    install();
    let flags = libc::SA_SIGINFO | libc::SA_NODEFER;
    assert!(FOUND.set(signals::set_handler(libc::SIGBUS, last as *const () as usize, flags)).is_ok());
    signals::send(libc::SIGBUS);
}

fn default_later() {
    install();
    signals::set_handler(libc::SIGBUS, libc::SIG_DFL, 0);
    assert_eq!(status(), Status::Replaced);
    cut_and_read();
}

fn cut_and_read() {
    let map = Mapped::whole(2 * PAGE);
    let _watch = map.watch();
    map.cut(0);
    map.read(0);
}

/// The handler before is stored once, and is not our own.
fn installed_by_many_threads() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(install(), Status::Active));
        }
    });
    let map = Mapped::whole(PAGE);
    map.cut(0);
    map.read(0);
}
