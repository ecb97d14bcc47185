//! The matches of a pattern in a range of a file, step by step. Knows patterns, not how their matches are
//! found.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::run::sweep::Sweep;
use crate::run::tally::Tally;
use crate::search::needle::Needle;
use crate::search::occurrences::{Limit, Occurrences};
use crate::search::pattern::Pattern;
use crate::search::regex::RegexMatches;
use crate::window::Window;

/// Finds the matches that do not overlap, from first to last, as one search over all the bytes would.
///
/// Each step finds [`Found::Matches`]; [`Report::count`] is their number. Bytes are found however long they
/// are. A regular expression's match that is longer than [`Matches::reach`] may be cut short or missed;
/// whether it is depends on its distance from the start of `range`, never on windows or threads. `^`, `$` and
/// `\b` see all of `bounds`, also outside of `range`.
#[derive(Debug)]
pub struct Matches(By);

#[derive(Debug)]
enum By {
    Bytes(Box<ByteMatches>),
    Regex(Box<RegexMatches>),
}

#[derive(Debug)]
struct ByteMatches {
    found: Occurrences,
    end: u64,
    sweep: Sweep,
}

impl Matches {
    /// The matches that lie whole in `range`, which lies in `bounds`, which lies in the file. A step reports
    /// at most `most` of them; with 0, only their number. Bytes that may overlap themselves are searched by
    /// one thread.
    #[must_use]
    pub fn new(pattern: Pattern, bounds: Window, range: Window, most: usize, threads: NonZeroUsize) -> Self {
        Self(match pattern {
            Pattern::Bytes(needle) => By::Bytes(Box::new(ByteMatches::new(*needle, range, most, threads))),
            Pattern::Regex(regex) => {
                By::Regex(Box::new(RegexMatches::new(regex, bounds, range, most, threads)))
            }
        })
    }

    /// The same, with another length up to which a regular expression's match is found whole. The default is
    /// 1 MiB.
    #[must_use]
    pub fn reach(mut self, bytes: u64) -> Self {
        if let By::Regex(matches) = &mut self.0 {
            matches.set_reach(bytes);
        }
        self
    }
}

impl<M: Mapper> Pass<M> for Matches {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        match &mut self.0 {
            By::Bytes(matches) => matches.step(cursor, stop),
            By::Regex(matches) => matches.step(cursor, stop),
        }
    }
}

impl ByteMatches {
    fn new(needle: Needle, range: Window, most: usize, threads: NonZeroUsize) -> Self {
        let limit = if most == 0 { Limit::Keep(0) } else { Limit::Wait(most) };
        Self {
            found: Occurrences::new(needle, range.offset, limit),
            end: range.end(),
            sweep: Sweep::new(threads),
        }
    }
}

impl<M: Mapper> Pass<M> for ByteMatches {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        let Self { found, end, sweep } = self;
        if found.position() < *end {
            sweep.step(cursor, found, *end, stop)?;
        }
        let length = found.needle_len() as u64;
        let matches = found.take_offsets().into_iter().map(|offset| Window::new(offset, length)).collect();
        let position = found.reached().min(*end);
        Ok(Report {
            is_done: found.position() >= *end,
            position,
            count: found.count(),
            found: Found::Matches(matches),
        })
    }
}
