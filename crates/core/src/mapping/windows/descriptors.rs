//! A caller's descriptor as a file of our own. Windows knows handles; descriptors belong to a C library, and
//! a process has several of those. Only the host knows whose table a number is from.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawHandle, FromRawHandle, RawHandle};

use windows_sys::Win32::Foundation::{GENERIC_READ, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, ReOpenFile,
};

use super::snapshot::is_on_disk;
use crate::error::OsError;

/// The host's descriptors; by default it has none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Descriptors {
    /// The handle of a descriptor, open as long as the caller keeps it open; `None` if there is none.
    pub(crate) to_handle: Option<fn(i32) -> Option<RawHandle>>,
}

impl Descriptors {
    /// A file of our own. A file on a disk is opened again, since a duplicate would share its position with
    /// the caller's.
    pub(crate) fn duplicate(self, fd: i32) -> std::result::Result<File, OsError> {
        let handle = self.to_handle.and_then(|to_handle| to_handle(fd));
        let handle = handle.ok_or(OsError { errno: libc::EBADF, syscall: "fstat" })?;
        // SAFETY: the caller keeps it open during this call, and `ManuallyDrop` leaves it open.
        let theirs = ManuallyDrop::new(unsafe { File::from_raw_handle(handle) });
        // A pipe cannot be opened again; it is refused later, as a pipe.
        if !is_on_disk(&theirs) {
            return theirs.try_clone().map_err(|error| OsError::new(&error, "dup"));
        }
        // Reading 0 bytes shows whether the handle may read at all.
        if (&*theirs).read(&mut []).is_err() {
            return Err(OsError { errno: libc::EBADF, syscall: "read" });
        }
        reopen(&theirs).map_err(|error| OsError::new(&error, "dup"))
    }
}

fn reopen(file: &File) -> Result<File> {
    let sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: an open handle.
    let own = unsafe { ReOpenFile(file.as_raw_handle(), GENERIC_READ, sharing, 0) };
    if own == INVALID_HANDLE_VALUE {
        return Err(Error::last_os_error());
    }
    // SAFETY: made just above for nobody else.
    Ok(unsafe { File::from_raw_handle(own) })
}
