//! A file without a name, mapped as the library maps its regions. Knows nothing of the guard but `Watch`.
#![expect(clippy::unwrap_used, reason = "a case ends at the first surprise")]

use smmap_guard::{Retired, Watch};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Apple's processors have larger ones.
pub(crate) const PAGE: usize =
    if cfg!(all(target_os = "macos", target_arch = "aarch64")) { 16_384 } else { 4096 };

pub(crate) struct Mapped {
    pub(crate) file: File,
    pub(crate) address: usize,
    pub(crate) len: usize,
    offset: usize,
}

/// What the file holds at `position`: never zero, and no two pages alike.
pub(crate) fn byte_at(position: usize) -> u8 {
    u8::try_from((position + position / PAGE) % 251).unwrap() + 1
}

/// A file of `len` bytes as [`byte_at`] tells them, already unlinked.
pub(crate) fn file(len: usize) -> File {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("smmap-guard-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let bytes: Vec<u8> = (0..len).map(byte_at).collect();
    file.write_all(&bytes).unwrap();
    file
}

impl Mapped {
    pub(crate) fn whole(len: usize) -> Self {
        Self::part(file(len), 0, len)
    }

    pub(crate) fn part(file: File, offset: usize, len: usize) -> Self {
        Self::with_access(file, offset, len, libc::PROT_READ | libc::PROT_WRITE)
    }

    pub(crate) fn with_access(file: File, offset: usize, len: usize, access: libc::c_int) -> Self {
        let kind = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
        let at = offset.try_into().unwrap();
        // SAFETY: a new map at a place the kernel chooses.
        let place = unsafe { libc::mmap(ptr::null_mut(), len, access, kind, file.as_raw_fd(), at) };
        assert_ne!(place, libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
        Self { file, address: place as usize, len, offset }
    }

    pub(crate) fn watch(&self) -> Watch {
        // SAFETY: our own private map; `unmap` comes after `retire`, the file stays open.
        unsafe { Watch::new(self.address, self.len, Some(self.file.as_raw_fd()), self.offset as u64) }
            .unwrap()
    }

    pub(crate) fn cut(&self, len: usize) {
        self.file.set_len(len as u64).unwrap();
    }

    /// One byte, really read.
    pub(crate) fn read(&self, position: usize) -> u8 {
        assert!(position < self.len);
        // SAFETY: inside the map; volatile, as another process may change it.
        unsafe { ((self.address + position) as *const u8).read_volatile() }
    }

    pub(crate) fn write(&self, position: usize, byte: u8) {
        assert!(position < self.len);
        // SAFETY: inside the map, which is private and writable.
        unsafe { ((self.address + position) as *mut u8).write_volatile(byte) };
    }

    /// The file's own bytes before `cut`, zeros from there on (every 509th byte, and both sides of the cut).
    pub(crate) fn assert_cut_at(&self, cut: usize) {
        let near = cut.saturating_sub(2)..(cut + 2).min(self.len);
        for position in (0..self.len).step_by(509).chain(near).chain([self.len - 1]) {
            let wanted = if position < cut { byte_at(self.offset + position) } else { 0 };
            assert_eq!(self.read(position), wanted, "at {position} of {}, cut at {cut}", self.len);
        }
    }

    pub(crate) fn retire(self, watch: Watch) {
        assert_eq!(watch.retire(), Retired::Unmap);
        self.unmap();
    }

    pub(crate) fn unmap(self) {
        // SAFETY: our own map, which nothing refers to any more.
        let result = unsafe { libc::munmap(self.address as *mut libc::c_void, self.len) };
        assert_eq!(result, 0);
    }
}
