//! A line too long to be looked at in one piece: where it ends, and what matches in it. Keeps none of its bytes.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;
use std::ops::Range;

use memchr::memchr;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::pattern::LinePattern;
use crate::lines::select::Detail;
use crate::mapping::Mapper;
use crate::run::pass::{Pass, STEP};
use crate::search::matches::Matches;
use crate::window::Window;

/// How many matches a step finds.
const BATCH: usize = 1024;

/// First its end is looked for, then the matches in it.
#[derive(Debug)]
pub(crate) struct LongLine {
    begin: u64,
    /// No newline before.
    end: u64,
    /// Where the last line ends.
    limit: u64,
    pattern: LinePattern,
    detail: Detail,
    search: Option<Matches>,
    /// Whether a match was found.
    pub(crate) is_matching: bool,
    /// Whether it was reported.
    pub(crate) is_shown: bool,
}

/// What a step found out.
pub(crate) struct Progress {
    pub(crate) is_done: bool,
    pub(crate) matches: Vec<[u64; 2]>,
}

impl LongLine {
    /// The line that begins at `lines`' begin, and ends with them at the latest.
    pub(crate) fn new(lines: Window, pattern: &LinePattern, detail: Detail) -> Self {
        Self {
            begin: lines.offset,
            end: lines.offset,
            limit: lines.end(),
            pattern: pattern.clone(),
            detail,
            search: None,
            is_matching: false,
            is_shown: false,
        }
    }

    /// As far as it is known.
    pub(crate) fn range(&self) -> Range<u64> {
        self.begin..self.end
    }

    /// Goes on by at most one step.
    pub(crate) fn step<M: Mapper>(&mut self, cursor: &mut Cursor<M>) -> Result<Progress, Error> {
        if self.search.is_none() {
            if self.measure(cursor)? {
                let line = Window::between(self.begin, self.end);
                let most = if self.detail == Detail::Matches { BATCH } else { 1 };
                self.search =
                    Some(Matches::new(self.pattern.to_pattern()?, line, line, most, NonZeroUsize::MIN));
            }
            return Ok(Progress { is_done: false, matches: Vec::new() });
        }
        let Some(search) = &mut self.search else {
            return Ok(Progress { is_done: true, matches: Vec::new() });
        };
        let report = search.step(cursor)?;
        self.is_matching |= report.count > 0;
        let wants_matches = self.detail == Detail::Matches;
        let is_done = report.is_done || (self.is_matching && !wants_matches);
        let found = report.numbers.chunks_exact(2).map(|found| [found[0], found[1]]);
        let matches = found.filter(|[_, size]| wants_matches && *size > 0).collect();
        Ok(Progress { is_done, matches })
    }

    /// Looks for the newline; whether the line's end is known.
    fn measure<M: Mapper>(&mut self, cursor: &mut Cursor<M>) -> Result<bool, Error> {
        cursor.use_region(self.end, 0)?;
        let piece = cursor.bytes().unwrap_or_default();
        let size = usize::try_from(STEP.min(self.limit - self.end)).unwrap_or(usize::MAX);
        let piece = &piece[..piece.len().min(size)];
        let newline = memchr(b'\n', piece);
        self.end += newline.unwrap_or(piece.len()) as u64;
        cursor.confirm()?;
        cursor.unuse_region();
        Ok(newline.is_some() || self.end == self.limit)
    }
}
