//! The lines that match a pattern, and the lines around them, wherever windows are cut and however long lines
//! are. Knows windows only as blocks of whole lines; `select` decides which lines match.
//!
//! The idea: a step takes the whole lines that the region at the position has. Each thread searches a part of
//! them. Then the selected lines are reported in order, each with its context. When the report is full, the
//! position is set to the next line, and what the threads found after it is dropped.
//!
//! ```text
//! region       |──────────────────────────────────────────────|
//! whole lines    ↵     ↵        ↵      ↵    ↵          ↵        the rest of the last line is the next step's
//! parts        [ thread 1     ][ thread 2  ][ thread 3 ]
//! selected         ■                 ■ ■         ■
//! report       context ■ context   context ■   full: the next step begins here
//! ```
//!
//! Three things have steps of their own: a line that goes on in the next window is read into one piece, a
//! line longer than that is searched piece by piece (`long`), and so are shown many lines before a selected
//! one (`context`).
#![forbid(unsafe_code)]

mod long_steps;

use std::num::NonZeroUsize;

use memchr::{memchr, memrchr};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::{Block, LONGEST, MOST_BYTES, MOST_LINES, index};
use crate::lines::context::Context;
use crate::lines::long::LongLine;
use crate::lines::parts::in_lines;
use crate::lines::pattern::{LinePattern, Searcher};
use crate::lines::select::{Detail, Line, Selected, Selection};
use crate::mapping::Mapper;
use crate::run::found::{Found, Lines, Report};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::run::threads::Threads;
use crate::window::Window;

/// How many bytes are read at first if a line continues in the next window.
const BORDER: u64 = 16 << 10;
/// The most that a thread searches in a step.
const MOST_REACH: u64 = 8 << 20;
/// The least a step searches if it finds very many lines.
const LEAST_REACH: u64 = 64 << 10;
/// The least a step searches if the pattern is slow.
const LEAST_AT_ONCE: u64 = 4 << 10;

/// What is wanted of the lines that match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrepOptions {
    /// The lines that do not match are wanted instead.
    pub invert: bool,
    /// What is reported of each.
    pub detail: Detail,
    /// Whether line numbers are reported.
    pub numbers: bool,
    /// How many lines before, and after, each are reported too.
    pub before: u64,
    /// See `before`.
    pub after: u64,
    /// It ends after this many lines; 0: never.
    pub most: u64,
}

/// Searches the lines of a range. Each step finds [`Found::Lines`]; [`Report::count`] is how many were
/// selected.
///
/// A line longer than 1 MiB is reported without its bytes, and again for each further 1,024 of its matches.
/// So is a line with very many matches, but with its bytes the first time. Whether a line is selected never
/// depends on its length. In a longer line, a match of more than 1 MiB is found only if there is no shorter
/// one.
#[derive(Debug)]
pub struct Grep {
    pattern: LinePattern,
    options: GrepOptions,
    bounds: Window,
    threads: Threads,
    /// All lines that begin before it have been searched.
    position: u64,
    /// How many lines those are, if they are counted.
    number: u64,
    count: u64,
    /// The most bytes of the next step.
    reach: u64,
    /// The most bytes that the fast engine may search at once.
    at_once: u64,
    context: Context,
    /// A line that is too long for one piece.
    long: Option<LongLine>,
    is_done: bool,
}

/// What a step works with.
struct Work<'a, M: Mapper> {
    cursor: &'a Cursor<M>,
    stop: &'a Stop,
    lines: &'a mut Lines,
}

impl Grep {
    /// A search of the lines of `bounds`, which lies in the file, by that many threads.
    #[must_use]
    pub fn new(pattern: LinePattern, options: GrepOptions, bounds: Window, threads: NonZeroUsize) -> Self {
        // Counting shows no lines, so it needs none around them; and an inverted line has no matches to show.
        let around = |lines| if options.detail == Detail::Count { 0 } else { lines };
        let options = GrepOptions {
            detail: options.detail.min(if options.invert { Detail::Lines } else { Detail::Matches }),
            before: around(options.before),
            after: around(options.after),
            most: if options.most == 0 { u64::MAX } else { options.most },
            ..options
        };
        let mut grep = Self {
            pattern,
            options,
            bounds,
            threads: Threads::new(threads),
            position: bounds.offset,
            number: 0,
            count: 0,
            reach: 0,
            at_once: 0,
            context: Context::new(options.before, options.after, bounds.offset),
            long: None,
            is_done: bounds.size == 0,
        };
        grep.at_once = grep.pattern.most_at_once(bounds.size).max(LEAST_AT_ONCE);
        grep.reach = grep.most_reach();
        grep
    }

    /// The same, with another number of bytes that a thread is woken for.
    #[must_use]
    pub fn least_part(mut self, bytes: NonZeroUsize) -> Self {
        self.threads.least_part = bytes.get();
        self
    }

    fn most_reach(&self) -> u64 {
        // Where matches are wanted, no line of a step may have more of them than a report should hold.
        let is_detailed = self.options.detail == Detail::Matches;
        let most = if is_detailed { LONGEST } else { MOST_REACH * self.threads.wanted() as u64 };
        most.min(self.at_once)
    }

    /// The whole lines at the position that the cursor's region has; `None` if the first one goes on after
    /// it.
    fn mapped<'a, M: Mapper>(&self, cursor: &'a Cursor<M>) -> Option<Block<'a>> {
        self.whole_lines(cursor.bytes()?)
    }

    fn whole_lines<'a>(&self, piece: &'a [u8]) -> Option<Block<'a>> {
        let size = index(self.reach.min(self.bounds.end() - self.position)).min(piece.len());
        let piece = &piece[..size];
        // The very last line may lack a newline. Everywhere else a block ends after one.
        let is_last = self.position + size as u64 == self.bounds.end();
        let end = if is_last { size } else { memrchr(b'\n', piece)? + 1 };
        Some(Block { bytes: &piece[..end], origin: self.position })
    }

    /// Reads the line at the position; `None` if it is too long.
    fn read<M: Mapper>(&self, cursor: &Cursor<M>) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let rest = self.bounds.end() - self.position;
        loop {
            let known = line.len();
            // Each round doubles what is known of the line, so it takes few reads. One byte more than the
            // longest shows that it is longer.
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

    /// Searches whole lines; how far it came is the new position.
    fn feed<M: Mapper>(&mut self, block: Block<'_>, work: &mut Work<'_, M>) -> Result<(), Error> {
        // Enough lines are selected: only the lines after the last one are still to be shown.
        if self.count == self.options.most {
            self.trail(block, block.bytes.len(), work.lines);
            return Ok(());
        }
        // The engine is chosen for the block as a whole: if it can search all of it, it can search each part.
        let searcher = self.pattern.searcher(block.bytes, work.stop);
        let parts = in_lines(block.bytes, &self.threads, |part| {
            self.select(part, searcher).map(|found| (found, part.len()))
        });
        let mut at = 0;
        for part in parts {
            let (selected, size) = part?;
            let selected = self.first_wanted(selected, &block.bytes[at..]);
            let is_all = selected.end == size;
            // False: the report is full, or the thread stopped early. What later parts found is dropped, and
            // found again by the next step.
            let is_whole = self.take(block, at, selected, work)? && is_all;
            at = index(self.position - block.origin);
            // The next step searches as much as was enough for this report, and a quarter more: what threads
            // find beyond that is dropped.
            let enough = at as u64 + at as u64 / 4;
            let reach = if is_whole { 2 * self.reach } else { enough.max(LEAST_REACH) };
            self.reach = reach.min(self.most_reach());
            if !is_whole || self.count == self.options.most {
                break;
            }
        }
        Ok(())
    }

    /// Searches a part for the wanted lines, as many as a report may have.
    fn select(&self, part: &[u8], searcher: Searcher<'_>) -> Result<Selected, Error> {
        let selection = Selection {
            search: &searcher.of_thread(),
            invert: self.options.invert,
            detail: self.options.detail,
            wants_numbers: self.options.numbers && self.options.detail != Detail::Count,
            most: self.batch(),
            most_bytes: MOST_BYTES,
        };
        selection.of(part)
    }

    /// The most lines that a part may select.
    fn batch(&self) -> u64 {
        let batch = if self.options.detail == Detail::Count { u64::MAX } else { MOST_LINES as u64 };
        batch.min(self.options.most - self.count)
    }

    /// Drops the selected lines that are more than are wanted in all.
    fn first_wanted(&self, mut selected: Selected, part: &[u8]) -> Selected {
        // Each thread may have selected as many as are wanted in all.
        let room = index(self.options.most - self.count);
        if selected.lines.len() > room || (room == 0 && selected.end > 0) {
            let last = selected.lines[..room].last();
            (selected.end, selected.newlines) =
                last.map_or((0, 0), |line| ((line.range.end + 1).min(part.len()), line.number + 1));
            selected.lines.truncate(room);
        }
        selected
    }

    /// Reports what was selected in the part of the block that begins at `at`. False: not all of it.
    fn take<M: Mapper>(
        &mut self,
        block: Block<'_>,
        at: usize,
        selected: Selected,
        work: &mut Work<'_, M>,
    ) -> Result<bool, Error> {
        if self.options.detail == Detail::Count {
            self.count = self.count.saturating_add(selected.count).min(self.options.most);
        }
        let first = self.number;
        for line in selected.lines {
            // The thread has counted from the start of its part.
            let line = line.moved_by(at, first);
            if !self.take_line(block, line, work)? {
                return Ok(false);
            }
        }
        let end = at + selected.end;
        self.number = first + selected.newlines;
        Ok(self.trail(block, end, work.lines))
    }

    /// Reports a selected line, and the lines before it that were not reported yet. False: the next step has
    /// to begin here.
    fn take_line<M: Mapper>(
        &mut self,
        block: Block<'_>,
        line: Line,
        work: &mut Work<'_, M>,
    ) -> Result<bool, Error> {
        let start = line.range.start;
        // First the lines after the previous selected line: they come before this one.
        if !self.trail(block, start, work.lines) {
            return Ok(false);
        }
        self.number = line.number;
        // Then those before it, unless they were shown as lines after the previous one.
        let is_led = self.context.lead(block, start, line.number, work.lines, work.cursor, work.stop)?;
        if !is_led || work.lines.is_full() {
            return Ok(false);
        }
        // A long line is reported the same way whether a region has all of it or not.
        let is_long = line.range.len() as u64 > LONGEST && self.options.detail == Detail::Matches;
        if line.is_crowded || is_long {
            let rest = Window::between(self.position, self.bounds.end());
            self.long = Some(LongLine::new(rest, &self.pattern, self.options.detail));
            return Ok(false);
        }
        let matches =
            line.matches.iter().map(|found| Window::new(block.offset(found.start), found.len() as u64));
        let range = block.offsets(&line.range);
        work.lines.push(line.number, &range, true, &block.bytes[line.range], matches);
        self.count += 1;
        self.context.select(line.number, range.end);
        Ok(true)
    }

    /// Goes to `end`, where a line begins, and reports the lines before it that are wanted. False: the report
    /// was full before.
    fn trail(&mut self, block: Block<'_>, end: usize, lines: &mut Lines) -> bool {
        // If the report is full, the next step starts at the first line that was not shown.
        let is_whole = self.context.trail(block, end, lines);
        if is_whole {
            self.go_to(block.offset(end));
        } else {
            self.number = self.context.number;
            self.go_to(self.context.shown);
        }
        is_whole
    }

    fn go_to(&mut self, position: u64) {
        self.position = position.min(self.bounds.end());
        // With `most`, it ends once the lines after the last selected one are shown.
        let is_enough = self.count == self.options.most && self.context.trailing == 0;
        self.is_done = is_enough || self.position == self.bounds.end();
    }

    /// Searches the lines at the position.
    fn search<M: Mapper>(
        &mut self,
        cursor: &mut Cursor<M>,
        stop: &Stop,
        lines: &mut Lines,
    ) -> Result<(), Error> {
        if cursor.avoids_maps() {
            // Nothing is mapped: read a piece as long as the longest line that is searched in one piece.
            let mut piece = vec![0; index(LONGEST.min(self.bounds.end() - self.position))];
            cursor.read_at(&mut piece, self.position)?;
            if let Some(block) = self.whole_lines(&piece) {
                return self.feed(block, &mut Work { cursor: &*cursor, stop, lines });
            }
        } else {
            cursor.use_piece(self.position)?;
        }
        if let Some(block) = self.mapped(cursor) {
            self.feed(block, &mut Work { cursor: &*cursor, stop, lines })?;
            cursor.confirm()?;
            // The next lines, or the rest of this line, are in another window.
            cursor.unuse_region();
            return Ok(());
        }
        cursor.unuse_region();
        if let Some(line) = self.read(cursor)? {
            let block = Block { bytes: &line, origin: self.position };
            return self.feed(block, &mut Work { cursor: &*cursor, stop, lines });
        }
        let rest = Window::between(self.position, self.bounds.end());
        self.long = Some(LongLine::new(rest, &self.pattern, self.options.detail));
        Ok(())
    }
}

impl<M: Mapper> Pass<M> for Grep {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        let mut lines = Lines::default();
        if self.context.leading.is_some() {
            self.context.show(&mut lines, cursor, stop)?;
        } else if let Some(long) = self.long.take() {
            self.step_long(long, cursor, stop, &mut lines)?;
        } else if !self.is_done {
            self.search(cursor, stop, &mut lines)?;
        }
        // In a long line, progress is how much of it has been measured.
        let position = self.long.as_ref().map_or(self.position, |long| long.range().end);
        Ok(Report { is_done: self.is_done, position, count: self.count, found: Found::Lines(lines) })
    }
}
