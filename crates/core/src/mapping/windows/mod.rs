//! What mapping asks of Windows: `CreateFile`, `GetFileInformationByHandle`, `ReadFile`, `MapViewOfFile`.
//! Knows no mapper.
//!
//! Mappings are copy-on-write, as on Unix, so that a stray write to a view neither ends the process nor
//! reaches the file. It has a price here: "the system and process commit charge taken is for the entire view"
//! (Microsoft on `MapViewOfFile`, `FILE_MAP_COPY`), whether it is written to or not. Where the system cannot
//! commit that much, the mapping is read-only, which costs nothing.
//!
//! Files are opened for all kinds of sharing, deletion too, which is std's default. Still Windows cuts no
//! file that is mapped, so the fault guard has nothing to do, and deletes none by `DeleteFile`.

mod descriptors;
mod errno;
mod snapshot;

pub(super) use descriptors::Descriptors;
pub(super) use errno::to_errno;
pub(super) use snapshot::{snapshot, snapshot_of};

use std::fs::{File, OpenOptions};
use std::io::Result;
use std::ops::Range;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use memmap2::{Mmap, MmapMut, MmapOptions};
use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;

use super::file::{Advice, Pages};
use crate::error::OsError;
use crate::file::source::Snapshot;

/// A snapshot, and no bytes: Windows has no files that are made as they are read.
pub(super) fn look_into(file: &File) -> std::result::Result<(Snapshot, Option<Vec<u8>>), OsError> {
    let snapshot = snapshot(file).map_err(|error| OsError::new(&error, "fstat"))?;
    Ok((snapshot, None))
}

/// Windows does not allocate holes that are read.
pub(super) fn has_costly_holes(_file: &File) -> bool {
    false
}

/// Opens folders too, so that they are refused as folders. The flags of `open(2)` mean nothing here.
pub(super) fn open(path: &Path, _flags: i32) -> Result<File> {
    OpenOptions::new().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Moves the position of `file`, which is therefore never shared with the caller's.
pub(super) fn read_at(file: &File, target: &mut [u8], offset: u64) -> Result<usize> {
    file.seek_read(target, offset)
}

/// # Safety
/// As `MmapOptions::map_copy`.
pub(super) unsafe fn map_private(options: &mut MmapOptions, file: &File) -> Result<MmapMut> {
    // SAFETY: the caller's promise.
    unsafe { options.no_probe_handle().map_copy(file) }
}

/// Without `FILE_MAP_COPY`, because the system refused its commit charge.
///
/// # Safety
/// As `MmapOptions::map`.
pub(super) unsafe fn map_read_only(options: &MmapOptions, file: &File) -> Result<Mmap> {
    // SAFETY: the caller's promise.
    unsafe { options.map(file) }
}

/// Windows takes no such advice.
pub(super) fn advise(_pages: &Pages, _advice: Advice) {}

/// Does nothing; the caller touches the pages.
pub(super) fn populate(_pages: &Pages, _part: &Range<usize>) -> bool {
    true
}

/// Windows reports only a process's working set, not the file cache.
pub(super) fn resident_pages(_bytes: &[u8]) -> std::result::Result<Vec<u8>, OsError> {
    Err(OsError { errno: libc::ENOSYS, syscall: "mincore" })
}

/// No limit but the address space.
pub(super) fn most_mappings() -> u64 {
    u64::MAX
}
