//! Whether a descriptor's output is still read. Node.js notices that only at its next write.

/// Whether writes to `fd` can never be read: the pipe has no reader, or the socket's other end is closed.
/// False for a file, for a number that is no descriptor, and if the system cannot say.
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
