//! A search for a regular expression in bytes that come piece by piece. At each byte it takes time for every
//! state that the expression may be in, but it can be stopped anywhere, and a match may be of any length.
//!
//! The idea is Pike's virtual machine: all ways to match advance together, one byte at a time. A way is a
//! state of the expression's automaton and the offset where its match would begin. The ways stand in order of
//! preference, and of two in the same state only the first is kept. A way that reaches a final state is a
//! match. It ends all ways of lower preference; those of higher preference go on, since they may become a
//! match that is preferred to it.
#![forbid(unsafe_code)]

use std::ops::Range;
use std::sync::Arc;

use regex_automata::Span;
use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::util::primitives::StateID;

use crate::error::Error;
use crate::run::stop::Stop;

/// How many states are visited between two checks of the stop: less than a millisecond.
const PATIENCE: usize = 1 << 14;

/// Bytes at hand, and which of them are to be searched. The others are around those, for assertions to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) bytes: &'a [u8],
    /// The offset of the first byte.
    pub(crate) origin: u64,
    /// The offsets that are searched; `end` is exclusive.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Whether no piece follows: a match may end at `end`, and none goes on after it.
    pub(crate) is_last: bool,
}

/// An expression's automaton, and what finds where a match may begin.
#[derive(Debug)]
pub(crate) struct Automaton {
    pub(crate) nfa: NFA,
    pub(crate) prefilter: Option<Prefilter>,
}

/// A search in progress.
#[derive(Debug)]
pub(crate) struct Walk {
    automaton: Arc<Automaton>,
    ways: Ways,
    next: Ways,
    stack: Vec<StateID>,
    found: Option<Range<u64>>,
    /// States visited since the stop was last looked at.
    steps: usize,
}

/// States in order of preference, each once, with the start of its match.
#[derive(Debug)]
struct Ways {
    order: Vec<(StateID, u64)>,
    /// The round in which each state was added last.
    seen: Vec<u64>,
    round: u64,
}

impl Ways {
    fn new(states: usize) -> Self {
        Self { order: Vec::new(), seen: vec![0; states], round: 1 }
    }

    fn clear(&mut self) {
        self.order.clear();
        self.round += 1;
    }

    fn is_new(&mut self, state: StateID) -> bool {
        std::mem::replace(&mut self.seen[state.as_usize()], self.round) != self.round
    }
}

impl Walk {
    pub(crate) fn new(automaton: &Arc<Automaton>) -> Self {
        let ways = || Ways::new(automaton.nfa.states().len());
        let automaton = Arc::clone(automaton);
        Self { automaton, ways: ways(), next: ways(), stack: Vec::new(), found: None, steps: 0 }
    }

    /// Searches the next piece, and returns the first match once it is certain. A match that ends in this
    /// piece may be certain only in a later one.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn feed(&mut self, piece: Piece<'_>, stop: &Stop) -> Result<Option<Range<u64>>, Error> {
        let mut at = piece.start;
        loop {
            // No way is alive. Either the match found is final, or there is none yet: then a prefilter can
            // skip to where one may begin.
            if self.ways.order.is_empty() {
                if self.found.is_some() {
                    return Ok(self.found.take());
                }
                self.ways.clear();
                at = self.skip(piece, at);
            }
            let is_end = at >= piece.end;
            // The ways stay as they are, and the next piece continues with them.
            if is_end && !piece.is_last {
                return Ok(None);
            }
            // A match may begin here, with the lowest preference. Once a match was found, only one that began
            // earlier can be preferred.
            if self.found.is_none() {
                self.add(self.automaton.nfa.start_anchored(), at, piece, at, false);
            }
            self.advance(piece, at, is_end);
            if is_end {
                self.ways.clear();
                return Ok(self.found.take());
            }
            if self.steps > PATIENCE {
                stop.check()?;
                self.steps = 0;
            }
            at += 1;
        }
    }

    /// Where a match may begin, from `at` on.
    fn skip(&mut self, piece: Piece<'_>, at: u64) -> u64 {
        let Some(prefilter) = &self.automaton.prefilter else { return at };
        let span = Span { start: piece.index(at), end: piece.index(piece.end) };
        // A literal that the prefilter looks for may be cut by the end of the piece: skip no further than
        // where a whole one would have been seen.
        let keep = if piece.is_last { 0 } else { prefilter.max_needle_len() as u64 };
        let found = prefilter.find(piece.bytes, span).map(|found| piece.origin + found.start as u64);
        found.unwrap_or_else(|| piece.end.saturating_sub(keep).max(at))
    }

    /// Moves every way over the byte at `at`. A way in a final state is a match that ends there.
    fn advance(&mut self, piece: Piece<'_>, at: u64, is_end: bool) {
        self.next.clear();
        let byte = if is_end { None } else { piece.bytes.get(piece.index(at)).copied() };
        self.steps += 1 + self.ways.order.len();
        // A clone of the `Arc` frees `self` to be changed in the loop.
        let automaton = Arc::clone(&self.automaton);
        for index in 0..self.ways.order.len() {
            let (state, start) = self.ways.order[index];
            let target = match automaton.nfa.state(state) {
                State::Match { .. } => {
                    // Ways of lower preference come later in the order: this ends them.
                    self.found = Some(start..at);
                    break;
                }
                State::ByteRange { trans } => {
                    byte.filter(|byte| trans.matches_byte(*byte)).map(|_| trans.next)
                }
                State::Sparse(sparse) => byte.and_then(|byte| sparse.matches_byte(byte)),
                State::Dense(dense) => byte.and_then(|byte| dense.matches_byte(byte)),
                _ => None,
            };
            if let Some(target) = target {
                self.add(target, start, piece, at + 1, true);
            }
        }
        // Two lists take turns, so that a byte allocates nothing.
        std::mem::swap(&mut self.ways, &mut self.next);
    }

    /// Adds the state, or the states it leads to without a byte, in order of preference.
    fn add(&mut self, state: StateID, start: u64, piece: Piece<'_>, at: u64, is_next: bool) {
        let nfa = &self.automaton.nfa;
        let ways = if is_next { &mut self.next } else { &mut self.ways };
        self.stack.push(state);
        while let Some(state) = self.stack.pop() {
            self.steps += 1;
            // A state that is in the list was reached by a way of higher preference.
            if !ways.is_new(state) {
                continue;
            }
            match nfa.state(state) {
                State::Look { look, next } => {
                    // Assertions see the bytes beside the searched ones too: `piece` has a few of them on
                    // each side.
                    if nfa.look_matcher().matches(*look, piece.bytes, piece.index(at)) {
                        self.stack.push(*next);
                    }
                }
                // Reversed: the stack gives the last one first, and the first alternative is preferred.
                State::Union { alternates } => self.stack.extend(alternates.iter().rev()),
                State::BinaryUnion { alt1, alt2 } => self.stack.extend([*alt2, *alt1]),
                State::Capture { next, .. } => self.stack.push(*next),
                State::Fail => {}
                _ => ways.order.push((state, start)),
            }
        }
    }
}

impl Piece<'_> {
    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset - self.origin).unwrap_or(usize::MAX)
    }
}
