//! What mapping asks of a Unix: `open`, `fstat`, `pread`, `mmap`, `madvise`. Knows no mapper and no fault
//! guard.
//!
//! Mappings are private and writable, and reserve no swap: a page costs memory only once it is written to.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::SystemTime;

use memmap2::{Mmap, MmapMut, MmapOptions};

use super::file::{Advice, Pages};
use super::kind_of;
use crate::error::OsError;
use crate::file::source::{Identity, Snapshot};

/// On Unix a process has one table of descriptors, so the number is enough.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Descriptors;

impl Descriptors {
    /// A descriptor of our own of the caller's file.
    #[expect(clippy::unused_self, reason = "Windows has a table of descriptors to look into")]
    pub(super) fn duplicate(self, fd: i32) -> std::result::Result<File, OsError> {
        let refused = |syscall| OsError::new(&Error::last_os_error(), syscall);
        // SAFETY: takes any number; the kernel answers EBADF if it is not a descriptor.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
        if flags < 0 {
            return Err(refused("fstat"));
        }
        // A descriptor that may only write cannot be mapped or read; `mmap` would say EACCES, `read` says
        // EBADF, as `fs` does.
        if flags & libc::O_ACCMODE == libc::O_WRONLY {
            return Err(OsError { errno: libc::EBADF, syscall: "read" });
        }
        // A duplicate, so that the caller may close its own; not inherited by child processes.
        // SAFETY: as above.
        let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
        if own < 0 {
            return Err(refused("dup"));
        }
        // SAFETY: `own` was made just above for nobody else.
        Ok(unsafe { File::from_raw_fd(own) })
    }
}

/// Opens without waiting for a FIFO's writer and without taking a terminal over (`open(2)`: `O_NONBLOCK`,
/// `O_NOCTTY`).
pub(super) fn open(path: &Path, flags: i32) -> Result<File> {
    OpenOptions::new().read(true).custom_flags(flags | libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

pub(super) fn snapshot(file: &File) -> Result<Snapshot> {
    file.metadata().map(|metadata| to_snapshot(&metadata))
}

pub(super) fn snapshot_of(path: &Path) -> Result<Snapshot> {
    std::fs::metadata(path).map(|metadata| to_snapshot(&metadata))
}

fn to_snapshot(metadata: &Metadata) -> Snapshot {
    Snapshot {
        identity: Identity { device: metadata.dev(), inode: metadata.ino() },
        kind: kind_of(metadata),
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        born: metadata.created().ok().map(since_1970),
    }
}

fn since_1970(time: SystemTime) -> (i64, i64) {
    let (seconds, nanoseconds) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (since.as_secs().cast_signed(), since.subsec_nanos()),
        Err(before) => (-before.duration().as_secs().cast_signed(), before.duration().subsec_nanos()),
    };
    (seconds, nanoseconds.into())
}

/// The most bytes kept of a file that the system makes.
const MOST_MADE: usize = 64 << 20;

/// What a file just opened is, and the bytes of one that the system makes as it is read: see
/// [`made_content`].
pub(super) fn look_into(file: &File) -> std::result::Result<(Snapshot, Option<Vec<u8>>), OsError> {
    let metadata = file.metadata().map_err(|error| OsError::new(&error, "fstat"))?;
    let made = made_content(file, &metadata).map_err(|error| OsError::new(&error, "read"))?;
    Ok((to_snapshot(&metadata), made))
}

/// The bytes of a file that the system makes as it is read: it reports a size of 0 and has bytes all the same
/// (`proc(5)`), or reports a page's size (`sysfs(5)`). `None` for any other file. More than 64 MiB are
/// refused.
fn made_content(file: &File, metadata: &Metadata) -> Result<Option<Vec<u8>>> {
    // Ordinary files have blocks. One without any is empty, made by the system, or all holes.
    let may_be = metadata.is_file() && metadata.blocks() == 0 && metadata.len() <= page_size::get() as u64;
    if !may_be || (metadata.len() > 0 && !is_sysfs(file)) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    loop {
        let known = bytes.len();
        // Its size is known only once it was read to its end.
        bytes.resize(known + (64 << 10), 0);
        // `read_at` and not `read`: the position of a duplicate is the caller's too.
        let more = match file.read_at(&mut bytes[known..], known as u64) {
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            Ok(0) => {
                bytes.truncate(known);
                // It may be an ordinary file that somebody has just begun to write.
                let is_made = known > 0 && file.metadata()?.len() == metadata.len();
                return Ok((is_made || metadata.len() > 0).then_some(bytes));
            }
            other => other?,
        };
        bytes.truncate(known + more);
        if bytes.len() > MOST_MADE {
            return Err(Error::from_raw_os_error(libc::EFBIG));
        }
    }
}

#[cfg(target_os = "linux")]
fn is_sysfs(file: &File) -> bool {
    // `SYSFS_MAGIC` of statfs(2).
    file_system(file) == Some(0x6265_6572)
}

#[cfg(not(target_os = "linux"))]
fn is_sysfs(_file: &File) -> bool {
    false
}

/// Whether reading a hole through a map allocates it. tmpfs does so, only for reads through a map.
pub(super) fn has_costly_holes(file: &File) -> bool {
    // `st_blocks` counts units of 512 bytes, whatever the file system's block is (`stat(2)`).
    let is_sparse = |metadata: Metadata| metadata.blocks().saturating_mul(512) < metadata.len();
    file.metadata().is_ok_and(is_sparse) && is_tmpfs(file)
}

#[cfg(target_os = "linux")]
fn is_tmpfs(file: &File) -> bool {
    // `TMPFS_MAGIC` of statfs(2).
    file_system(file) == Some(0x0102_1994)
}

#[cfg(not(target_os = "linux"))]
fn is_tmpfs(_file: &File) -> bool {
    false
}

/// What `statfs(2)` calls the type of the file's file system.
#[cfg(target_os = "linux")]
fn file_system(file: &File) -> Option<i64> {
    let mut about = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: an open descriptor, and memory of the wanted type.
    let status = unsafe { libc::fstatfs(file.as_raw_fd(), about.as_mut_ptr()) };
    // SAFETY: it succeeded, so it has written all of it.
    let about = (status == 0).then(|| unsafe { about.assume_init() })?;
    #[allow(clippy::unnecessary_cast, reason = "its type is another one on each architecture")]
    Some(about.f_type as i64)
}

pub(super) fn read_at(file: &File, target: &mut [u8], offset: u64) -> Result<usize> {
    file.read_at(target, offset)
}

/// # Safety
/// As `MmapOptions::map_copy`.
pub(super) unsafe fn map_private(options: &mut MmapOptions, file: &File) -> Result<MmapMut> {
    // SAFETY: the caller's promise.
    unsafe { options.no_reserve_swap().map_copy(file) }
}

/// # Safety
/// As `MmapOptions::map`.
pub(super) unsafe fn map_read_only(options: &MmapOptions, file: &File) -> Result<Mmap> {
    // SAFETY: the caller's promise.
    unsafe { options.map_copy_read_only(file) }
}

/// Brings the pages into memory by `MADV_POPULATE_READ` (Linux 5.14), which maps the file's own pages;
/// `MAP_POPULATE` would write to a private map, and copy each page. False: the pages must not be touched,
/// because the file was cut; the call fails with `EFAULT` then instead of raising a signal.
pub(super) fn populate(pages: &Pages, part: &Range<usize>) -> bool {
    #[cfg(target_os = "linux")]
    match advise_part(pages, memmap2::Advice::PopulateRead, part).map_err(|error| error.raw_os_error()) {
        Ok(()) => return true,
        // Linux before 5.14 does not know it.
        Err(Some(libc::EINVAL)) => {}
        Err(_) => return false,
    }
    // This only starts reading ahead; touching the pages afterwards waits for it.
    let _ = advise_part(pages, memmap2::Advice::WillNeed, part);
    true
}

/// Advises on the whole mapping. A system that refuses the advice goes without it.
pub(super) fn advise(pages: &Pages, advice: Advice) {
    let advice = match advice {
        Advice::Normal => return,
        Advice::Sequential => memmap2::Advice::Sequential,
        Advice::Random => memmap2::Advice::Random,
        Advice::WillNeed => memmap2::Advice::WillNeed,
        #[cfg(target_os = "linux")]
        Advice::HugePage => memmap2::Advice::HugePage,
        #[cfg(not(target_os = "linux"))]
        Advice::HugePage => return,
    };
    let _ = advise_part(pages, advice, &(0..pages.bytes().len()));
}

fn advise_part(pages: &Pages, advice: memmap2::Advice, part: &Range<usize>) -> Result<()> {
    match pages {
        Pages::Private(pages) => pages.advise_range(advice, part.start, part.len()),
        Pages::ReadOnly(pages) => pages.advise_range(advice, part.start, part.len()),
    }
}

/// What `mincore(2)` says of a mapping.
pub(super) fn resident_pages(bytes: &[u8]) -> std::result::Result<Vec<u8>, OsError> {
    let mut pages = vec![0; bytes.len().div_ceil(page_size::get())];
    let start = bytes.as_ptr().cast_mut().cast();
    // SAFETY: asks about memory that is there and begins with a page, and has room for a byte for each of its
    // pages.
    let status = unsafe { libc::mincore(start, bytes.len(), pages.as_mut_ptr().cast()) };
    if status == 0 { Ok(pages) } else { Err(OsError::new(&Error::last_os_error(), "mincore")) }
}

/// The most mappings of ours: three quarters of the system's limit. At the limit itself `malloc` fails too,
/// and the process aborts. (Only Linux has one, `/proc/sys/vm/max_map_count`.)
pub(super) fn most_mappings() -> u64 {
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count");
    limit.ok().and_then(|text| text.trim().parse::<u64>().ok()).map_or(u64::MAX, |limit| limit / 4 * 3)
}

/// The C library's number of a system error.
pub(super) fn to_errno(code: i32) -> i32 {
    code
}
