//! The lines around selected ones: which of them are still to be reported. If they are too many for a report,
//! later steps report the others. Knows no pattern.
#![forbid(unsafe_code)]

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr_iter};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::{Block, LONGEST, index};
use crate::lines::select::end_of_line;
use crate::mapping::Mapper;
use crate::run::found::Lines;
use crate::run::stop::Stop;
use crate::window::Window;

/// How many bytes are read at once to find, or to show, lines before a selected one.
const PIECE: u64 = 256 << 10;
/// If the lines before a selected one have more bytes than this, steps of their own show them.
const AT_HAND: usize = 64 << 10;

/// What was reported, and what may have to be reported.
#[derive(Debug)]
pub(crate) struct Context {
    /// How many lines to show before, and after, each selected one.
    before: u64,
    after: u64,
    /// Where the first line begins: none is before it.
    floor: u64,
    /// How many lines after the last selected one are still to be shown.
    pub(crate) trailing: u64,
    /// Where the last line reported ends, its newline included; and the number of the next line.
    pub(crate) shown: u64,
    pub(crate) number: u64,
    /// Lines before a selected one, to be shown before the search continues.
    pub(crate) leading: Option<Leading>,
}

/// Lines of the file that are still to be shown, and the number of the first.
#[derive(Debug)]
pub(crate) struct Leading {
    start: u64,
    end: u64,
    number: u64,
}

impl Context {
    /// For lines that begin at `floor` or later.
    pub(crate) fn new(before: u64, after: u64, floor: u64) -> Self {
        Self { before, after, floor, trailing: 0, shown: floor, number: 0, leading: None }
    }

    /// The line with that number, which ends at `end`, was reported as a selected one.
    pub(crate) fn select(&mut self, number: u64, end: u64) {
        self.trailing = self.after;
        self.shown = end + 1;
        self.number = number + 1;
    }

    /// Reports the lines after the last selected one that begin before `end`, as many as are still wanted.
    /// False: not all of them, because the report is full.
    pub(crate) fn trail(&mut self, block: Block<'_>, end: usize, lines: &mut Lines) -> bool {
        while self.trailing > 0 && self.shown < block.offset(end) {
            if lines.is_full() {
                return false;
            }
            let start = index(self.shown - block.origin);
            let range = start..end_of_line(block.bytes, start);
            self.trail_line(&block.offsets(&range), &block.bytes[range], lines);
        }
        true
    }

    /// The same for a single line, with its bytes if they are to be reported.
    pub(crate) fn trail_line(&mut self, line: &Range<u64>, bytes: &[u8], lines: &mut Lines) {
        if self.trailing > 0 {
            lines.push(self.number, line, false, bytes, []);
            self.trailing -= 1;
            self.shown = line.end + 1;
            self.number += 1;
        }
    }

    /// Reports the lines before the one at `start` that were not reported yet. False: they have to be
    /// [shown](Context::show) first.
    ///
    /// # Errors
    /// As [`Cursor::read_at`]; [`Error::Stopped`].
    pub(crate) fn lead<M: Mapper>(
        &mut self,
        block: Block<'_>,
        start: usize,
        number: u64,
        lines: &mut Lines,
        cursor: &Cursor<M>,
        stop: &Stop,
    ) -> Result<bool, Error> {
        // Lines that were shown as lines after the previous selected one are not shown again.
        let floor = self.floor.max(self.shown);
        let (mut at, mut count) = (start, 0);
        // Backwards through the bytes at hand, which nearly always have all of them.
        while count < self.before && at > 0 && block.offset(at) > floor && start - at < AT_HAND {
            at = block.line_before(at);
            count += 1;
        }
        if count == self.before || block.offset(at) <= floor {
            // If lines are not counted, all numbers are 0, and subtracting may wrap around.
            for back in (1..=count).rev() {
                let number = number.wrapping_sub(back);
                let range = at..end_of_line(block.bytes, at);
                at = range.end + 1;
                lines.push(number, &block.offsets(&range), false, &block.bytes[range], []);
            }
            self.shown = self.shown.max(block.offset(start));
            return Ok(true);
        }
        // They begin before the bytes at hand: find where in the file, and let later steps show them.
        let (first, more) = lines_before(block.offset(at), floor, self.before - count, cursor, stop)?;
        let number = number.wrapping_sub(count + more);
        self.leading = Some(Leading { start: first, end: block.offset(start), number });
        Ok(false)
    }

    /// Reports the next of the lines before a selected one.
    ///
    /// # Errors
    /// As [`Cursor::read_at`]; [`Error::Stopped`].
    pub(crate) fn show<M: Mapper>(
        &mut self,
        lines: &mut Lines,
        cursor: &Cursor<M>,
        stop: &Stop,
    ) -> Result<(), Error> {
        let Some(Leading { mut start, end, mut number }) = self.leading.take() else { return Ok(()) };
        let mut size = PIECE;
        let mut piece = Vec::new();
        while start < end && !lines.is_full() {
            stop.check()?;
            // Each piece begins with a line; if that line is longer than the piece, the next one is larger.
            piece.resize(index(size.min(end - start)), 0);
            cursor.read_at(&mut piece, start)?;
            let block = Block { bytes: &piece, origin: start };
            let mut at = 0;
            while let Some(length) = memchr(b'\n', &piece[at..]).filter(|_| !lines.is_full()) {
                let range = at..at + length;
                lines.push(number, &block.offsets(&range), false, &piece[range], []);
                at += length + 1;
                number = number.wrapping_add(1);
            }
            start += at as u64;
            let is_long = at == 0 && size > LONGEST && !lines.is_full();
            if is_long {
                // Its end is reported, but not its bytes.
                let line = start..end_of_long_line(start, end, cursor, stop)?;
                start = line.end + 1;
                lines.push(number, &line, false, &[], []);
                number = number.wrapping_add(1);
            }
            // No line ended in this piece: read eight times as much next time.
            size = if at == 0 && !is_long { 8 * size } else { PIECE };
        }
        self.shown = start;
        // The report is full: the next step continues here.
        if start < end {
            self.leading = Some(Leading { start, end, number });
        }
        Ok(())
    }
}

/// The start of the last `most` lines before `end`, which ends a line, and how many they are: fewer if
/// `floor` comes first.
fn lines_before<M: Mapper>(
    mut end: u64,
    floor: u64,
    most: u64,
    cursor: &Cursor<M>,
    stop: &Stop,
) -> Result<(u64, u64), Error> {
    // The newline that ends the last line is not looked for.
    let (mut count, mut is_first) = (0, true);
    let mut piece = Vec::new();
    while end > floor {
        stop.check()?;
        let window = Window::between(end.saturating_sub(PIECE).max(floor), end);
        piece.resize(index(window.size), 0);
        cursor.read_at(&mut piece, window.offset)?;
        let searched = if is_first { &piece[..piece.len() - 1] } else { &piece };
        is_first = false;
        // Count first: only the piece that has the wanted newline has to be searched for it.
        let newlines = memchr_iter(b'\n', searched).count() as u64;
        if count + newlines >= most {
            let nth = memrchr_iter(b'\n', searched).nth(index(most - count - 1));
            return Ok((window.offset + nth.unwrap_or(0) as u64 + 1, most));
        }
        count += newlines;
        end = window.offset;
    }
    Ok((floor, count + 1))
}

/// The offset of the newline of a line that begins at `start` and ends before `end`.
fn end_of_long_line<M: Mapper>(start: u64, end: u64, cursor: &Cursor<M>, stop: &Stop) -> Result<u64, Error> {
    let mut piece = vec![0; index(PIECE)];
    for at in (start..end).step_by(index(PIECE)) {
        stop.check()?;
        let size = index(PIECE.min(end - at));
        cursor.read_at(&mut piece[..size], at)?;
        if let Some(newline) = memchr(b'\n', &piece[..size]) {
            return Ok(at + newline as u64);
        }
    }
    Ok(end)
}
