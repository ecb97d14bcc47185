//! The matches of a regular expression in a range of a file. Knows regions only as bytes.
//!
//! The idea: the range is cut into blocks of the same length, and each thread searches a block. A block's
//! matches are those that begin in it. To find them, a thread sees some bytes after its block too, as many as
//! a match may reach. So what is found depends neither on how windows lie nor on how many threads search.
//!
//! ```text
//! range     |───── block 0 ─────|───── block 1 ─────|───── block 2 ─────|
//! thread 0   ···[match]···[match══════]                                    reaches into block 1
//! thread 1                       [wrong][wrong]··[match]···                found from the block's start
//! again                                ····[match][match]                  from the end of the long match
//! ```
//!
//! If a match reaches into the next block, the first matches that this block's thread has found are wrong. It
//! is searched once more, from the end of that match, until this search finds one of the thread's matches
//! too: from there on, both would find the same.
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
/// How many times longer than its reach a block is: the bytes after each block are searched twice, so they
/// should be a small share.
const BLOCK: u64 = 16;
/// The shortest block where the expression takes long.
const LEAST_AT_ONCE: u64 = 4 << 10;
/// Bytes that an assertion (`\b`, `$`) looks at on either side: a character of UTF-8.
const CONTEXT: u64 = 4;
/// How many matches of a block a thread keeps.
const KEPT: usize = 1 << 16;

/// The matches that do not overlap, from first to last, as one search over all the bytes would find them.
#[derive(Debug)]
pub(crate) struct RegexMatches {
    expression: Expression,
    layout: Layout,
    threads: Threads,
    /// The most matches a step reports; 0: they are only counted.
    most: usize,
    /// Found, and not reported.
    pending: VecDeque<Window>,
    count: u64,
    reached: Reached,
    is_done: bool,
    /// The last step's block had more matches than a thread keeps. The next step uses a single thread; the
    /// others would search for nothing.
    is_dense: bool,
}

/// Where matches are looked for, and how that is cut into blocks.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// All that the pattern may see.
    bounds: Window,
    /// Matches lie whole in it.
    range: Window,
    reach: u64,
    block: u64,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    /// The next match begins here or later.
    position: u64,
    /// Where the last match ended: an empty match does not count there.
    last_end: Option<u64>,
}

/// One block, and the bytes at hand for it.
#[derive(Clone, Copy, Debug)]
struct Block {
    start: u64,
    /// Matches that begin here or later are the next block's, unless this is the last.
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
    reached: Reached,
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
            layout: Layout { bounds, range, reach: 0, block: 0 },
            threads: Threads::new(threads),
            most,
            pending: VecDeque::new(),
            count: 0,
            reached: Reached { position: range.offset, last_end: None },
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
        let most = self.expression.most_at_once(self.layout.range.size);
        // A slow expression gets shorter blocks, so that one block takes some 50 ms at most and the work can
        // be stopped.
        let at_once = most.saturating_sub(reach + 2 * CONTEXT).max(LEAST_AT_ONCE);
        self.layout.block = at_once.min(BLOCK * bytes.max(CONTEXT));
        self.layout.reach = reach;
    }

    /// Searches the next blocks, one a thread.
    fn search<M: Mapper>(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<(), Error> {
        // Where one block already has more matches than are kept, the other threads would search for nothing.
        let count = if self.is_dense { 1 } else { self.threads.count() };
        let blocks = self.layout.blocks(self.reached.position, count);
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

    /// Searches one block: from where the last step ended, or from the block's start.
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
        // The first block continues where the last step ended. The others are searched from their start, as
        // if no match reached into them.
        let is_first = self.reached.position >= block.start;
        let reached = if is_first { self.reached } else { Reached { position: block.start, last_end: None } };
        let mut part = Part { block, bytes, matches: Vec::new(), count: 0, reached, is_full: false };
        self.search_block(&mut part, &[], stop)?;
        Ok(part)
    }

    /// Searches on in a block, until it is done, or has as many matches as are kept, or finds one of the
    /// `known` matches: then it returns that one's index.
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
        while part.reached.position <= end && (is_last || part.reached.position < limit) {
            // Where matches are only counted, none are kept, so there is no limit.
            if part.matches.len() == KEPT && self.most > 0 {
                part.is_full = true;
                return Ok(None);
            }
            stop.check()?;
            let range = index(part.reached.position - seen.offset)..index(end - seen.offset);
            let Some(found) = find(range)? else { break };
            let found = Window::new(seen.offset + found.start as u64, found.len() as u64);
            // This one begins in the next block, whose thread finds it as well.
            if found.offset >= limit && !is_last {
                break;
            }
            // As in Rust's `find_iter`: an empty match directly after another match does not count.
            if found.size == 0 && part.reached.last_end == Some(found.offset) {
                part.reached.position += 1;
                continue;
            }
            // From a match in common on, both searches find the same: the rest need not be searched again.
            if let Ok(number) = known.binary_search(&found) {
                return Ok(Some(number));
            }
            part.count += 1;
            if part.matches.len() < KEPT {
                part.matches.push(found);
            }
            part.reached = Reached { position: found.end(), last_end: Some(found.end()) };
        }
        part.reached.position = part.reached.position.max(limit);
        Ok(None)
    }

    /// Adds what was found in consecutive blocks.
    fn join(&mut self, parts: Vec<Part<'_>>, stop: &Stop) -> Result<(), Error> {
        for (number, mut part) in parts.into_iter().enumerate() {
            let starts = Reached { position: part.block.start, last_end: None };
            // Whether a search that came from the block before would start this block in the very state in
            // which its thread did.
            let follows = Reached { last_end: None, ..self.reached } == starts
                && self.reached.last_end != Some(part.block.start);
            // A match of the block before reaches in here. The thread's first matches may be wrong; search
            // until both agree.
            if number > 0 && !follows {
                part = self.follow(part, stop)?;
            }
            self.count += part.count;
            if self.most > 0 {
                self.pending.extend(part.matches);
            }
            self.reached = part.reached;
            self.is_dense = part.is_full;
            self.is_done = part.block.is_last && !part.is_full;
            // The next step continues in the middle of this block; adding later blocks would leave a gap.
            if part.is_full {
                break;
            }
        }
        Ok(())
    }

    /// Corrects what was found in a block into which a match of the one before reaches.
    fn follow<'a>(&self, part: Part<'a>, stop: &Stop) -> Result<Part<'a>, Error> {
        let Part { block, bytes, matches: known, count, reached, is_full } = part;
        let mut part =
            Part { block, bytes, matches: Vec::new(), count: 0, reached: self.reached, is_full: false };
        if let Some(same) = self.search_block(&mut part, &known, stop)? {
            // `same` matches of the thread were wrong; the others hold.
            part.count += count - same as u64;
            part.matches.extend_from_slice(&known[same..]);
            part.reached = reached;
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
        // Found but not reported yet: the count in a report must fit the matches reported so far.
        let left = self.pending.len() as u64;
        let position = self.pending.front().map_or(self.reached.position, |next| next.offset);
        Ok(Report {
            is_done: self.is_done && left == 0,
            position: position.min(self.layout.range.end()),
            count: self.count - left,
            found: Found::Matches(matches),
        })
    }
}

impl Layout {
    /// The block that has the byte at `position`, and those after it.
    fn blocks(self, position: u64, most: usize) -> Vec<Block> {
        let Self { range, block, .. } = self;
        let last = range.size.saturating_sub(1) / block;
        let first = ((position - range.offset) / block).min(last);
        (first..=last).take(most).map(|number| self.block(number, number == last)).collect()
    }

    fn block(self, number: u64, is_last: bool) -> Block {
        let Self { bounds, range, reach, block } = self;
        let start = range.offset + number * block;
        let limit = if is_last { range.end() } else { start + block };
        let end = (limit + reach).min(range.end());
        // Assertions look at a character on either side, also outside of the range, but never outside of
        // `bounds`.
        let seen = Window::between(
            start.saturating_sub(CONTEXT).max(bounds.offset),
            (end + CONTEXT).min(bounds.end()),
        );
        Block { start, limit, end, seen, is_last }
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
