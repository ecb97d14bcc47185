//! Work on a stretch of a file that is done step by step. Knows no kind of work.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::stop::Stop;

/// The most bytes a thread goes over in a step: a few milliseconds from memory, and not long from a disk.
pub(crate) const STEP: u64 = 32 << 20;

/// A pass over a file, for any cursor on it. Between two steps nothing is held.
pub trait Pass<M: Mapper>: Send {
    /// Goes on by at most one step: some milliseconds of work, at most 4 MiB of report. Where a step may take
    /// longer, it looks at `stop` meanwhile. Not to be called again after an error, nor when it was done.
    ///
    /// # Errors
    /// As [`Cursor::use_region`], [`Cursor::read_at`] and [`Cursor::confirm`]: what was found in bytes that
    /// may not be the file's is not reported. [`Error::Stopped`].
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error>;
}
