//! The matches of a regular expression in a stretch of a file. Knows regions only as bytes.
//!
//! The stretch is cut into blocks of the same length from its begin on. A block's matches are those that
//! begin in it; to find them the bytes behind it are at hand, as far as a match may reach. So what is found
//! depends neither on how windows lie nor on how many threads search, a block each. A match may reach into
//! the next block: there those that the block's thread found are wrong, up to the first one that a search
//! from the match's end finds too. From there on both are the same.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::collections::VecDeque;
use std::num::NonZeroUsize;

use regex_automata::meta::Cache;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::run::threads::Threads;
use crate::search::expression::{Engine, Expression};
use crate::window::Window;

/// A match of up to this many bytes is found whole, wherever it lies.
pub(crate) const REACH: u64 = 1 << 20;
/// How many times longer a block is: the `REACH` after each block is searched twice, so it should be a small
/// share.
const BLOCK: u64 = 16;
/// The shortest block where the expression takes long.
const LEAST_AT_ONCE: u64 = 4 << 10;
/// Bytes that an assertion (`\b`, `$`) looks at beside its place: a character of UTF-8.
const CONTEXT: u64 = 4;
/// A thread keeps so many matches of a block.
const KEPT: usize = 1 << 16;

/// The matches that do not overlap, from first to last, as one search over all the bytes would find them.
#[derive(Debug)]
pub(crate) struct RegexMatches {
    expression: Expression,
    stretch: Stretch,
    threads: Threads,
    /// The most matches a step reports; 0: they are only counted.
    most: usize,
    /// Found, and not reported.
    pending: VecDeque<Window>,
    count: u64,
    at: Place,
    is_done: bool,
    /// The last step's first block had more than a thread keeps: others would be searched in vain.
    is_dense: bool,
}

/// Where matches are looked for.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// All that the pattern may see.
    bounds: Window,
    /// Matches lie whole in it.
    range: Window,
    reach: u64,
    block: u64,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The next match begins here or behind.
    position: u64,
    /// Where the last match ended: an empty one does not follow there.
    last_end: Option<u64>,
}

/// One block, and the bytes at hand for it.
#[derive(Clone, Copy, Debug)]
struct Block {
    begin: u64,
    /// Matches that begin here or behind are the next block's, unless this is the last.
    limit: u64,
    /// Matches end here at the latest.
    end: u64,
    seen: Window,
    is_last: bool,
}

/// What was found in a block.
#[derive(Debug)]
struct Part<'a> {
    block: Block,
    bytes: Cow<'a, [u8]>,
    /// The first of them.
    matches: Vec<Window>,
    count: u64,
    at: Place,
    /// Whether there may be more than were kept.
    is_full: bool,
}

impl RegexMatches {
    /// The matches that lie whole in `range`, which lies in `bounds`, which lies in the file.
    pub(crate) fn new(
        expression: Expression,
        bounds: Window,
        range: Window,
        most: usize,
        threads: NonZeroUsize,
    ) -> Self {
        let mut matches = Self {
            expression,
            stretch: Stretch { bounds, range, reach: 0, block: 0 },
            threads: Threads::new(threads),
            most,
            pending: VecDeque::new(),
            count: 0,
            at: Place { position: range.offset, last_end: None },
            is_done: false,
            is_dense: false,
        };
        matches.set_reach(REACH);
        matches
    }

    /// Another length up to which a match is found whole.
    pub(crate) fn set_reach(&mut self, bytes: u64) {
        // An expression whose longest match is short (`ERROR|WARN`) needs only that many bytes after its
        // block.
        let longest = self.expression.longest().map_or(u64::MAX, |longest| longest as u64);
        let reach = bytes.min(longest).max(CONTEXT);
        let most = self.expression.most_at_once(self.stretch.range.size);
        // A slow expression gets shorter blocks, so that one block takes some 50 ms at most and the work can
        // be stopped.
        let at_once = most.saturating_sub(reach + 2 * CONTEXT).max(LEAST_AT_ONCE);
        self.stretch.block = at_once.min(BLOCK * bytes.max(CONTEXT));
        self.stretch.reach = reach;
    }

    /// Searches the next blocks, one a thread.
    fn search<M: Mapper>(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<(), Error> {
        // Where one block already has more matches than are kept, the other threads would search for nothing.
        let count = if self.is_dense { 1 } else { self.threads.count() };
        let blocks = self.stretch.blocks(self.at.position, count);
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(()) };
        let all = Window::between(first.seen.offset, last.seen.end());
        let size = all.size.min(cursor.window_at(all.offset).size);
        // If not even the first block fits in one region, every block is read into memory of its own.
        let fits = first.seen.size <= size && !cursor.avoids_maps();
        if fits {
            cursor.use_region(all.offset, size)?;
        }
        let (found, others) = {
            let cursor = &*cursor;
            let part = |block: Block| self.part(block, cursor, stop);
            self.threads.beside(|| part(*first), blocks[1..].to_vec(), part)
        };
        let mut parts = vec![found?];
        for other in others {
            parts.push(other?);
        }
        self.join(parts, stop)?;
        if fits {
            cursor.confirm()?;
            cursor.unuse_region();
        }
        Ok(())
    }

    /// Searches a block by itself: from the place that was reached, or from its begin.
    fn part<'a, M: Mapper>(
        &self,
        block: Block,
        cursor: &'a Cursor<M>,
        stop: &Stop,
    ) -> Result<Part<'a>, Error> {
        // Blocks near the window's end may reach into the next window; those are read, the others are
        // searched in place.
        let mapped = cursor.region().and_then(|region| region.part(block.seen));
        let bytes = if let Some(bytes) = mapped {
            Cow::Borrowed(bytes)
        } else {
            let mut bytes = vec![0; index(block.seen.size)];
            cursor.read_at(&mut bytes, block.seen.offset)?;
            Cow::Owned(bytes)
        };
        // The first block goes on where the last step ended. The others start at their begin, as if no match
        // reached in.
        let is_first = self.at.position >= block.begin;
        let at = if is_first { self.at } else { Place { position: block.begin, last_end: None } };
        let mut part = Part { block, bytes, matches: Vec::new(), count: 0, at, is_full: false };
        self.search_block(&mut part, &[], stop)?;
        Ok(part)
    }

    /// Goes on in a block, until it is done, or has as many matches as are kept, or finds one of those
    /// `known`, of which it gives the number.
    fn search_block(&self, part: &mut Part, known: &[Window], stop: &Stop) -> Result<Option<usize>, Error> {
        let mut cache = self.expression.cache();
        let outcome = self.search_with(&mut cache, part, known, stop);
        self.expression.keep(cache);
        outcome
    }

    fn search_with(
        &self,
        cache: &mut Cache,
        part: &mut Part,
        known: &[Window],
        stop: &Stop,
    ) -> Result<Option<usize>, Error> {
        let Block { limit, end, seen, is_last, .. } = part.block;
        let bytes: &[u8] = &part.bytes;
        let engine = self.expression.engine(bytes);
        let mut find = |range| match engine {
            Engine::Fast => Ok(self.expression.find_fast(bytes, range, cache)),
            Engine::Walk => self.expression.find_walking(bytes, range, stop),
        };
        while part.at.position <= end && (is_last || part.at.position < limit) {
            // Only counting needs no matches, and no end.
            if part.matches.len() == KEPT && self.most > 0 {
                part.is_full = true;
                return Ok(None);
            }
            stop.check()?;
            let range = index(part.at.position - seen.offset)..index(end - seen.offset);
            let Some(found) = find(range)? else { break };
            let found = Window::new(seen.offset + found.start as u64, found.len() as u64);
            // This one begins in the next block, whose thread finds it as well.
            if found.offset >= limit && !is_last {
                break;
            }
            // As in Rust's `find_iter`: an empty match directly after another match does not count.
            if found.size == 0 && part.at.last_end == Some(found.offset) {
                part.at.position += 1;
                continue;
            }
            // From a match in common on, both searches find the same: the rest is taken over without
            // searching.
            if let Ok(number) = known.binary_search(&found) {
                return Ok(Some(number));
            }
            part.count += 1;
            if part.matches.len() < KEPT {
                part.matches.push(found);
            }
            part.at = Place { position: found.end(), last_end: Some(found.end()) };
        }
        part.at.position = part.at.position.max(limit);
        Ok(None)
    }

    /// Takes over what was found in blocks that follow each other.
    fn join(&mut self, parts: Vec<Part<'_>>, stop: &Stop) -> Result<(), Error> {
        for (number, mut part) in parts.into_iter().enumerate() {
            let starts = Place { position: part.block.begin, last_end: None };
            // Whether a search that came from the block before would start this block in the very state in
            // which its thread did.
            let follows =
                Place { last_end: None, ..self.at } == starts && self.at.last_end != Some(part.block.begin);
            // A match of the block before reaches in here. The thread's first matches may be wrong; search
            // until both agree.
            if number > 0 && !follows {
                part = self.follow(part, stop)?;
            }
            self.count += part.count;
            if self.most > 0 {
                self.pending.extend(part.matches);
            }
            self.at = part.at;
            self.is_dense = part.is_full;
            self.is_done = part.block.is_last && !part.is_full;
            // The next step goes on in the middle of this block; blocks after it would leave a gap.
            if part.is_full {
                break;
            }
        }
        Ok(())
    }

    /// What is found in a block into which a match of the one before reaches.
    fn follow<'a>(&self, part: Part<'a>, stop: &Stop) -> Result<Part<'a>, Error> {
        let Part { block, bytes, matches: known, count, at, is_full } = part;
        let mut part = Part { block, bytes, matches: Vec::new(), count: 0, at: self.at, is_full: false };
        if let Some(same) = self.search_block(&mut part, &known, stop)? {
            // `same` matches of the thread were wrong; the others hold.
            part.count += count - same as u64;
            part.matches.extend_from_slice(&known[same..]);
            part.at = at;
            part.is_full = is_full;
        }
        Ok(part)
    }
}

impl<M: Mapper> Pass<M> for RegexMatches {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        if self.pending.is_empty() && !self.is_done {
            self.search(cursor, stop)?;
        }
        let batch = self.pending.len().min(self.most);
        let matches: Vec<Window> = self.pending.drain(..batch).collect();
        // Found but not reported yet: the count that a report shows must fit the matches that it has shown.
        let left = self.pending.len() as u64;
        let position = self.pending.front().map_or(self.at.position, |next| next.offset);
        Ok(Report {
            is_done: self.is_done && left == 0,
            position: position.min(self.stretch.range.end()),
            count: self.count - left,
            found: Found::Matches(matches),
        })
    }
}

impl Stretch {
    /// The block that has the byte at `position`, and those behind it.
    fn blocks(self, position: u64, most: usize) -> Vec<Block> {
        let Self { range, block, .. } = self;
        let last = range.size.saturating_sub(1) / block;
        let first = ((position - range.offset) / block).min(last);
        (first..=last).take(most).map(|number| self.block(number, number == last)).collect()
    }

    fn block(self, number: u64, is_last: bool) -> Block {
        let Self { bounds, range, reach, block } = self;
        let begin = range.offset + number * block;
        let limit = if is_last { range.end() } else { begin + block };
        let end = (limit + reach).min(range.end());
        // Assertions look at a character on either side, also outside of the range, but never outside of the
        // file part.
        let seen = Window::between(
            begin.saturating_sub(CONTEXT).max(bounds.offset),
            (end + CONTEXT).min(bounds.end()),
        );
        Block { begin, limit, end, seen, is_last }
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
