//! Work on a stretch of a file that is done step by step, each short enough to be stopped after. Knows no kind of work.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;

/// The most bytes a step goes over: a few milliseconds from memory, and not long from a disk.
pub(crate) const STEP: u64 = 32 << 20;

/// A pass over a file, for any cursor on it. Between two steps nothing is held.
pub trait Pass<M: Mapper>: Send {
    /// Goes on by at most one step. Not to be called again after an error, nor when it was done.
    ///
    /// # Errors
    /// As [`Cursor::use_region`], [`Cursor::read_at`] and [`Cursor::confirm`]: what was found in bytes that may not be the
    /// file's is not reported.
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error>;
}
