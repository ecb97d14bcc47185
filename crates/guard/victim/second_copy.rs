//! Two copies of the guard in one process, and a library closed while its handler is installed. Knows the
//! guard's public face and the example library `second_copy`.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use crate::Case;
use crate::mapped::{Mapped, PAGE};
use smmap_guard::{Damage, Status, install, status};
use std::ffi::{CStr, CString, c_void};
use std::mem;
use std::os::fd::AsRawFd;

pub(crate) const CASES: &[Case] = &[
    ("two_copies", two_copies),
    ("two_copies_meet_a_stranger", two_copies_meet_a_stranger),
    ("library_closed", library_closed),
];

/// The library that `SECOND_COPY` names, opened as Node opens an addon.
struct Copy(*mut c_void);

impl Copy {
    fn open() -> Self {
        let path = CString::new(std::env::var("SECOND_COPY").unwrap()).unwrap();
        // SAFETY: a library of ours without initializers.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_LAZY) };
        assert!(!handle.is_null());
        Self(handle)
    }

    fn symbol(&self, name: &CStr) -> *mut c_void {
        // SAFETY: an open library.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert!(!symbol.is_null());
        symbol
    }

    fn install(&self) {
        // SAFETY: its type in `second_copy.rs`.
        let install: extern "C" fn() -> i32 = unsafe { mem::transmute(self.symbol(c"second_install")) };
        assert_eq!(install(), 1);
    }

    fn watch(&self, map: &Mapped) {
        // SAFETY: its type in `second_copy.rs`.
        let watch: extern "C" fn(usize, usize, i32) -> i32 =
            unsafe { mem::transmute(self.symbol(c"second_watch")) };
        assert_eq!(watch(map.address, map.len, map.file.as_raw_fd()), 1);
    }
}

/// The later one passes the earlier one's faults on; a third handler would too.
fn two_copies() {
    assert_eq!(install(), Status::Active);
    let copy = Copy::open();
    copy.install();
    assert_eq!(status(), Status::Replaced);
    for _ in 0..3 {
        let (ours, theirs) = (Mapped::whole(4 * PAGE), Mapped::whole(4 * PAGE));
        let watch = ours.watch();
        copy.watch(&theirs);
        ours.cut(PAGE);
        theirs.cut(2 * PAGE);
        theirs.assert_cut_at(2 * PAGE);
        assert!(watch.damage().is_none());
        ours.assert_cut_at(PAGE);
        assert_eq!(watch.damage(), Damage::TRUNCATED);
        ours.retire(watch);
    }
}

fn two_copies_meet_a_stranger() {
    install();
    Copy::open().install();
    let map = Mapped::whole(PAGE);
    map.cut(0);
    map.read(0);
}

/// As Node does with an addon that only a worker loaded: linked with `-z nodelete` the code stays.
fn library_closed() {
    let map = Mapped::whole(4 * PAGE);
    let copy = Copy::open();
    copy.install();
    copy.watch(&map);
    // SAFETY: open, and nothing of it is used below but by its handler.
    unsafe { libc::dlclose(copy.0) };
    map.cut(PAGE);
    map.assert_cut_at(PAGE);
}
