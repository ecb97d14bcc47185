//! No maps left, or no writable memory: the system refuses what repairs. Linux's limits. Knows the guard's
//! public face.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use crate::Case;
use crate::mapped::{self, Mapped, PAGE, byte_at};
use smmap_guard::{Damage, Watch, install};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::ptr;

pub(crate) const CASES: &[Case] = &[
    ("no_maps_left", no_maps_left),
    ("no_maps_left_for_several", no_maps_left_for_several),
    ("no_spares_left", no_spares_left),
    ("spares_come_back", spares_come_back),
    ("no_maps_left_unreadable_page", no_maps_left_unreadable_page),
    ("no_writable_memory", no_writable_memory),
];

fn one_more_map() -> Option<usize> {
    let kind = libc::MAP_SHARED | libc::MAP_ANON | libc::MAP_NORESERVE;
    // SAFETY: a new map at a place the kernel chooses.
    let place = unsafe { libc::mmap(ptr::null_mut(), PAGE, libc::PROT_NONE, kind, -1, 0) };
    (place != libc::MAP_FAILED).then_some(place as usize)
}

/// Maps until the kernel refuses. Room for the addresses is taken first: nothing may be allocated at the
/// limit.
fn fill_up() -> Vec<usize> {
    let limit: usize = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap().trim().parse().unwrap();
    let mut maps = Vec::with_capacity(limit + 2);
    while let Some(map) = one_more_map() {
        assert!(maps.len() < maps.capacity());
        maps.push(map);
    }
    let refused = std::io::Error::last_os_error().raw_os_error();
    assert_eq!(refused, Some(libc::ENOMEM));
    assert!(maps.len() > limit - 1_000, "{} maps of {limit}", maps.len());
    maps
}

fn free(maps: Vec<usize>) {
    for map in maps {
        // SAFETY: from `one_more_map`.
        let result = unsafe { libc::munmap(map as *mut libc::c_void, PAGE) };
        assert_eq!(result, 0);
    }
}

/// The spares pay for the repair, and the head of the file stays.
fn no_maps_left() {
    install();
    let map = Mapped::whole(8 * PAGE);
    let watch = map.watch();
    let maps = fill_up();
    map.cut(3 * PAGE);
    let (head, tail) = (map.read(0), map.read(5 * PAGE));
    let kept = map.read(3 * PAGE - 1);
    free(maps);
    assert_eq!((head, kept, tail), (byte_at(0), byte_at(3 * PAGE - 1), 0));
    assert_eq!(watch.damage().bits(), Damage::TRUNCATED.bits() | Damage::MAP_LIMIT.bits());
    map.assert_cut_at(3 * PAGE);
    map.retire(watch);
}

/// Nobody registers anything, so no spare comes back.
fn no_maps_left_for_several() {
    cut_at_the_limit(3);
}

/// Inherent: there is nothing left to give back.
fn no_spares_left() {
    cut_at_the_limit(20);
}

fn cut_at_the_limit(files: usize) {
    install();
    let cut: Vec<_> = (0..files).map(|_| Mapped::whole(8 * PAGE)).map(|map| (map.watch(), map)).collect();
    let maps = fill_up();
    let mut zeros = 0;
    for (_, map) in &cut {
        map.cut(3 * PAGE);
        zeros += usize::from(map.read(5 * PAGE) == 0);
    }
    free(maps);
    assert_eq!(zeros, files);
    for (watch, map) in cut {
        map.assert_cut_at(3 * PAGE);
        assert!(watch.damage().is_truncated());
        map.retire(watch);
    }
}

/// The next registration that finds room makes them again: more repairs than spares, at the limit four times.
fn spares_come_back() {
    (0..4).for_each(|_| cut_at_the_limit(3));
}

/// A page in the middle takes two maps more; what lies around it stays.
fn no_maps_left_unreadable_page() {
    install();
    let map = Mapped::whole(8 * PAGE);
    let larger = mapped::file(9 * PAGE);
    // SAFETY: our own private map. The descriptor is not its file's, and the guard reads no more than its
    // size.
    let watch = unsafe { Watch::new(map.address, map.len, Some(larger.as_raw_fd()), 0) }.unwrap();
    let maps = fill_up();
    map.cut(5 * PAGE);
    let (head, page) = (map.read(0), map.read(6 * PAGE));
    map.cut(8 * PAGE);
    map.file.write_all_at(&[7], 7 * PAGE as u64).unwrap();
    let behind = map.read(7 * PAGE);
    free(maps);
    assert_eq!((head, page, behind), (byte_at(0), 0, 7));
    assert_eq!(watch.damage().bits(), Damage::IO_ERROR.bits() | Damage::MAP_LIMIT.bits());
    map.retire(watch);
}

/// A read-only region, as there is one where private writable memory is refused: so are writable zeros.
fn no_writable_memory() {
    install();
    let map = Mapped::with_access(mapped::file(8 * PAGE), 0, 8 * PAGE, libc::PROT_READ);
    let watch = map.watch();
    map.cut(3 * PAGE);
    // Not 0, which Linux takes for "no limit" (`may_expand_vm`).
    let none = libc::rlimit { rlim_cur: 1, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const none) };
    let bytes = (map.read(5 * PAGE), map.read(0));
    let all = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const all) };
    assert_eq!(bytes, (0, byte_at(0)));
    assert_eq!(watch.damage(), Damage::TRUNCATED);
    map.retire(watch);
}
