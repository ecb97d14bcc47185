//! The number of lines, and the length of the longest. The bytes come piece by piece, or in parts for several
//! threads. Knows no file.
#![forbid(unsafe_code)]

use memchr::{memchr, memchr_iter, memrchr};

use crate::run::tally::Tally;

/// What was seen up to a position.
#[derive(Clone, Debug)]
pub(crate) struct LineTally {
    position: u64,
    newlines: u64,
    longest: u64,
    line: Line,
}

/// Where the line that the next byte belongs to begins.
#[derive(Clone, Copy, Debug)]
enum Line {
    /// In the part before: no newline was seen yet.
    Before,
    At {
        start: u64,
        /// Where the first line ended, which began in the part before; has no meaning in the first part.
        first_end: u64,
    },
}

impl LineTally {
    /// A tally that has seen nothing yet; the byte at `offset` begins a line.
    pub(crate) fn new(offset: u64) -> Self {
        let line = Line::At { start: offset, first_end: offset };
        Self { position: offset, newlines: 0, longest: 0, line }
    }

    pub(crate) fn newlines(&self) -> u64 {
        self.newlines
    }

    /// Without its newline; the last line is counted as if nothing followed.
    pub(crate) fn longest(&self) -> u64 {
        match self.line {
            Line::Before => self.longest,
            Line::At { start, .. } => self.longest.max(self.position - start),
        }
    }

    /// Only a line longer than the longest yet matters. So from a line's start it looks that far ahead, and
    /// from there backwards for a newline: all lines up to that newline are too short, however many they are.
    fn measure(&mut self, mut line: u64, piece: &[u8]) -> u64 {
        let at = self.position;
        let end = at + piece.len() as u64;
        let index =
            |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(piece.len());
        while line < end {
            // If there is a newline within the longest length yet, all lines up to it are no longer than
            // that: skip them.
            let (from, to) = (index(line), index(line + self.longest + 1));
            if let Some(newline) = memrchr(b'\n', &piece[from..to]) {
                line = at + (from + newline) as u64 + 1;
            // None: this line is longer than the longest yet, and ends at the next newline.
            } else if let Some(newline) = memchr(b'\n', &piece[to..]) {
                let end_of_line = at + (to + newline) as u64;
                self.longest = end_of_line - line;
                line = end_of_line + 1;
            } else {
                break;
            }
        }
        line
    }
}

impl Tally for LineTally {
    fn position(&self) -> u64 {
        self.position
    }

    fn feed(&mut self, piece: &[u8]) -> bool {
        self.newlines += memchr_iter(b'\n', piece).count() as u64;
        self.line = match self.line {
            Line::At { start, first_end } => Line::At { start: self.measure(start, piece), first_end },
            Line::Before => memchr(b'\n', piece).map_or(Line::Before, |newline| {
                let first_end = self.position + newline as u64;
                Line::At { start: self.measure(first_end + 1, piece), first_end }
            }),
        };
        self.position += piece.len() as u64;
        true
    }

    fn fork(&self, offset: u64) -> Option<Self> {
        Some(Self { line: Line::Before, ..Self::new(offset) })
    }

    fn join(&mut self, next: Self) -> bool {
        self.newlines += next.newlines;
        self.longest = self.longest.max(next.longest);
        self.position = next.position;
        self.line = match (self.line, next.line) {
            (line, Line::Before) | (Line::Before, line) => line,
            (Line::At { start, first_end: first }, Line::At { start: last, first_end }) => {
                // The line across the border: from the last line's start here to the first line's end there.
                self.longest = self.longest.max(first_end - start);
                Line::At { start: last, first_end: first }
            }
        };
        true
    }
}
