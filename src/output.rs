//! Whether anybody still reads what a descriptor is written to. Node.js learns that from its next write only.

/// Whether writes to `fd` can never be read any more: the pipe has no reader, or the socket's other end is
/// closed. False where the system cannot say; for a file, and for what is no descriptor.
#[napi_derive::napi(catch_unwind)]
pub fn is_unread(fd: i32) -> bool {
    #[cfg(unix)]
    {
        let mut asked = libc::pollfd { fd, events: 0, revents: 0 };
        // SAFETY: `asked` is one `pollfd`, which poll writes `revents` of; the timeout of 0 makes it return
        // at once.
        let count = unsafe { libc::poll(&raw mut asked, 1, 0) };
        count > 0 && asked.revents & (libc::POLLERR | libc::POLLHUP) != 0
    }
    #[cfg(not(unix))]
    {
        let _ = fd;
        false
    }
}
