//! The matches of a regular expression in a stretch of a file, wherever windows are cut. Knows regions only as pieces of
//! bytes.
#![forbid(unsafe_code)]

use regex_automata::Input;
use regex_automata::meta::Regex;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::pass::{Pass, STEP};
use crate::window::Window;

/// A match of up to so many bytes is found whole, wherever it lies.
const REACH: u64 = 1 << 20;
/// Bytes that an assertion (`\b`, `$`) looks at beside its place: a character of UTF-8.
const CONTEXT: u64 = 4;

/// The matches that do not overlap, from first to last, as one search over all the bytes would find them.
#[derive(Debug)]
pub(crate) struct RegexMatches {
    regex: Regex,
    stretch: Stretch,
    /// The most matches a step reports; 0: they are only counted.
    most: usize,
    count: u64,
    /// Where the last match ended: an empty one does not follow there.
    last_end: Option<u64>,
    /// Read where a border is near.
    border: Vec<u8>,
}

/// Where matches are looked for.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// All that the pattern may see.
    bounds: Window,
    /// Matches lie whole before it.
    end: u64,
    /// All bytes before have been searched.
    position: u64,
    reach: u64,
}

/// How far one piece of bytes can be searched.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Offset in the file of the first byte of the piece.
    origin: u64,
    /// Matches end here at the latest; assertions see what is behind.
    end: u64,
    /// Matches that begin here or behind are left to the next piece, unless this is the last.
    limit: u64,
    is_last: bool,
}

impl RegexMatches {
    /// The matches that lie whole in `range`, which lies in `bounds`, which lies in the file.
    pub(crate) fn new(regex: Regex, bounds: Window, range: Window, most: usize) -> Self {
        let stretch = Stretch { bounds, end: range.end(), position: range.offset, reach: REACH };
        Self { regex, stretch, most, count: 0, last_end: None, border: Vec::new() }
    }

    /// Another length up to which a match is found whole.
    pub(crate) fn set_reach(&mut self, bytes: u64) {
        self.stretch.reach = bytes.max(CONTEXT);
    }
}

impl<M: Mapper> Pass<M> for RegexMatches {
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error> {
        let mut found = Found { numbers: Vec::new(), most: self.most, count: 0 };
        let Self { regex, stretch, last_end, border, .. } = self;
        let is_done = stretch.step(regex, last_end, border, &mut found, cursor)?;
        self.count += found.count;
        let position = self.stretch.position.min(self.stretch.end);
        Ok(Report { is_done, position, count: self.count, numbers: found.numbers, ..Report::default() })
    }
}

/// What a step has found.
struct Found {
    numbers: Vec<u64>,
    most: usize,
    count: u64,
}

impl Found {
    fn push(&mut self, offset: u64, length: u64) {
        self.count += 1;
        if self.most > 0 {
            self.numbers.extend([offset, length]);
        }
    }

    fn is_full(&self) -> bool {
        self.most > 0 && self.numbers.len() >= 2 * self.most
    }
}

impl Stretch {
    fn step<M: Mapper>(
        &mut self,
        regex: &Regex,
        last_end: &mut Option<u64>,
        border: &mut Vec<u8>,
        found: &mut Found,
        cursor: &mut Cursor<M>,
    ) -> Result<bool, Error> {
        cursor.use_region(self.position, 0)?;
        if let Some((plan, piece)) = self.mapped(cursor) {
            let is_done = self.search(regex, plan, piece, last_end, found);
            cursor.confirm()?;
            cursor.unuse_region();
            return Ok(is_done);
        }
        cursor.unuse_region();
        let origin = self.position.saturating_sub(CONTEXT).max(self.bounds.offset);
        let end = self.bounds.end().min(self.position + 2 * self.reach + CONTEXT);
        border.resize(index(end - origin), 0);
        cursor.read_at(border, origin)?;
        let plan = self.plan(Window::between(origin, end));
        Ok(self.search(regex, plan, border, last_end, found))
    }

    /// What of the region held can be searched, if that is more than a border is.
    fn mapped<'a, M: Mapper>(&self, cursor: &'a Cursor<M>) -> Option<(Plan, &'a [u8])> {
        let region = cursor.region()?;
        let window = region.window();
        let piece =
            Window::between(window.offset.max(self.bounds.offset), window.end().min(self.bounds.end()));
        let has_context = piece.offset == self.bounds.offset || self.position >= piece.offset + CONTEXT;
        let plan = self.plan(piece);
        let is_worth_it = plan.is_last || plan.limit > self.position + self.reach;
        if has_context && is_worth_it { Some((plan, region.part(piece)?)) } else { None }
    }

    fn plan(&self, piece: Window) -> Plan {
        let seen =
            if piece.end() == self.bounds.end() { piece.end() } else { piece.end().saturating_sub(CONTEXT) };
        let end = seen.min(self.end);
        let limit = if end == self.end { end } else { end.saturating_sub(self.reach) };
        let limit = limit.min(self.position + STEP);
        Plan { origin: piece.offset, end: end.min(limit + self.reach), limit, is_last: limit == self.end }
    }

    /// Searches a piece; whether the end of the stretch was reached.
    fn search(
        &mut self,
        regex: &Regex,
        plan: Plan,
        piece: &[u8],
        last_end: &mut Option<u64>,
        found: &mut Found,
    ) -> bool {
        let Plan { origin, end, limit, is_last } = plan;
        while self.position <= end && (is_last || self.position < limit) {
            if found.is_full() {
                return false;
            }
            let input = Input::new(piece).range(index(self.position - origin)..index(end - origin));
            let Some(found_match) = regex.search(&input) else { break };
            let begin = origin + found_match.start() as u64;
            if begin >= limit && !is_last {
                break;
            }
            if found_match.is_empty() && *last_end == Some(begin) {
                self.position += 1;
                continue;
            }
            found.push(begin, found_match.len() as u64);
            self.position = origin + found_match.end() as u64;
            *last_end = Some(self.position);
        }
        self.position = self.position.max(limit);
        is_last
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
