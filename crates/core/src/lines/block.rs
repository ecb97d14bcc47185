//! Whole lines at hand, by where they are in the file; and how lines are reported. Knows no pattern.
#![forbid(unsafe_code)]

use std::ops::Range;

use memchr::memrchr;

use crate::run::found::Report;

/// The longest line whose bytes are reported, and that is searched in one piece.
pub(crate) const LONGEST: u64 = 1 << 20;

/// Whole lines at hand.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where they are in the file.
    pub(crate) origin: u64,
}

impl Block<'_> {
    pub(crate) fn offset(&self, index: usize) -> u64 {
        self.origin + index as u64
    }

    pub(crate) fn offsets(&self, range: &Range<usize>) -> Range<u64> {
        self.offset(range.start)..self.offset(range.end)
    }

    /// The last lines before `end` that begin at the offset `from` or behind, the nearest first.
    pub(crate) fn lines_before(&self, mut end: usize, from: u64, most: usize) -> Vec<Range<u64>> {
        let mut lines = Vec::new();
        while lines.len() < most && end > 0 && self.offset(end) > from {
            let line_end = end - usize::from(self.bytes[end - 1] == b'\n');
            let begin = memrchr(b'\n', &self.bytes[..line_end]).map_or(0, |newline| newline + 1);
            lines.push(self.offsets(&(begin..line_end)));
            end = begin;
        }
        lines
    }
}

/// Adds a line to a report: see `Grep`.
pub(crate) fn push(
    report: &mut Report,
    number: u64,
    line: &Range<u64>,
    is_selected: bool,
    bytes: &[u8],
    matches: impl IntoIterator<Item = [u64; 2]>,
) {
    let size = if line.end - line.start > LONGEST { 0 } else { bytes.len() as u64 + 1 };
    if size > 0 {
        report.bytes.extend_from_slice(bytes);
        report.bytes.push(b'\n');
    }
    report.numbers.extend([number, line.start, line.end, u64::from(is_selected), size, 0]);
    let place = report.numbers.len() - 1;
    for found in matches {
        report.numbers.extend(found);
        report.numbers[place] += 1;
    }
}

pub(crate) fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
