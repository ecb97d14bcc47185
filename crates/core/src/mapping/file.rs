//! Real files: `open`, `fstat`, `mmap`, `pread`. The only file of the crate with `unsafe` in it.

use std::fs::{File, Metadata, OpenOptions};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::os::fd::FromRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{Advice, Mmap, MmapMut, MmapOptions};
use smmap_guard::{Retired, Watch};

use super::{Mapped, Mapper, OsError};
use crate::source::{Identity, Kind, Snapshot, Source};
use crate::window::Window;

/// Maps real files: private, writable, without reserving swap.
///
/// A stray write through a view then goes to a private page instead of killing the process, and never to the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileMapper {
    is_guarded: bool,
}

impl FileMapper {
    /// A mapper whose mappings survive the truncation of their file, where the system and the environment
    /// (`SMMAP_NO_GUARD`) let the guard be installed. The default mapper's do not.
    #[must_use]
    pub fn guarded() -> Self {
        smmap_guard::install();
        Self { is_guarded: true }
    }
}

/// A window of a real file, in memory.
#[derive(Debug)]
pub struct FileMapping {
    pages: ManuallyDrop<Pages>,
    watch: Option<Watch>,
}

#[derive(Debug)]
enum Pages {
    Private(MmapMut),
    /// Where the system refuses a private writable map: its commit limit may count it in full.
    ReadOnly(Mmap),
}

impl Mapper for FileMapper {
    type File = File;
    type Mapping = FileMapping;

    fn open(&self, source: &Source, flags: i32) -> Result<File, OsError> {
        match source {
            Source::Path(path) => open_path(path, flags),
            Source::Descriptor(fd) => duplicate(*fd),
        }
    }

    fn snapshot(&self, file: &File) -> Result<Snapshot, OsError> {
        file.metadata().map(|metadata| to_snapshot(&metadata)).map_err(|error| OsError::new(&error, "fstat"))
    }

    fn snapshot_of(&self, source: &Source) -> Result<Snapshot, OsError> {
        match source {
            Source::Path(path) => std::fs::metadata(path)
                .map(|metadata| to_snapshot(&metadata))
                .map_err(|error| OsError::new(&error, "stat")),
            Source::Descriptor(fd) => self.snapshot(&duplicate(*fd)?),
        }
    }

    fn map(&self, file: &File, window: Window) -> Result<FileMapping, OsError> {
        if LIVE.load(Ordering::Relaxed) >= most_mappings() {
            return Err(OsError { errno: libc::ENOMEM, syscall: "mmap" });
        }
        let overflow = || OsError { errno: libc::EOVERFLOW, syscall: "mmap" };
        let size = usize::try_from(window.size).map_err(|_| overflow())?;
        let mut options = MmapOptions::new();
        options.offset(window.offset).len(size).no_reserve_swap();
        // SAFETY: the bytes may change when somebody writes to the file. No reader of ours relies on a byte staying
        // the same (no str, no reference-typed content), and the guard keeps reads behind a new end alive.
        let private = unsafe { options.map_copy(file) };
        let pages = match private {
            Err(error) if error.raw_os_error() == Some(libc::ENOMEM) => {
                // SAFETY: as above.
                unsafe { options.map_copy_read_only(file) }.map(Pages::ReadOnly)
            }
            other => other.map(Pages::Private),
        };
        let pages = pages.map_err(|error| OsError::new(&error, "mmap"))?;
        let watch = if self.is_guarded { watch(pages.bytes()) } else { None };
        LIVE.fetch_add(1, Ordering::Relaxed);
        Ok(FileMapping { pages: ManuallyDrop::new(pages), watch })
    }

    fn read_at(&self, file: &File, target: &mut [u8], offset: u64) -> Result<usize, OsError> {
        loop {
            match file.read_at(target, offset) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| OsError::new(&error, "read")),
            }
        }
    }
}

impl Mapped for FileMapping {
    fn bytes(&self) -> &[u8] {
        self.pages.bytes()
    }

    fn populate(&self, part: Range<usize>) {
        self.pages.populate(part);
    }

    fn is_damaged(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.damage().is_none())
    }
}

impl Pages {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Private(pages) => pages,
            Self::ReadOnly(pages) => pages,
        }
    }

    fn advise(&self, advice: Advice, part: &Range<usize>) -> std::io::Result<()> {
        match self {
            Self::Private(pages) => pages.advise_range(advice, part.start, part.len()),
            Self::ReadOnly(pages) => pages.advise_range(advice, part.start, part.len()),
        }
    }

    /// By `MADV_POPULATE_READ` (Linux 5.14), which maps the file's own pages; `MAP_POPULATE` would write to a private
    /// map, and make a private copy of each. Where the file was cut it fails with `EFAULT` instead of raising a signal.
    fn populate(&self, part: Range<usize>) {
        #[cfg(target_os = "linux")]
        if self.advise(Advice::PopulateRead, &part).map_err(|error| error.raw_os_error())
            != Err(Some(libc::EINVAL))
        {
            return;
        }
        let _ = self.advise(Advice::WillNeed, &part);
        for page in self.bytes()[part].chunks(page_size::get()) {
            std::hint::black_box(page[0]);
        }
    }
}

impl Drop for FileMapping {
    fn drop(&mut self) {
        if self.watch.take().map(Watch::retire) != Some(Retired::Leak) {
            // SAFETY: dropped here alone, once, and no handler knows the range any more.
            unsafe { ManuallyDrop::drop(&mut self.pages) };
            LIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Mappings of this process's, of whichever manager.
static LIVE: AtomicU64 = AtomicU64::new(0);

/// At the system's limit not only `mmap` is refused: `malloc` is too, and the process aborts. So ours end at three
/// quarters of it, as if that were the limit. (`/proc/sys/vm/max_map_count` is Linux's; others have none.)
fn most_mappings() -> u64 {
    static MOST: OnceLock<u64> = OnceLock::new();
    *MOST.get_or_init(|| {
        let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count");
        limit.ok().and_then(|text| text.trim().parse::<u64>().ok()).map_or(u64::MAX, |limit| limit / 4 * 3)
    })
}

/// Without the descriptor: a region lingers on when its file is closed, and after a fault `fstat` tells us more than the
/// handler can.
fn watch(bytes: &[u8]) -> Option<Watch> {
    // SAFETY: a private mapping of ours, unmapped by `FileMapping`'s drop after the watch has been retired.
    unsafe { Watch::new(bytes.as_ptr() as usize, bytes.len(), None, 0) }
}

/// Opens without waiting for a FIFO's writer and without taking a terminal over (`open(2)`: `O_NONBLOCK`, `O_NOCTTY`).
fn open_path(path: &Path, flags: i32) -> Result<File, OsError> {
    let flags = flags | libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| OsError::new(&error, "open"))
}

fn duplicate(fd: i32) -> Result<File, OsError> {
    let refused = |syscall| OsError::new(&std::io::Error::last_os_error(), syscall);
    // SAFETY: asks about a number; the kernel answers EBADF where it is no descriptor.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    if flags < 0 {
        return Err(refused("fstat"));
    }
    if flags & libc::O_ACCMODE == libc::O_WRONLY {
        return Err(OsError { errno: libc::EBADF, syscall: "read" });
    }
    // SAFETY: as above.
    let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    if own < 0 {
        return Err(refused("dup"));
    }
    // SAFETY: `own` was made just above for nobody else.
    Ok(unsafe { File::from_raw_fd(own) })
}

fn to_snapshot(metadata: &Metadata) -> Snapshot {
    let kind = if metadata.is_file() {
        Kind::Regular
    } else if metadata.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    };
    Snapshot {
        identity: Identity { device: metadata.dev(), inode: metadata.ino() },
        kind,
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}
