//! A line too long for one piece: where it ends, and what matches in it. Keeps none of its bytes.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;
use std::ops::Range;

use memchr::memchr;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::index;
use crate::lines::pattern::LinePattern;
use crate::lines::select::Detail;
use crate::mapping::Mapper;
use crate::run::found::Found;
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::search::matches::Matches;
use crate::search::regex::REACH;
use crate::search::walk::{Piece, Walk};
use crate::window::Window;

/// How many matches a step finds.
const BATCH: usize = 1024;
/// How many bytes of the line a step reads.
const STEP: u64 = 4 << 20;
/// Bytes before and after those that are walked, for assertions to see.
const CONTEXT: u64 = 4;

/// The search has three phases: first the line's end, then matches that [`Matches`] can find, and if there
/// are none, longer ones.
#[derive(Debug)]
pub(crate) struct LongLine {
    start: u64,
    /// There is no newline before it; once measured, where the line ends.
    end: u64,
    /// Where the last line ends.
    limit: u64,
    pattern: LinePattern,
    detail: Detail,
    search: Search,
    /// What was found and not yet reported.
    pub(crate) found: Option<Progress>,
    /// Whether a match was found.
    pub(crate) is_matching: bool,
    /// Whether the line was reported.
    pub(crate) is_shown: bool,
}

#[derive(Debug)]
enum Search {
    /// Its end is not known yet.
    Measure,
    Short(Matches),
    /// Matches of any length, from the position on.
    Long(Walk, u64),
}

/// What a step found out.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) is_done: bool,
    pub(crate) matches: Vec<Window>,
}

impl LongLine {
    /// The first of `lines`.
    pub(crate) fn new(lines: Window, pattern: &LinePattern, detail: Detail) -> Self {
        Self {
            start: lines.offset,
            end: lines.offset,
            limit: lines.end(),
            pattern: pattern.clone(),
            detail,
            search: Search::Measure,
            found: None,
            is_matching: false,
            is_shown: false,
        }
    }

    /// The line as far as it is known.
    pub(crate) fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Does at most one step.
    ///
    /// # Errors
    /// As [`Pass::step`].
    pub(crate) fn step<M: Mapper>(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Progress, Error> {
        match &mut self.search {
            Search::Measure => self.measure(cursor),
            Search::Short(search) => {
                let report = search.step(cursor, stop)?;
                self.is_matching |= report.count > 0;
                // The search of a file's part gives no other kind.
                let Found::Matches(matches) = report.found else { return Ok(Progress::default()) };
                // Nothing up to 1 MiB matches. Only then is the slow search for longer matches worth its
                // time.
                let is_over = report.is_done && !self.is_matching;
                if let Some(expression) = self.pattern.longer_than(REACH).filter(|_| is_over) {
                    self.search = Search::Long(expression.walk(), self.start);
                    return Ok(Progress::default());
                }
                Ok(self.progress(report.is_done, matches))
            }
            Search::Long(..) => self.walk(cursor, stop),
        }
    }

    fn progress(&self, is_done: bool, matches: Vec<Window>) -> Progress {
        let wants_matches = self.detail == Detail::Matches;
        let is_wanted = |found: &Window| wants_matches && found.size > 0;
        let matches = matches.into_iter().filter(is_wanted).collect();
        // If matches are not wanted, the first one decides whether the line is selected.
        Progress { is_done: is_done || (self.is_matching && !wants_matches), matches }
    }

    /// Looks for the newline.
    fn measure<M: Mapper>(&mut self, cursor: &Cursor<M>) -> Result<Progress, Error> {
        let mut piece = vec![0; index(STEP.min(self.limit - self.end))];
        cursor.read_at(&mut piece, self.end)?;
        let newline = memchr(b'\n', &piece);
        // The end has to be known first: `$` and `\b` must not see the next line.
        self.end += newline.unwrap_or(piece.len()) as u64;
        if newline.is_some() || self.end == self.limit {
            let line = Window::between(self.start, self.end);
            // One match is enough to select the line.
            let most = if self.detail == Detail::Matches { BATCH } else { 1 };
            let pattern = self.pattern.to_pattern();
            self.search = Search::Short(Matches::new(pattern, line, line, most, NonZeroUsize::MIN));
        }
        Ok(Progress::default())
    }

    /// Looks for the next match, however long it is.
    fn walk<M: Mapper>(&mut self, cursor: &Cursor<M>, stop: &Stop) -> Result<Progress, Error> {
        let Self { start: line, end: line_end, .. } = *self;
        let Search::Long(walk, start) = &mut self.search else { return Ok(Progress::default()) };
        let end = (*start + STEP).min(line_end);
        let origin = start.saturating_sub(CONTEXT).max(line);
        let mut bytes = vec![0; index((end + CONTEXT).min(line_end) - origin)];
        cursor.read_at(&mut bytes, origin)?;
        let is_last = end == line_end;
        let piece = Piece { bytes: &bytes, origin, start: *start, end, is_last };
        let found = walk.feed(piece, stop)?;
        *start = end;
        let Some(found) = found else { return Ok(self.progress(is_last, Vec::new())) };
        self.is_matching = true;
        // An empty match would be found again at the same offset.
        let next = found.end + u64::from(found.is_empty());
        if let Some(expression) = self.pattern.longer_than(REACH) {
            // A fresh walk: the ways of the old one began before this match's end.
            self.search = Search::Long(expression.walk(), next);
        }
        Ok(self.progress(next > line_end, vec![Window::between(found.start, found.end)]))
    }
}
