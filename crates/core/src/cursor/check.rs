//! Whether a cursor's file is still what was opened. Knows what the system says of the file, not its bytes.
#![forbid(unsafe_code)]

use super::Cursor;
use crate::error::{Change, Error, OsError};
use crate::file::source::Source;
use crate::mapping::Mapper;

impl<M: Mapper> Cursor<M> {
    /// Whether the file has all its bytes up to `end` at this moment. If it was cut inside a page, the rest
    /// of that page reads as zeros and no fault reports it. Costs an `fstat(2)`.
    ///
    /// # Errors
    /// What `fstat(2)` says; [`Error::Closed`].
    pub fn reaches(&self, end: u64) -> Result<bool, Error> {
        Ok(self.snapshot_now()?.size >= end)
    }

    /// Compares the file, and what its name leads to, with what was opened. With `may_grow`, a file that is
    /// longer by now counts as the same, unless it was cut in between: only bytes after the old end were
    /// added.
    ///
    /// # Errors
    /// [`Error::FileTruncated`], [`Error::FileChanged`]; what `stat(2)` and `fstat(2)` say;
    /// [`Error::Closed`].
    pub fn check(&self, may_grow: bool) -> Result<(), Error> {
        let (file, opened) = self.opened()?;
        let origin = &opened.origin;
        let changed = |what| Err(Error::FileChanged { name: origin.source.to_string(), what });
        // The name too, not only the open file: after a `rename` over it, the open file is as it was.
        if let Source::Path(_) = origin.source {
            match self.shared.mapper().snapshot_of(&origin.source) {
                Err(OsError { errno: libc::ENOENT | libc::ENOTDIR, .. }) => return changed(Change::Removed),
                Err(cause) => return Err(Error::os(cause, &origin.source)),
                Ok(now) if now.identity != self.snapshot.identity => {
                    return changed(Change::Replaced);
                }
                Ok(_) => {}
            }
        }
        let now = self.shared.mapper().snapshot(&file).map_err(|cause| Error::os(cause, &origin.source))?;
        let is_damaged = origin.is_damaged() || self.shared.cache().is_damaged(self.file);
        match self.snapshot.difference(&now) {
            // Pages could not be read, or the file was cut and has grown again: its size does not show
            // either.
            _ if is_damaged && now.size >= self.snapshot.size => Err(match self.snapshot.difference(&now) {
                None => Error::os(OsError { errno: libc::EIO, syscall: "read" }, &origin.source),
                Some(_) => opened.truncated(Some(now.size)),
            }),
            None => Ok(()),
            Some(_) if may_grow && now.size > self.snapshot.size => Ok(()),
            Some(_) if now.size < self.snapshot.size => Err(opened.truncated(Some(now.size))),
            Some(what) => changed(what),
        }
    }
}
