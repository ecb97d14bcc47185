//! The operating system's calls as one trait, so that everything above runs on real files, or on files
//! in memory that fail on command. Knows nothing of regions, clients or limits.

mod file;
mod memory;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;

pub use file::{Advice, FileMapper, FileMapping, OpenFile};
pub use memory::{Call, MemoryFile, MemoryMapper, MemoryMapping};

use std::fmt;
use std::ops::Range;

use crate::error::OsError;
use crate::file::source::{Kind, Snapshot, Source};
use crate::sync::Arc;
use crate::window::Window;

impl OsError {
    pub(crate) fn new(error: &std::io::Error, syscall: &'static str) -> Self {
        // Only errors of std itself have no number: a NUL in the path, a map longer than the address space.
        Self { errno: error.raw_os_error().map_or(libc::EINVAL, system::to_errno), syscall }
    }
}

fn kind_of(metadata: &std::fs::Metadata) -> Kind {
    if metadata.is_file() {
        Kind::Regular
    } else if metadata.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    }
}

/// Opens files and maps windows of them.
pub trait Mapper: fmt::Debug + Send + Sync + 'static {
    /// An open file; dropped, it is closed.
    type File: fmt::Debug + Send + Sync;
    /// A mapped window; dropped, it is unmapped.
    type Mapping: Mapped;

    /// Opens a file for reading, or duplicates the caller's descriptor; what it is then comes with it.
    /// `flags` are added to those of `open(2)`.
    ///
    /// # Errors
    /// What `open(2)`, `fcntl(2)` or `fstat(2)` says; `EBADF` for a descriptor that cannot be read.
    fn open(&self, source: &Source, flags: i32) -> Result<(Self::File, Snapshot), OsError>;

    /// What the file is at this moment.
    ///
    /// # Errors
    /// What `fstat(2)` says.
    fn snapshot(&self, file: &Self::File) -> Result<Snapshot, OsError>;

    /// What the file of that name is at this moment.
    ///
    /// # Errors
    /// What `stat(2)` says.
    fn snapshot_of(&self, source: &Source) -> Result<Snapshot, OsError>;

    /// Maps a window: its offset aligned, its size not 0, all of it in the file.
    ///
    /// # Errors
    /// What `mmap(2)` says.
    fn map(&self, file: &Arc<Self::File>, window: Window) -> Result<Self::Mapping, OsError>;

    /// Whether reading the file's holes through a map would allocate them, as on tmpfs: such a file is better
    /// read.
    fn has_costly_holes(&self, _file: &Self::File) -> bool {
        false
    }

    /// Reads without mapping, as `pread(2)` does: how many bytes were there, 0 at the end of the file.
    ///
    /// # Errors
    /// What `pread(2)` says.
    fn read_at(&self, file: &Self::File, target: &mut [u8], offset: u64) -> Result<usize, OsError>;
}

/// Bytes of a file in memory.
pub trait Mapped: fmt::Debug + Send + Sync + 'static {
    /// All of them.
    fn bytes(&self) -> &[u8];

    /// Brings bytes into memory, so that reading them raises no page fault. A hint; the twin ignores it.
    fn populate(&self, _part: Range<usize>) {}

    /// A byte for each page of `part`, which begins at a page: its lowest bit says whether the page is in
    /// memory, see `mincore(2)`. In the twin all are.
    ///
    /// # Errors
    /// What `mincore(2)` says.
    fn resident_pages(&self, part: Range<usize>) -> Result<Vec<u8>, OsError> {
        Ok(vec![1; part.len().div_ceil(page_size::get())])
    }

    /// Lets its file be closed; the mapping lives on without it.
    fn forget_file(&self) {}

    /// Whether the file turned out shorter than the mapping, or unreadable: some bytes are not the file's.
    fn is_damaged(&self) -> bool;
}
