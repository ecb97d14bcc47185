//! What a file is at this moment, by its handle. Opens only what is asked for by path.

use std::fs::{File, OpenOptions};
use std::io::{Error, Result};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_BASIC_INFO, FILE_FLAG_BACKUP_SEMANTICS, FILE_TYPE_DISK, FileBasicInfo,
    GetFileInformationByHandle, GetFileInformationByHandleEx, GetFileType,
};

use super::super::kind_of;
use crate::file::source::{Identity, Kind, Snapshot};

/// Not a pipe, a console or another device.
pub(super) fn is_on_disk(file: &File) -> bool {
    // SAFETY: an open handle.
    (unsafe { GetFileType(file.as_raw_handle()) }) == FILE_TYPE_DISK
}

/// The identity is volume and file index, which is unique on NTFS, and which libuv's `stat` calls `st_dev`
/// and `st_ino`.
pub(crate) fn snapshot(file: &File) -> Result<Snapshot> {
    if !is_on_disk(file) {
        let identity = Identity { device: 0, inode: 0 };
        let (size, modified, changed, born) = (0, (0, 0), (0, 0), None);
        return Ok(Snapshot { identity, kind: Kind::Other, size, modified, changed, born });
    }
    let (named, times) = (information(file)?, basic_information(file)?);
    Ok(Snapshot {
        identity: Identity {
            device: named.dwVolumeSerialNumber.into(),
            inode: join(named.nFileIndexHigh, named.nFileIndexLow),
        },
        kind: kind_of(&file.metadata()?),
        size: join(named.nFileSizeHigh, named.nFileSizeLow),
        modified: since_1970(times.LastWriteTime),
        changed: since_1970(times.ChangeTime),
        born: Some(since_1970(times.CreationTime)),
    })
}

pub(crate) fn snapshot_of(path: &Path) -> Result<Snapshot> {
    // Without any access right, which is enough to ask, and granted where reading is not.
    let file = OpenOptions::new().access_mode(0).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)?;
    snapshot(&file)
}

fn information(file: &File) -> Result<BY_HANDLE_FILE_INFORMATION> {
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: an open handle, and memory of the wanted type.
    let answered = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) };
    if answered == 0 { Err(Error::last_os_error()) } else { Ok(information) }
}

fn basic_information(file: &File) -> Result<FILE_BASIC_INFO> {
    let mut information = FILE_BASIC_INFO::default();
    #[expect(clippy::cast_possible_truncation, reason = "some forty bytes")]
    let size = size_of_val(&information) as u32;
    let target = (&raw mut information).cast();
    // SAFETY: an open handle, and memory of the wanted type and size.
    let answered = unsafe { GetFileInformationByHandleEx(file.as_raw_handle(), FileBasicInfo, target, size) };
    if answered == 0 { Err(Error::last_os_error()) } else { Ok(information) }
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Seconds and nanoseconds, from ticks of 100 ns since 1601.
fn since_1970(ticks: i64) -> (i64, i64) {
    const TICKS_A_SECOND: i64 = 10_000_000;
    const SECONDS_TO_1970: i64 = 11_644_473_600;
    (ticks.div_euclid(TICKS_A_SECOND) - SECONDS_TO_1970, ticks.rem_euclid(TICKS_A_SECOND) * 100)
}
