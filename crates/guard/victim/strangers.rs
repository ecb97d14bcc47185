//! Faults and signals that are none of the guard's: they end as without it. Knows the guard's public face.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use crate::Case;
use crate::mapped::{Mapped, PAGE};
use crate::signals::{self, address_of, exit_now, is_blocked};
use smmap_guard::{Status, install};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const CASES: &[Case] = &[
    ("foreign_fault", foreign_fault),
    ("just_past_a_watched_range", just_past_a_watched_range),
    ("no_longer_watched", no_longer_watched),
    ("sent", sent),
    ("sent_while_ignored", sent_while_ignored),
    ("fault_while_ignored", fault_while_ignored),
    ("simple_handler_before", simple_handler_before),
    ("informed_handler_before", informed_handler_before),
    ("informed_handler_before_gets_sent", informed_handler_before_gets_sent),
    ("handler_before_with_mask", handler_before_with_mask),
    ("handler_before_that_repairs", handler_before_that_repairs),
    ("handler_before_that_faults", handler_before_that_faults),
    ("handler_before_called_once", handler_before_called_once),
    ("on_the_alternative_stack", on_the_alternative_stack),
    #[cfg(target_os = "linux")]
    ("broken_memory", broken_memory),
    #[cfg(target_os = "linux")]
    ("misaligned", misaligned),
];

/// A cut map that nobody watches; beside a watched one, so that the registry is not empty.
fn fault_elsewhere() {
    let watched = Mapped::whole(2 * PAGE);
    let _watch = watched.watch();
    let stranger = Mapped::whole(2 * PAGE);
    EXPECTED.store(stranger.address + PAGE, Ordering::Relaxed);
    stranger.cut(0);
    stranger.read(PAGE);
}

static EXPECTED: AtomicUsize = AtomicUsize::new(0);

fn foreign_fault() {
    assert_eq!(install(), Status::Active);
    fault_elsewhere();
}

fn just_past_a_watched_range() {
    install();
    let map = Mapped::whole(4 * PAGE);
    // SAFETY: our own private map, all but its last page.
    let _watch = unsafe { smmap_guard::Watch::new(map.address, 3 * PAGE, None, 0) }.unwrap();
    map.cut(0);
    assert_eq!(map.read(3 * PAGE - 1), 0);
    map.read(3 * PAGE);
}

fn no_longer_watched() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let _ = map.watch().retire();
    map.cut(0);
    map.read(0);
}

fn sent() {
    install();
    signals::send(libc::SIGBUS);
}

/// Exit code 0.
fn sent_while_ignored() {
    signals::set_handler(libc::SIGBUS, libc::SIG_IGN, 0);
    install();
    signals::send(libc::SIGBUS);
}

/// The kernel does not let a fault be ignored.
fn fault_while_ignored() {
    signals::set_handler(libc::SIGBUS, libc::SIG_IGN, 0);
    install();
    fault_elsewhere();
}

/// Exit code 42.
fn simple_handler_before() {
    extern "C" fn handler(signal: c_int) {
        exit_now(if signal == libc::SIGBUS { 42 } else { 1 });
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, 0);
    assert_eq!(install(), Status::Active);
    fault_elsewhere();
}

/// Exit code 43: the fault's own address and context arrive.
fn informed_handler_before() {
    extern "C" fn handler(_: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        let right = address_of(info) == EXPECTED.load(Ordering::Relaxed) && !context.is_null();
        exit_now(if right { 43 } else { 1 });
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, libc::SA_SIGINFO);
    install();
    fault_elsewhere();
}

/// Exit code 44.
fn informed_handler_before_gets_sent() {
    extern "C" fn handler(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
        exit_now(44);
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, libc::SA_SIGINFO);
    install();
    signals::send(libc::SIGBUS);
}

/// Exit code 45: blocked while the handler runs, as the kernel would have it, and not afterwards.
fn handler_before_with_mask() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn handler(_: c_int) {
        SEEN.store(usize::from(is_blocked(libc::SIGBUS)), Ordering::Relaxed);
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, 0);
    install();
    signals::send(libc::SIGBUS);
    assert!(SEEN.load(Ordering::Relaxed) == 1 && !is_blocked(libc::SIGBUS));
    exit_now(45);
}

/// Exit code 0: what it repairs goes on.
fn handler_before_that_repairs() {
    extern "C" fn handler(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
        let page = address_of(info) & !(PAGE - 1);
        let kind = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
        // SAFETY: over a page of the case's own map.
        unsafe { libc::mmap(page as *mut c_void, PAGE, libc::PROT_READ, kind, -1, 0) };
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, libc::SA_SIGINFO);
    install();
    fault_elsewhere();
    fault_elsewhere();
}

/// Exit code 48: a handler before ours that does not block the signal reads a watched range, which is
/// repaired.
fn handler_before_that_faults() {
    static MAP: OnceLock<Mapped> = OnceLock::new();
    extern "C" fn handler(_: c_int) {
        exit_now(MAP.get().map_or(1, |map| if map.read(0) == 0 { 48 } else { 2 }));
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, libc::SA_NODEFER);
    install();
    let map = MAP.get_or_init(|| Mapped::whole(PAGE));
    let _watch = map.watch();
    map.cut(0);
    signals::send(libc::SIGBUS);
}

/// With `SA_RESETHAND` it lets the first signal pass; the second kills.
fn handler_before_called_once() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn handler(_: c_int) {
        if CALLS.fetch_add(1, Ordering::Relaxed) > 0 {
            exit_now(1);
        }
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, libc::SA_RESETHAND);
    install();
    signals::send(libc::SIGBUS);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    signals::send(libc::SIGBUS);
}

/// Exit code 50: repairs, and calls the handler before, on the stack that the thread has set aside.
fn on_the_alternative_stack() {
    const LEN: usize = 1 << 16;
    static STACK: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn handler(_: c_int) {
        let local = 0_u8;
        let depth = (&raw const local as usize).wrapping_sub(STACK.load(Ordering::Relaxed));
        exit_now(if depth < LEN { 50 } else { 1 });
    }
    let memory = Box::leak(vec![0_u8; LEN].into_boxed_slice()).as_mut_ptr();
    STACK.store(memory as usize, Ordering::Relaxed);
    let stack = libc::stack_t { ss_sp: memory.cast(), ss_flags: 0, ss_size: LEN };
    // SAFETY: memory of its own, for good.
    let result = unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
    assert_eq!(result, 0);
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, 0);
    install();
    let map = Mapped::whole(PAGE);
    let watch = map.watch();
    map.cut(0);
    assert_eq!(map.read(0), 0);
    map.retire(watch);
    fault_elsewhere();
}

/// `BUS_MCEERR_AO` inside a watched range: the memory is broken, zeros would hide it.
#[cfg(target_os = "linux")]
fn broken_memory() {
    fake_fault(libc::BUS_MCEERR_AO);
}

/// `BUS_ADRALN` inside a watched range: new pages would not end it.
#[cfg(target_os = "linux")]
fn misaligned() {
    fake_fault(libc::BUS_ADRALN);
}

/// Exit code 46 when the handler before is asked, with the watched range whole. A process may send itself any
/// code.
#[cfg(target_os = "linux")]
fn fake_fault(code: c_int) {
    extern "C" fn handler(_: c_int) {
        exit_now(46);
    }
    signals::set_handler(libc::SIGBUS, handler as *const () as usize, 0);
    install();
    let map = Mapped::whole(2 * PAGE);
    let watch = map.watch();
    // si_signo, si_errno, si_code, padding, si_addr.
    let mut info = [0_u64; 16];
    info[0] = u64::try_from(libc::SIGBUS).unwrap();
    info[1] = u64::try_from(code).unwrap();
    info[2] = map.address as u64;
    // SAFETY: asks nothing.
    let process = unsafe { libc::getpid() };
    // SAFETY: to this process's only thread, with a whole siginfo_t.
    let result = unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, process, libc::SIGBUS, info.as_ptr()) };
    assert_eq!(result, 0);
    assert!(watch.damage().is_none(), "taken for a cut file");
}
