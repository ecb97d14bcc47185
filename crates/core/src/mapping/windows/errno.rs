//! The C library's numbers for Windows errors, as libuv translates them (`uv_translate_sys_error`): errors of
//! opening, reading and mapping files.
#![forbid(unsafe_code)]

use windows_sys::Win32::Foundation as win32;

/// The C library's number; `EIO` for an error that has none.
pub(crate) fn to_errno(code: i32) -> i32 {
    match code.cast_unsigned() {
        win32::ERROR_FILE_NOT_FOUND
        | win32::ERROR_PATH_NOT_FOUND
        | win32::ERROR_INVALID_NAME
        | win32::ERROR_INVALID_DRIVE
        | win32::ERROR_BAD_PATHNAME
        | win32::ERROR_BAD_NETPATH
        | win32::ERROR_BAD_NET_NAME
        | win32::ERROR_DIRECTORY => libc::ENOENT,
        win32::ERROR_ACCESS_DENIED | win32::ERROR_PRIVILEGE_NOT_HELD => libc::EPERM,
        win32::ERROR_NOACCESS | win32::ERROR_CANT_ACCESS_FILE => libc::EACCES,
        win32::ERROR_SHARING_VIOLATION | win32::ERROR_LOCK_VIOLATION | win32::ERROR_PIPE_BUSY => libc::EBUSY,
        win32::ERROR_INVALID_HANDLE => libc::EBADF,
        win32::ERROR_TOO_MANY_OPEN_FILES => libc::EMFILE,
        win32::ERROR_CANT_RESOLVE_FILENAME => libc::ELOOP,
        win32::ERROR_FILENAME_EXCED_RANGE | win32::ERROR_BUFFER_OVERFLOW => libc::ENAMETOOLONG,
        win32::ERROR_INVALID_PARAMETER => libc::EINVAL,
        // Address space, the system's tables, and the pages it has promised to all programs together.
        win32::ERROR_NOT_ENOUGH_MEMORY
        | win32::ERROR_OUTOFMEMORY
        | win32::ERROR_NO_SYSTEM_RESOURCES
        | win32::ERROR_COMMITMENT_LIMIT => libc::ENOMEM,
        _ => libc::EIO,
    }
}
