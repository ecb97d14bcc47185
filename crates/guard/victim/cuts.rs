//! Files cut under a watched map: what is seen then. Knows the guard's public face.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use crate::Case;
use crate::mapped::{self, Mapped, PAGE, byte_at};
use crate::signals;
use smmap_guard::{Damage, Status, Watch, install, status};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;

pub(crate) const CASES: &[Case] = &[
    ("under_readers", under_readers),
    ("opted_out", opted_out),
    ("any_cut", any_cut),
    ("one_repair", one_repair),
    ("without_fd", without_fd),
    ("unreadable_page", unreadable_page),
    ("fd_gone_bad", fd_gone_bad),
    ("writes_stay_private", writes_stay_private),
    ("errno_is_kept", errno_is_kept),
    ("inside_the_last_page", inside_the_last_page),
    ("cut_and_regrown", cut_and_regrown),
    ("handed_to_a_system_call", handed_to_a_system_call),
    ("inside_another_handler", inside_another_handler),
    ("blocked", blocked),
    ("in_a_fork", in_a_fork),
    ("nonsense_is_refused", nonsense_is_refused),
];

fn under_readers() {
    const LEN: usize = 64 << 20;
    const CUT: usize = (16 << 20) + 123;
    assert_eq!(install(), Status::Active);
    let map = Mapped::whole(LEN);
    let watch = map.watch();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for seed in 1..=4_u64 {
            let (map, watch, stop) = (&map, &watch, &stop);
            scope.spawn(move || {
                let mut random = seed;
                while !stop.load(Ordering::Relaxed) || !watch.damage().is_truncated() {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let position = usize::try_from((random >> 20) % LEN as u64).unwrap();
                    let byte = map.read(position);
                    // Never zero unless the damage says so by then, never another's byte.
                    assert!(byte == byte_at(position) || (byte == 0 && watch.damage().is_truncated()));
                }
            });
        }
        thread::sleep(std::time::Duration::from_millis(100));
        map.cut(CUT);
        thread::sleep(std::time::Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.assert_cut_at(CUT);
    map.retire(watch);
}

/// Run with `SMMAP_NO_GUARD=1`: dies as without us.
fn opted_out() {
    let map = Mapped::whole(4 * PAGE);
    assert_eq!(install(), Status::Off);
    assert_eq!(status(), Status::Off);
    // SAFETY: our own map.
    assert!(unsafe { Watch::new(map.address, map.len, Some(map.file.as_raw_fd()), 0) }.is_none());
    map.cut(0);
    map.read(0);
}

/// Every cut of a file that is mapped from its second page on, and read first at every page.
fn any_cut() {
    install();
    for size in [0, 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE - 1, 3 * PAGE, 4 * PAGE + 5] {
        for page in 0..5 {
            let map = Mapped::part(mapped::file(6 * PAGE), PAGE, 5 * PAGE);
            let watch = map.watch();
            map.cut(size);
            map.read(page * PAGE);
            let kept = size.saturating_sub(PAGE);
            assert_eq!(watch.damage().is_truncated(), page * PAGE >= kept, "cut to {size}, page {page}");
            map.assert_cut_at(kept);
            assert_eq!(watch.damage(), Damage::TRUNCATED);
            map.retire(watch);
        }
    }
}

/// One fault repairs all that is lost: afterwards the guard may be gone.
fn one_repair() {
    install();
    let map = Mapped::whole(1 << 20);
    let watch = map.watch();
    map.cut(10 * PAGE + 1);
    // The last byte first: what lies before it is replaced with it.
    assert_eq!(map.read(map.len - 1), 0);
    signals::set_handler(libc::SIGBUS, libc::SIG_DFL, 0);
    map.assert_cut_at(10 * PAGE + 1);
    map.retire(watch);
}

fn without_fd() {
    install();
    let map = Mapped::whole(8 * PAGE);
    // SAFETY: our own private map.
    let watch = unsafe { Watch::new(map.address, map.len, None, 0) }.unwrap();
    map.cut(2 * PAGE);
    assert_eq!(map.read(5 * PAGE), 0);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.assert_cut_at(2 * PAGE);
    map.retire(watch);
}

/// The descriptor of a larger file stands for a page that cannot be read although the file is long enough:
/// only that page is replaced, so that the next still faults, and is repaired too.
fn unreadable_page() {
    install();
    let map = Mapped::whole(8 * PAGE);
    let larger = mapped::file(9 * PAGE);
    // SAFETY: our own private map. The descriptor is not its file's, and the guard reads no more than its
    // size.
    let watch = unsafe { Watch::new(map.address, map.len, Some(larger.as_raw_fd()), 0) }.unwrap();
    map.cut(2 * PAGE);
    assert_eq!(map.read(5 * PAGE), 0);
    assert_eq!(watch.damage(), Damage::IO_ERROR);
    map.cut(8 * PAGE);
    map.file.write_all_at(&vec![7; 8 * PAGE], 0).unwrap();
    assert_eq!([4, 5, 6].map(|page| map.read(page * PAGE)), [7, 0, 7]);
    map.retire(watch);
}

/// Against the contract; but a caller's mistake must not become a loop.
fn fd_gone_bad() {
    install();
    let map = Mapped::whole(8 * PAGE);
    // SAFETY: our own private map.
    let watch = unsafe { Watch::new(map.address, map.len, Some(999_999), 0) }.unwrap();
    map.cut(PAGE);
    map.assert_cut_at(PAGE);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.retire(watch);
}

fn writes_stay_private() {
    install();
    let map = Mapped::whole(4 * PAGE);
    let watch = map.watch();
    map.write(0, 200);
    map.cut(PAGE);
    map.write(2 * PAGE, 201);
    assert_eq!([map.read(0), map.read(2 * PAGE), map.read(2 * PAGE + 1)], [200, 201, 0]);
    assert_eq!(map.file.metadata().unwrap().len(), PAGE as u64);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.retire(watch);
}

fn errno_is_kept() {
    install();
    let map = Mapped::whole(2 * PAGE);
    // SAFETY: our own private map; the bad descriptor makes the handler's fstat set errno.
    let watch = unsafe { Watch::new(map.address, map.len, Some(999_999), 0) }.unwrap();
    map.cut(0);
    errno::set(77);
    map.read(0);
    assert_eq!(errno::get(), 77);
    assert!(watch.damage().is_truncated());
    map.retire(watch);
}

mod errno {
    #[cfg(target_os = "linux")]
    fn place() -> *mut i32 {
        // SAFETY: asks nothing.
        unsafe { libc::__errno_location() }
    }
    #[cfg(target_os = "macos")]
    fn place() -> *mut i32 {
        // SAFETY: asks nothing.
        unsafe { libc::__error() }
    }
    pub(super) fn set(value: i32) {
        let place = place();
        // SAFETY: this thread's errno; volatile, or the compiler reads back what it wrote.
        unsafe { place.write_volatile(value) };
    }
    pub(super) fn get() -> i32 {
        let place = place();
        // SAFETY: as above.
        unsafe { place.read_volatile() }
    }
}

/// No signal: the caller must compare sizes.
fn inside_the_last_page() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let watch = map.watch();
    map.cut(PAGE + 10);
    map.assert_cut_at(PAGE + 10);
    assert!(watch.damage().is_none());
    map.retire(watch);
}

/// No signal either.
fn cut_and_regrown() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let watch = map.watch();
    map.cut(0);
    map.cut(2 * PAGE);
    assert_eq!(map.read(PAGE), 0);
    assert!(watch.damage().is_none());
    map.retire(watch);
}

/// `EFAULT`, no signal, no damage.
fn handed_to_a_system_call() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let watch = map.watch();
    map.cut(0);
    let sink = mapped::file(0);
    // SAFETY: inside the map; the kernel checks.
    let written = unsafe { libc::write(sink.as_raw_fd(), map.address as *const libc::c_void, PAGE) };
    assert_eq!((written, std::io::Error::last_os_error().raw_os_error()), (-1, Some(libc::EFAULT)));
    assert!(watch.damage().is_none());
    map.retire(watch);
}

fn inside_another_handler() {
    static MAP: std::sync::OnceLock<Mapped> = std::sync::OnceLock::new();
    static SEEN: AtomicU8 = AtomicU8::new(1);
    extern "C" fn reads(_: i32) {
        SEEN.store(MAP.get().map_or(2, |map| map.read(PAGE)), Ordering::Relaxed);
    }
    install();
    let map = MAP.get_or_init(|| Mapped::whole(2 * PAGE));
    let watch = map.watch();
    signals::set_handler(libc::SIGUSR1, reads as *const () as usize, 0);
    map.cut(0);
    signals::send(libc::SIGUSR1);
    assert_eq!(SEEN.load(Ordering::Relaxed), 0);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
}

/// The kernel kills: nothing can be done.
fn blocked() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let _watch = map.watch();
    signals::block(libc::SIGBUS);
    map.cut(0);
    map.read(0);
}

/// The child has a registry of its own, which goes on working.
fn in_a_fork() {
    install();
    let map = Mapped::whole(2 * PAGE);
    let watch = map.watch();
    map.cut(PAGE);
    let code = signals::in_child(|| {
        assert_eq!(status(), Status::Active);
        map.assert_cut_at(PAGE);
        assert_eq!(watch.damage(), Damage::TRUNCATED);
        let fresh = Mapped::whole(2 * PAGE);
        let its_watch = fresh.watch();
        fresh.cut(0);
        fresh.assert_cut_at(0);
        fresh.retire(its_watch);
    });
    assert_eq!(code, 0);
    assert!(watch.damage().is_none());
    map.assert_cut_at(PAGE);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.retire(watch);
}

fn nonsense_is_refused() {
    let map = Mapped::whole(2 * PAGE);
    let watch = |address, len| {
        // SAFETY: refused, all of them; the first before anything is installed.
        unsafe { Watch::new(address, len, None, 0) }.is_some()
    };
    assert!(!watch(map.address, map.len));
    install();
    assert!(!watch(map.address + 1, PAGE));
    assert!(!watch(map.address, 0));
    assert!(!watch(usize::MAX - PAGE + 1, PAGE));
    assert!(watch(map.address, map.len));
}
