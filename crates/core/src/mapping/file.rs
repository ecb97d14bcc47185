//! Real files, mapped and guarded. What differs from system to system is in `system`, which is `unix` or
//! `windows`. All `unsafe` of the crate is in these files.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{Mmap, MmapMut, MmapOptions};
use smmap_guard::{Retired, Watch};

use super::{Mapped, Mapper, system};
use crate::error::OsError;
use crate::file::source::{Snapshot, Source};
use crate::sync::{Arc, Mutex, lock};
use crate::window::Window;

/// Maps real files: private and writable.
///
/// A stray write through a view then goes to a private page instead of killing the process, and never to the
/// file.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileMapper {
    is_guarded: bool,
    advice: Advice,
    descriptors: system::Descriptors,
}

impl FileMapper {
    /// A mapper whose mappings survive the truncation of their file, where the system and the environment
    /// (`SMMAP_NO_GUARD`) let the guard be installed. The default mapper's do not.
    #[must_use]
    pub fn guarded() -> Self {
        smmap_guard::install();
        Self { is_guarded: true, ..Self::default() }
    }

    /// The same mapper, but it advises the system how its mappings are going to be read.
    #[must_use]
    pub fn advised(self, advice: Advice) -> Self {
        Self { advice, ..self }
    }

    /// The same mapper, but it finds the handle of a [`Source::Descriptor`] by asking the host's C library.
    /// Without this, every descriptor is `EBADF` on Windows.
    #[cfg(windows)]
    #[must_use]
    pub fn with_descriptors(self, to_handle: fn(i32) -> Option<std::os::windows::io::RawHandle>) -> Self {
        Self { descriptors: system::Descriptors { to_handle: Some(to_handle) }, ..self }
    }
}

/// How mapped bytes are going to be read, as `madvise(2)` has it: a hint, which changes no byte. Windows
/// takes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Advice {
    /// Nothing is known.
    #[default]
    Normal,
    /// In order: much is read ahead, and pages may be dropped soon after they were read.
    Sequential,
    /// Here and there: nothing is read ahead.
    Random,
    /// All of it, soon: reading begins at once.
    WillNeed,
    /// In huge pages, where the file system has them (Linux).
    HugePage,
}

/// An open file.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    /// For a file that the system makes as it is read, as in `/proc`: all its bytes, and its snapshot. Such a
    /// file has no size, and cannot be mapped.
    made: Option<(Snapshot, Vec<u8>)>,
}

/// A window of a real file, in memory.
#[derive(Debug)]
pub struct FileMapping {
    pages: ManuallyDrop<Pages>,
    watch: Option<Watch>,
    /// Kept open for as long as the watch may ask for its size.
    file: Mutex<Option<Arc<OpenFile>>>,
}

#[derive(Debug)]
pub(super) enum Pages {
    Private(MmapMut),
    /// If the system refuses a private writable map, because its commit limit counts it in full.
    ReadOnly(Mmap),
}

impl Mapper for FileMapper {
    type File = OpenFile;
    type Mapping = FileMapping;

    fn open(&self, source: &Source, flags: i32) -> Result<(OpenFile, Snapshot), OsError> {
        let file = match source {
            Source::Path(path) => system::open(path, flags).map_err(|error| OsError::new(&error, "open"))?,
            Source::Descriptor(fd) => self.descriptors.duplicate(*fd)?,
        };
        // One `fstat` serves both: the snapshot, and whether the system makes the content.
        let looked = system::look_into(&file)?;
        let (mut snapshot, Some(bytes)) = looked else {
            return Ok((OpenFile { file, made: None }, looked.0));
        };
        snapshot.size = bytes.len() as u64;
        // No two opens give the same file: its content was made for this one.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        snapshot.changed = (i64::MIN, i64::try_from(number).unwrap_or(i64::MAX));
        snapshot.born = None;
        Ok((OpenFile { file, made: Some((snapshot, bytes)) }, snapshot))
    }

    fn snapshot(&self, file: &OpenFile) -> Result<Snapshot, OsError> {
        file.made.as_ref().map_or_else(|| snapshot(&file.file), |(snapshot, _)| Ok(*snapshot))
    }

    fn snapshot_of(&self, source: &Source) -> Result<Snapshot, OsError> {
        match source {
            Source::Path(path) => system::snapshot_of(path).map_err(|error| OsError::new(&error, "stat")),
            Source::Descriptor(fd) => snapshot(&self.descriptors.duplicate(*fd)?),
        }
    }

    fn map(&self, file: &Arc<OpenFile>, window: Window) -> Result<FileMapping, OsError> {
        // As if the system had refused: the cache then unmaps idle regions and tries again.
        if LIVE.load(Ordering::Relaxed) >= most_mappings() {
            return Err(OsError { errno: libc::ENOMEM, syscall: "mmap" });
        }
        let overflow = || OsError { errno: libc::EOVERFLOW, syscall: "mmap" };
        let size = usize::try_from(window.size).map_err(|_| overflow())?;
        let (pages, watch) = if let Some((_, bytes)) = &file.made {
            (copy_pages(bytes, window.offset, size)?, None)
        } else {
            let mut options = MmapOptions::new();
            options.offset(window.offset).len(size);
            // The watch comes after the map: the guard must know a range only while it is ours.
            let pages = map_pages(&mut options, &file.file)?;
            system::advise(&pages, self.advice);
            let watch = if self.is_guarded { watch(pages.bytes(), &file.file, window.offset) } else { None };
            (pages, watch)
        };
        LIVE.fetch_add(1, Ordering::Relaxed);
        // Without a watch nothing asks for the file's size, so the descriptor may be closed early.
        let file = Mutex::new(watch.is_some().then(|| Arc::clone(file)));
        Ok(FileMapping { pages: ManuallyDrop::new(pages), watch, file })
    }

    fn has_costly_holes(&self, file: &OpenFile) -> bool {
        file.made.is_none() && system::has_costly_holes(&file.file)
    }

    fn read_at(&self, file: &OpenFile, target: &mut [u8], offset: u64) -> Result<usize, OsError> {
        if let Some((_, bytes)) = &file.made {
            // All of it was read when it was opened.
            let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
            let size = rest.len().min(target.len());
            target[..size].copy_from_slice(&rest[..size]);
            return Ok(size);
        }
        loop {
            match system::read_at(&file.file, target, offset) {
                // A signal came first; nothing was read.
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| OsError::new(&error, "read")),
            }
        }
    }
}

fn snapshot(file: &File) -> Result<Snapshot, OsError> {
    system::snapshot(file).map_err(|error| OsError::new(&error, "fstat"))
}

/// Pages without a file, with these bytes.
fn copy_pages(bytes: &[u8], offset: u64, size: usize) -> Result<Pages, OsError> {
    let refused = |error: std::io::Error| OsError::new(&error, "mmap");
    let mut pages = MmapOptions::new().len(size).map_anon().map_err(refused)?;
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    let size = rest.len().min(size);
    pages[..size].copy_from_slice(&rest[..size]);
    Ok(Pages::Private(pages))
}

fn map_pages(options: &mut MmapOptions, file: &File) -> Result<Pages, OsError> {
    let refused = |error: std::io::Error| OsError::new(&error, "mmap");
    // SAFETY: the bytes may change when somebody writes to the file. No reader of ours relies on a byte
    // staying the same (no str, no reference-typed content), and with the guard, reads after a new end see
    // zeros.
    let private = unsafe { system::map_private(options, file) }.map_err(refused);
    match private {
        // With `vm.overcommit_memory` 2, a private writable map counts in full, written to or not (proc(5)).
        Err(OsError { errno: libc::ENOMEM, .. }) => {
            // SAFETY: as above.
            unsafe { system::map_read_only(options, file) }.map(Pages::ReadOnly).map_err(refused)
        }
        other => other.map(Pages::Private),
    }
}

impl Mapped for FileMapping {
    fn bytes(&self) -> &[u8] {
        self.pages.bytes()
    }

    fn populate(&self, part: Range<usize>) {
        // Touched even if the system has mapped them: in a virtual machine the host may not have, and each
        // first touch cost 4 µs.
        if system::populate(&self.pages, &part) {
            // A read of one byte a page; `black_box` keeps the compiler from leaving it out.
            for page in self.bytes()[part].chunks(page_size::get()) {
                std::hint::black_box(page[0]);
            }
        }
    }

    fn resident_pages(&self, part: Range<usize>) -> Result<Vec<u8>, OsError> {
        system::resident_pages(self.bytes().get(part).unwrap_or_default())
    }

    fn forget_file(&self) {
        let file = lock(&self.file).take();
        if !self.watch.as_ref().is_none_or(Watch::forget_file) {
            // A handler is still using the descriptor: its number must not become another file's.
            std::mem::forget(file);
        }
    }

    fn is_damaged(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.damage().is_none())
    }
}

impl Pages {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Private(pages) => pages,
            Self::ReadOnly(pages) => pages,
        }
    }
}

impl Drop for FileMapping {
    fn drop(&mut self) {
        // A handler may be at work in the range on another thread. Then the memory is leaked rather than
        // unmapped under it.
        if self.watch.take().map(Watch::retire) != Some(Retired::Leak) {
            // SAFETY: dropped here alone, once, and no handler knows the range any more.
            unsafe { ManuallyDrop::drop(&mut self.pages) };
            LIVE.fetch_sub(1, Ordering::Relaxed);
        } else if let Some(file) = lock(&self.file).take() {
            std::mem::forget(file);
        }
    }
}

/// How many files that are made as they are read were opened.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Mappings of all managers in this process.
static LIVE: AtomicU64 = AtomicU64::new(0);

fn most_mappings() -> u64 {
    static MOST: OnceLock<u64> = OnceLock::new();
    *MOST.get_or_init(system::most_mappings)
}

/// With the descriptor, so that the guard can distinguish an unreadable page from one past the file's end.
#[cfg(unix)]
fn watch(bytes: &[u8], file: &File, offset: u64) -> Option<Watch> {
    let fd = std::os::fd::AsRawFd::as_raw_fd(file);
    // SAFETY: a private mapping of ours, unmapped by `FileMapping`'s drop after the watch has been retired;
    // the mapping keeps the file open until the watch has forgotten it.
    unsafe { Watch::new(bytes.as_ptr() as usize, bytes.len(), Some(fd), offset) }
}

#[cfg(not(unix))]
fn watch(bytes: &[u8], _file: &File, _offset: u64) -> Option<Watch> {
    // SAFETY: a private mapping of ours, unmapped by `FileMapping`'s drop after the watch has been retired.
    unsafe { Watch::new(bytes.as_ptr() as usize, bytes.len(), None, 0) }
}
