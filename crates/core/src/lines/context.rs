//! The lines around those that were selected: which of them are still to be reported. Knows no pattern.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::ops::Range;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::{Block, LONGEST, index, push};
use crate::lines::select::end_of_line;
use crate::mapping::Mapper;
use crate::run::found::Report;

/// What was reported, and what may have to be.
#[derive(Debug)]
pub(crate) struct Context {
    /// How many lines before, and behind, each one selected.
    before: u64,
    after: u64,
    /// How many behind the last one are still to come.
    pub(crate) trailing: u64,
    /// Where the last line reported ends, its newline included; and the number of the line there.
    shown: u64,
    number: u64,
    /// The last lines gone over, as many as may be wanted before the next one.
    recent: VecDeque<Range<u64>>,
}

impl Context {
    pub(crate) fn new(before: u64, after: u64) -> Self {
        Self { before, after, trailing: 0, shown: 0, number: 0, recent: VecDeque::new() }
    }

    /// The line of that number, which ends there, was reported as one that was selected.
    pub(crate) fn select(&mut self, number: u64, end: u64) {
        self.trailing = self.after;
        self.shown = end + 1;
        self.number = number + 1;
    }

    /// Reports the lines behind the last one selected that begin before `end`, as many as are still wanted.
    pub(crate) fn trail(&mut self, block: Block<'_>, end: usize, report: &mut Report) {
        while self.trailing > 0 && self.shown < block.offset(end) {
            let begin = index(self.shown - block.origin);
            let range = begin..end_of_line(block.bytes, begin);
            self.trail_line(&block.offsets(&range), &block.bytes[range], report);
        }
    }

    /// The same for a single line; its bytes, if they are to be reported.
    pub(crate) fn trail_line(&mut self, line: &Range<u64>, bytes: &[u8], report: &mut Report) {
        if self.trailing > 0 {
            push(report, self.number, line, false, bytes, []);
            self.trailing -= 1;
            self.shown = line.end + 1;
            self.number += 1;
        }
    }

    /// Reports the lines before the one at `begin`, as far as they were not.
    pub(crate) fn lead<M: Mapper>(
        &self,
        block: Block<'_>,
        begin: usize,
        number: u64,
        cursor: &Cursor<M>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let most = index(self.before);
        let mut lines = block.lines_before(begin, self.shown, most);
        let older = self.recent.iter().rev().filter(|line| line.start >= self.shown);
        lines.extend(older.take(most - lines.len()).cloned());
        let mut read = Vec::new();
        for (back, line) in lines.iter().enumerate().rev() {
            let bytes = if line.start >= block.origin {
                &block.bytes[index(line.start - block.origin)..index(line.end - block.origin)]
            } else {
                let size = line.end - line.start;
                read.resize(if size > LONGEST { 0 } else { index(size) }, 0);
                cursor.read_at(&mut read, line.start)?;
                &read
            };
            push(report, number.wrapping_sub(back as u64 + 1), line, false, bytes, []);
        }
        Ok(())
    }

    /// The block was gone over up to `end`.
    pub(crate) fn pass(&mut self, block: Block<'_>, end: usize) {
        let lines = block.lines_before(end, 0, index(self.before));
        self.recent.extend(lines.into_iter().rev());
        self.forget();
    }

    /// A line was gone over.
    pub(crate) fn pass_line(&mut self, line: Range<u64>) {
        self.recent.push_back(line);
        self.forget();
    }

    fn forget(&mut self) {
        let surplus = self.recent.len().saturating_sub(index(self.before));
        self.recent.drain(..surplus);
    }
}
