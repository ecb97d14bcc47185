//! Many threads that map, cut, fault and unmap, at addresses used again. Knows the guard's public face.

use crate::Case;
use crate::mapped::{self, Mapped, PAGE};
use crate::signals;
use smmap_guard::{Damage, Retired, install};
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const CASES: &[Case] = &[("churn", churn), ("late_repair", late_repair)];

/// A private page range of the program's own, filled with 0xAB.
struct Foreign {
    address: usize,
    len: usize,
}

impl Foreign {
    /// `flags`: `MAP_FIXED` to take the place whatever is there, 0 to ask for it.
    fn at(address: usize, len: usize, flags: c_int) -> Self {
        let kind = libc::MAP_PRIVATE | libc::MAP_ANON | flags;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: free for the kernel to choose, or over a map of the case's own.
        let place = unsafe { libc::mmap(address as *mut c_void, len, access, kind, -1, 0) };
        assert_ne!(place, libc::MAP_FAILED);
        // SAFETY: mapped above, writable.
        unsafe { place.cast::<u8>().write_bytes(0xAB, len) };
        Self { address: place as usize, len }
    }

    fn assert_untouched(&self) {
        for position in (0..self.len).step_by(PAGE) {
            // SAFETY: inside the map.
            let byte = unsafe { ((self.address + position) as *const u8).read_volatile() };
            assert_eq!(byte, 0xAB, "a page that is not ours was replaced");
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: the case's own map.
        unsafe { libc::munmap(self.address as *mut c_void, self.len) };
    }
}

fn churn() {
    install();
    let reused = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..4 {
            let reused = &reused;
            scope.spawn(move || (0..1_000).for_each(|round| churn_once(thread + round, reused)));
        }
    });
    assert!(reused.load(Ordering::Relaxed) > 1_000, "addresses were hardly ever used again");
}

fn churn_once(round: usize, reused: &AtomicUsize) {
    const PAGES: usize = 16;
    let map = Mapped::whole(PAGES * PAGE);
    let watch = map.watch();
    let cut = (round * 1_237) % (PAGES * PAGE - PAGE);
    map.cut(cut);
    map.assert_cut_at(cut);
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    let (address, len) = (map.address, map.len);
    map.retire(watch);
    let foreign = Foreign::at(address, len, 0);
    reused.fetch_add(usize::from(foreign.address == address), Ordering::Relaxed);
    thread::yield_now();
    foreign.assert_untouched();
}

/// A range is retired while another thread faults in it, over and over, and something else takes its place at
/// once: the repair must not land there. The handler before lets a fault that comes too late try again.
fn late_repair() {
    extern "C" fn again(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}
    const PAGES: usize = 4;
    static PLACE: AtomicUsize = AtomicUsize::new(0);
    static STOP: AtomicBool = AtomicBool::new(false);
    signals::set_handler(libc::SIGBUS, again as *const () as usize, libc::SA_SIGINFO);
    install();
    let reader = thread::spawn(|| {
        while !STOP.load(Ordering::Relaxed) {
            let place = PLACE.load(Ordering::Acquire);
            if place != 0 {
                // SAFETY: always mapped: a file's pages, zeros or the case's own.
                unsafe { (place as *const u8).read_volatile() };
            }
        }
    });
    let mut raced = 0;
    let start = Instant::now();
    for round in (0..20_000).take_while(|_| start.elapsed() < Duration::from_secs(5)) {
        let map = Mapped::part(mapped::file(0), 0, PAGES * PAGE);
        let watch = map.watch();
        PLACE.store(map.address, Ordering::Release);
        (0..round % 500).for_each(|_| std::hint::spin_loop());
        raced += usize::from(watch.damage().is_none());
        assert_eq!(watch.retire(), Retired::Unmap);
        let foreign = Foreign::at(map.address, map.len, libc::MAP_FIXED);
        (0..300).for_each(|_| std::hint::spin_loop());
        foreign.assert_untouched();
        thread::yield_now();
        foreign.assert_untouched();
        // The reader may still be there: the address stays mapped (one page a round).
        std::mem::forget(foreign);
    }
    STOP.store(true, Ordering::Relaxed);
    assert!(reader.join().is_ok());
    assert!(raced > 10, "the reader was always first: {raced}");
}
