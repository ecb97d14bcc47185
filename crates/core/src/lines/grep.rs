//! The lines that match a pattern, with the lines around them, wherever windows are cut and however long lines are.
//! Knows windows as stretches of whole lines; which lines match is told by `select`.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use memchr::{memchr, memrchr};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::{Block, LONGEST, index, push};
use crate::lines::context::Context;
use crate::lines::long::{LongLine, Progress};
use crate::lines::parts::in_lines;
use crate::lines::pattern::LinePattern;
use crate::lines::select::{Detail, Line, Selected, Selection};
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::pass::{Pass, STEP};
use crate::run::threads::Threads;
use crate::window::Window;

/// What is read first where a line goes on in another window.
const BORDER: u64 = 16 << 10;
/// The most lines that a step selects, and bytes in them, so that a turn of the event loop takes them in.
const MOST_LINES: u64 = 1024;
const MOST_BYTES: usize = 4 << 20;
/// The least a step goes over where it finds very many lines.
const LEAST_REACH: u64 = 64 << 10;

/// What is wanted of the lines that match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrepOptions {
    /// The lines that do not match are wanted instead.
    pub invert: bool,
    /// What is told of each.
    pub detail: Detail,
    /// Whether lines are told by their numbers too.
    pub numbers: bool,
    /// How many lines before, and behind, each are reported too.
    pub before: u64,
    /// See `before`.
    pub after: u64,
    /// After so many lines it ends; 0: never.
    pub most: u64,
}

/// Goes through a stretch's lines. [`Report::count`] is how many were selected.
///
/// [`Report::numbers`] has for each line: its number (0 the first), begin and end (without its newline), 1 or 0 (selected,
/// or of the context), how many bytes of [`Report::bytes`] are its (and a newline behind it), how many matches there
/// are, and offset and length of each. A line longer than 1 MiB has no bytes there, and comes once more for each
/// 1,024 of its matches.
#[derive(Debug)]
pub struct Grep {
    pattern: LinePattern,
    options: GrepOptions,
    bounds: Window,
    threads: Threads,
    /// All lines that begin before have been looked at.
    position: u64,
    /// How many lines that is, where they are counted.
    number: u64,
    count: u64,
    /// How far the next step goes at most.
    reach: u64,
    context: Context,
    /// A line that is too long for one piece.
    long: Option<LongLine>,
    is_done: bool,
}

impl Grep {
    /// The lines of `bounds`, which lies in the file; by that many threads.
    #[must_use]
    pub fn new(pattern: LinePattern, options: GrepOptions, bounds: Window, threads: NonZeroUsize) -> Self {
        let around = |lines| if options.detail == Detail::Count { 0 } else { lines };
        let options = GrepOptions {
            detail: options.detail.min(if options.invert { Detail::Lines } else { Detail::Matches }),
            before: around(options.before),
            after: around(options.after),
            most: if options.most == 0 { u64::MAX } else { options.most },
            ..options
        };
        Self {
            pattern,
            options,
            bounds,
            threads: Threads::new(threads),
            position: bounds.offset,
            number: 0,
            count: 0,
            reach: most_reach(options),
            context: Context::new(options.before, options.after),
            long: None,
            is_done: bounds.size == 0,
        }
    }

    /// The same, with another number of bytes that a thread is woken for.
    #[must_use]
    pub fn least_part(mut self, bytes: NonZeroUsize) -> Self {
        self.threads.least_part = bytes.get();
        self
    }

    /// The whole lines at the position that are mapped in one piece; none where the first goes on elsewhere.
    fn mapped<'a, M: Mapper>(&self, cursor: &'a Cursor<M>) -> Option<Block<'a>> {
        let piece = cursor.bytes()?;
        let size = index(self.reach.min(self.bounds.end() - self.position)).min(piece.len());
        let piece = &piece[..size];
        let is_last = self.position + size as u64 == self.bounds.end();
        let end = if is_last { size } else { memrchr(b'\n', piece)? + 1 };
        Some(Block { bytes: &piece[..end], origin: self.position })
    }

    /// The line at the position, read; `None` where it is too long.
    fn read<M: Mapper>(&self, cursor: &Cursor<M>) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let rest = self.bounds.end() - self.position;
        loop {
            let known = line.len();
            let size = (2 * known as u64).clamp(BORDER, LONGEST + 1).min(rest);
            line.resize(index(size), 0);
            cursor.read_at(&mut line[known..], self.position + known as u64)?;
            if let Some(newline) = memchr(b'\n', &line[known..]) {
                line.truncate(known + newline + 1);
                return Ok(Some(line));
            }
            if size > LONGEST {
                return Ok(None);
            }
            if size == rest {
                return Ok(Some(line));
            }
        }
    }

    /// Goes through whole lines; how far it came is the new position.
    fn feed<M: Mapper>(
        &mut self,
        block: Block<'_>,
        cursor: &Cursor<M>,
        report: &mut Report,
    ) -> Result<(), Error> {
        if self.count == self.options.most {
            self.context.trail(block, block.bytes.len(), report);
            self.go_to(block.offset(block.bytes.len()));
            return Ok(());
        }
        let selection = Selection {
            pattern: &self.pattern,
            invert: self.options.invert,
            detail: self.options.detail,
            wants_numbers: self.options.numbers && self.options.detail != Detail::Count,
            most: self.batch(),
            most_bytes: MOST_BYTES,
        };
        let mut at = 0;
        for (selected, size) in in_lines(block.bytes, &self.threads, |part| (selection.of(part), part.len()))
        {
            let selected = self.first_wanted(selected, &block.bytes[at..]);
            let is_whole = selected.end == size;
            self.take(block, at, selected, cursor, report)?;
            at = index(self.position - block.origin);
            let reach = if is_whole { 2 * self.reach } else { (self.reach / 4).max(LEAST_REACH) };
            self.reach = reach.min(most_reach(self.options));
            if !is_whole || self.count == self.options.most {
                break;
            }
        }
        self.context.pass(block, at);
        Ok(())
    }

    /// How many lines a step selects: fewer where there are others around each.
    fn batch(&self) -> u64 {
        let GrepOptions { before, after, most, detail, .. } = self.options;
        let each = before.saturating_add(after).saturating_add(1);
        let batch = if detail == Detail::Count { u64::MAX } else { (MOST_LINES / each).max(1) };
        if most == u64::MAX { batch } else { batch.min(most - self.count) }
    }

    /// What of a part's selected lines may still be: several threads, each of which has no more than are wanted, may have
    /// more of them together.
    fn first_wanted(&self, mut selected: Selected, part: &[u8]) -> Selected {
        let room = index(self.options.most - self.count);
        if selected.lines.len() > room || (room == 0 && selected.end > 0) {
            let last = selected.lines[..room].last();
            (selected.end, selected.newlines) =
                last.map_or((0, 0), |line| ((line.range.end + 1).min(part.len()), line.number + 1));
            selected.lines.truncate(room);
        }
        selected
    }

    /// Takes over what was selected in the part of the block that begins at `at`.
    fn take<M: Mapper>(
        &mut self,
        block: Block<'_>,
        at: usize,
        selected: Selected,
        cursor: &Cursor<M>,
        report: &mut Report,
    ) -> Result<(), Error> {
        if self.options.detail == Detail::Count {
            self.count = self.count.saturating_add(selected.count).min(self.options.most);
        }
        for line in selected.lines {
            let number = self.number + line.number;
            let begin = at + line.range.start;
            self.context.trail(block, begin, report);
            self.context.lead(block, begin, number, cursor, report)?;
            self.select(block, at, number, &line, report);
        }
        let end = at + selected.end;
        self.number += selected.newlines;
        self.context.trail(block, end, report);
        self.go_to(block.offset(end));
        Ok(())
    }

    fn select(&mut self, block: Block<'_>, at: usize, number: u64, line: &Line, report: &mut Report) {
        let range = at + line.range.start..at + line.range.end;
        let matches = line.matches.iter().map(|found| [block.offset(at + found.start), found.len() as u64]);
        push(report, number, &block.offsets(&range), true, &block.bytes[range.clone()], matches);
        self.count += 1;
        self.context.select(number, block.offset(range.end));
    }

    /// Goes on with a line that is too long for one piece.
    fn step_long<M: Mapper>(
        &mut self,
        mut long: LongLine,
        cursor: &mut Cursor<M>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Progress { is_done, matches } = long.step(cursor)?;
        let is_matching = if is_done { long.is_matching != self.options.invert } else { !matches.is_empty() };
        let is_selected = is_matching && self.count < self.options.most;
        let is_wanted = is_selected && self.options.detail != Detail::Count;
        if is_wanted && !long.is_shown {
            let before = Block { bytes: &[], origin: long.range().start };
            self.context.lead(before, 0, self.number, cursor, report)?;
        }
        if is_wanted && !(long.is_shown && matches.is_empty()) {
            push(report, self.number, &long.range(), true, &[], matches);
            long.is_shown = true;
        }
        if is_done {
            self.leave(&long, is_selected, report);
        } else {
            self.long = Some(long);
        }
        Ok(())
    }

    /// Goes on behind such a line.
    fn leave(&mut self, long: &LongLine, is_selected: bool, report: &mut Report) {
        let range = long.range();
        if is_selected {
            self.count += 1;
            self.context.select(self.number, range.end);
        } else {
            self.context.trail_line(&range, &[], report);
        }
        self.number += 1;
        self.context.pass_line(range.clone());
        self.go_to((range.end + 1).min(self.bounds.end()));
    }

    fn go_to(&mut self, position: u64) {
        self.position = position;
        let is_enough = self.count == self.options.most && self.context.trailing == 0;
        self.is_done = is_enough || position == self.bounds.end();
    }
}

impl<M: Mapper> Pass<M> for Grep {
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error> {
        let mut report = Report::default();
        if let Some(long) = self.long.take() {
            self.step_long(long, cursor, &mut report)?;
        } else if !self.is_done {
            cursor.use_region(self.position, 0)?;
            if let Some(block) = self.mapped(cursor) {
                self.feed(block, cursor, &mut report)?;
                cursor.confirm()?;
                cursor.unuse_region();
            } else {
                cursor.unuse_region();
                let bounds = Window::between(self.position, self.bounds.end());
                match self.read(cursor)? {
                    Some(line) => {
                        self.feed(Block { bytes: &line, origin: self.position }, cursor, &mut report)?;
                    }
                    None => self.long = Some(LongLine::new(bounds, &self.pattern, self.options.detail)),
                }
            }
        }
        let position = self.long.as_ref().map_or(self.position, |long| long.range().end);
        Ok(Report { is_done: self.is_done, position, count: self.count, ..report })
    }
}

/// Where matches are wanted, no line of a step may have more of them than a report should hold.
fn most_reach(options: GrepOptions) -> u64 {
    if options.detail == Detail::Matches { LONGEST } else { STEP }
}
