//! Work on a range of a file that is done step by step. Knows no kind of work.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::stop::Stop;

/// The most bytes a thread processes in a step: a few milliseconds from memory, and not long from a disk.
pub(crate) const STEP: u64 = 32 << 20;

/// A pass over a file, for any cursor on it. Between two steps nothing is held.
pub trait Pass<M: Mapper>: Send {
    /// Does the next step: some milliseconds of work, at most 4 MiB of report. A step that may take longer
    /// looks at `stop` now and then. Not to be called again after an error, nor when the pass is done.
    ///
    /// # Errors
    /// As [`Cursor::use_region`], [`Cursor::read_at`] and [`Cursor::confirm`]: what was found in bytes that
    /// may not be the file's is not reported. [`Error::Stopped`].
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error>;
}
