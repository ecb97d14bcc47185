//! Work on a stretch of a file that is done step by step, each short enough to be stopped after. Knows no kind of work.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;

/// The most bytes a step goes over: a few milliseconds from memory, and not long from a disk.
pub(crate) const STEP: u64 = 32 << 20;

/// What a step found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is nothing left to do.
    pub is_done: bool,
    /// The offset up to which the file has been gone over.
    pub position: u64,
    /// How many, where things are counted: since the pass began.
    pub count: u64,
    /// What is known since the pass began, in the terms of the pass.
    pub totals: Vec<u64>,
    /// What this step found, in the terms of the pass.
    pub numbers: Vec<u64>,
    /// And bytes, where the pass gives some.
    pub bytes: Vec<u8>,
}

impl Report {
    /// Whether a later step's report may take its place.
    pub(crate) fn is_nothing_new(&self) -> bool {
        !self.is_done && self.numbers.is_empty() && self.bytes.is_empty()
    }
}

/// A pass over a file, for any cursor on it. Between two steps nothing is held.
pub trait Pass<M: Mapper>: Send {
    /// Goes on by at most one step. Not to be called again after an error, nor when it was done.
    ///
    /// # Errors
    /// As [`Cursor::use_region`], [`Cursor::read_at`] and [`Cursor::confirm`]: what was found in bytes that may not be the
    /// file's is not reported.
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error>;
}
