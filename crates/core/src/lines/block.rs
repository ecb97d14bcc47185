//! Whole lines at hand with their offset in the file, and how lines are reported. Knows no pattern.
#![forbid(unsafe_code)]

use std::ops::Range;

use memchr::memrchr;

use crate::run::found::{Line, Lines};
use crate::window::Window;

/// The longest line whose bytes are reported, and that is searched in one piece.
pub(crate) const LONGEST: u64 = 1 << 20;

/// The most lines of a report, so that its receiver is not busy for long; and the most bytes, not counting
/// the last line.
pub(crate) const MOST_LINES: usize = 8192;
pub(crate) const MOST_BYTES: usize = 2 << 20;

/// Whole lines at hand.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) bytes: &'a [u8],
    /// The offset of the first byte.
    pub(crate) origin: u64,
}

impl Block<'_> {
    pub(crate) fn offset(&self, index: usize) -> u64 {
        self.origin + index as u64
    }

    pub(crate) fn offsets(&self, range: &Range<usize>) -> Range<u64> {
        self.offset(range.start)..self.offset(range.end)
    }

    /// The start of the line before the one that begins at `at`.
    pub(crate) fn line_before(&self, at: usize) -> usize {
        memrchr(b'\n', &self.bytes[..at - 1]).map_or(0, |newline| newline + 1)
    }
}

impl Lines {
    /// Adds a line, with its bytes unless it is longer than [`LONGEST`].
    pub(crate) fn push(
        &mut self,
        number: u64,
        range: &Range<u64>,
        is_selected: bool,
        bytes: &[u8],
        matches: impl IntoIterator<Item = Window>,
    ) {
        // Callers that do not have the line's bytes pass none.
        let is_given = range.end - range.start <= LONGEST && bytes.len() as u64 == range.end - range.start;
        if is_given {
            self.bytes.extend_from_slice(bytes);
            self.bytes.push(b'\n');
        }
        let known = self.matches.len();
        self.matches.extend(matches);
        self.lines.push(Line {
            number,
            offset: range.start,
            end: range.end,
            is_selected,
            size: if is_given { bytes.len() + 1 } else { 0 },
            matches: self.matches.len() - known,
        });
    }

    /// Whether they are enough for one report. One more line, and it is still not larger than 4 MiB.
    pub(crate) fn is_full(&self) -> bool {
        let size = self.bytes.len() + size_of_val(&self.lines[..]) + size_of_val(&self.matches[..]);
        self.lines.len() >= MOST_LINES || size >= MOST_BYTES
    }
}

pub(crate) fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
