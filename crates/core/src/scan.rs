//! One pass over a file: bytes, lines, the longest line, and a needle's matches. Knows cursors; keeps one window.
#![forbid(unsafe_code)]

use memchr::{memchr, memchr_iter, memrchr};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::search::Needle;

/// Small enough that the passes after the first find the bytes in the processor's cache.
const BLOCK: usize = 128 << 10;

/// What a scan has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes scanned.
    pub bytes: u64,
    /// Newlines, as `wc -l` counts them.
    pub lines: u64,
    /// Bytes of the longest line, its newline not counted; the last line needs none.
    pub longest_line: u64,
    /// Matches that do not overlap.
    pub found: u64,
    /// Where the first of them begin.
    pub offsets: Vec<u64>,
}

/// A scan in progress: windows go in one by one.
#[derive(Debug)]
pub struct Scan {
    needle: Option<Needle>,
    max_offsets: usize,
    summary: Summary,
    /// Where the current line begins: no newline from there up to the last byte scanned.
    line: u64,
    /// Where the next match may begin: behind the last one.
    resume: u64,
}

impl Scan {
    /// A scan that looks for `needle` (nothing, if it is empty) and keeps the first `max_offsets` matches' offsets.
    #[must_use]
    pub fn new(needle: &[u8], max_offsets: usize) -> Self {
        Self { needle: Needle::new(needle), max_offsets, summary: Summary::default(), line: 0, resume: 0 }
    }

    /// What was seen so far; the last line is counted as if the file ended here.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let open_line = self.summary.bytes - self.line;
        Summary { longest_line: self.summary.longest_line.max(open_line), ..self.summary.clone() }
    }

    /// Scans the next window of the file; whether the end was reached.
    ///
    /// # Errors
    /// As [`Cursor::use_region`] and [`Cursor::confirm`]: after the latter the summary has bytes the file no longer had.
    pub fn step<M: Mapper>(&mut self, cursor: &mut Cursor<M>) -> Result<bool, Error> {
        cursor.use_region(self.summary.bytes, 0)?;
        self.feed(cursor.bytes().unwrap_or_default());
        cursor.confirm()?;
        cursor.unuse_region();
        Ok(self.summary.bytes >= cursor.file_size())
    }

    /// Scans the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK) {
            self.summary.lines += memchr_iter(b'\n', block).count() as u64;
            self.measure_lines(block);
            self.search(block);
            self.summary.bytes += block.len() as u64;
        }
    }

    /// Only a line longer than the longest yet matters: from a line's begin look that far ahead, and back for a
    /// newline; the lines up to there are too short, however many.
    fn measure_lines(&mut self, block: &[u8]) {
        let at = self.summary.bytes;
        let end = at + block.len() as u64;
        let index =
            |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(block.len());
        loop {
            let reach = self.line + self.summary.longest_line + 1;
            let (from, to) = (index(self.line), index(reach));
            if let Some(newline) = memrchr(b'\n', &block[from..to]) {
                self.line = at + (from + newline) as u64 + 1;
            } else if let Some(newline) = memchr(b'\n', &block[to..]) {
                let end_of_line = at + (to + newline) as u64;
                self.summary.longest_line = end_of_line - self.line;
                self.line = end_of_line + 1;
            } else {
                return;
            }
            if self.line >= end {
                return;
            }
        }
    }

    fn search(&mut self, block: &[u8]) {
        let Some(needle) = &mut self.needle else { return };
        while let Some(at) = needle.find(block, self.summary.bytes, self.resume) {
            self.summary.found += 1;
            if self.summary.offsets.len() < self.max_offsets {
                self.summary.offsets.push(at);
            }
            self.resume = at + needle.len() as u64;
        }
        needle.leave(block);
    }
}
