//! Counting a stretch's newlines, and marking every so many: what a line index is made of. Knows no lines' contents.
#![forbid(unsafe_code)]

use memchr::memchr_iter;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::pass::{Pass, Report, STEP};
use crate::window::Window;

/// Counted at once; gone through newline by newline where a mark lies in it.
const BLOCK: usize = 4 << 10;

/// [`Report::count`] is the number of newlines, [`Report::numbers`] are offsets behind every n-th of them.
#[derive(Debug)]
pub struct LineMarks {
    position: u64,
    end: u64,
    every: u64,
    /// Newlines up to the next mark.
    left: u64,
    /// The most marks a step reports.
    most: usize,
    count: u64,
}

impl LineMarks {
    /// Marks in `range`, after every `every`-th newline; with 0 there are none. At most `most` (at least 1) in a step.
    #[must_use]
    pub fn new(range: Window, every: u64, most: usize) -> Self {
        let left = if every == 0 { u64::MAX } else { every };
        Self { position: range.offset, end: range.end(), every, left, most: most.max(1), count: 0 }
    }

    /// Goes through a piece, or up to the last mark that may be reported.
    fn feed(&mut self, piece: &[u8], marks: &mut Vec<u64>) {
        for block in piece.chunks(if self.every == 0 { piece.len().max(1) } else { BLOCK }) {
            let newlines = memchr_iter(b'\n', block).count() as u64;
            if newlines >= self.left {
                let begin = self.position;
                for newline in memchr_iter(b'\n', block) {
                    self.count += 1;
                    self.left -= 1;
                    if self.left == 0 {
                        self.left = self.every;
                        marks.push(begin + newline as u64 + 1);
                        if marks.len() == self.most {
                            self.position = begin + newline as u64 + 1;
                            return;
                        }
                    }
                }
            } else {
                self.count += newlines;
                self.left -= newlines;
            }
            self.position += block.len() as u64;
        }
    }
}

impl<M: Mapper> Pass<M> for LineMarks {
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error> {
        let end = self.end.min(cursor.file_size());
        let mut numbers = Vec::new();
        if self.position < end {
            cursor.use_region(self.position, 0)?;
            let piece = cursor.bytes().unwrap_or_default();
            let size = usize::try_from(STEP.min(end - self.position)).unwrap_or(usize::MAX);
            self.feed(&piece[..piece.len().min(size)], &mut numbers);
            cursor.confirm()?;
            cursor.unuse_region();
        }
        Ok(Report { is_done: self.position >= end, position: self.position, count: self.count, numbers })
    }
}
