//! One pass over a file: bytes, lines, the longest line, and a needle's matches. Knows nothing of how its
//! bytes come.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use crate::count::line_tally::LineTally;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report, Summary};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::run::sweep::Sweep;
use crate::run::tally::Tally;
use crate::search::needle::Needle;
use crate::search::occurrences::{Limit, Occurrences};
use crate::window::Window;

/// A scan in progress. Each step finds a [`Found::Summary`]; [`Report::count`] is the number of matches.
#[derive(Debug)]
pub struct Scan {
    seen: Seen,
    sweep: Sweep,
    /// Offset in the file; the file's end is an end in any case.
    end: u64,
}

#[derive(Clone, Debug)]
struct Seen {
    lines: LineTally,
    /// `None`: nothing is looked for.
    found: Option<Occurrences>,
}

impl Scan {
    /// A scan that looks for `needle` (nothing, if it is empty) and keeps the first `max_offsets` matches'
    /// offsets, by as many threads as are given.
    #[must_use]
    pub fn new(needle: &[u8], max_offsets: usize, threads: NonZeroUsize) -> Self {
        Self::within(Window::between(0, u64::MAX), needle, max_offsets, threads)
    }

    /// As [`Self::new`], over the bytes of `range` only: a line begins where they do, and matches lie whole
    /// within them.
    #[must_use]
    pub fn within(range: Window, needle: &[u8], max_offsets: usize, threads: NonZeroUsize) -> Self {
        let start = range.offset;
        let found =
            Needle::new(needle).map(|needle| Occurrences::new(needle, start, Limit::Keep(max_offsets)));
        let seen = Seen { lines: LineTally::new(start), found };
        Self { seen, sweep: Sweep::new(threads), end: range.end() }
    }

    /// What was seen so far; the last line is counted as if the file ended here.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Seen { lines, found } = &self.seen;
        Summary {
            bytes: lines.position(),
            lines: lines.newlines(),
            longest_line: lines.longest(),
            found: found.as_ref().map_or(0, Occurrences::count),
            offsets: found.as_ref().map_or_else(Vec::new, |found| found.offsets().to_vec()),
        }
    }
}

impl<M: Mapper> Pass<M> for Scan {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        // The size as of when the file was opened: bytes appended later are not scanned.
        let end = cursor.file_size();
        let end = end.min(self.end);
        if self.seen.position() < end {
            self.sweep.step(cursor, &mut self.seen, end, stop)?;
        }
        let summary = self.summary();
        Ok(Report {
            is_done: summary.bytes >= end,
            position: summary.bytes,
            count: summary.found,
            found: Found::Summary(summary),
        })
    }
}

impl Tally for Seen {
    fn position(&self) -> u64 {
        self.lines.position()
    }

    fn feed(&mut self, piece: &[u8]) -> bool {
        self.lines.feed(piece) && self.found.as_mut().is_none_or(|found| found.feed(piece))
    }

    fn fork(&self, offset: u64) -> Option<Self> {
        // If the needle cannot be divided, nothing can: lines and matches are counted in the same pass.
        let found = match &self.found {
            Some(found) => Some(found.fork(offset)?),
            None => None,
        };
        Some(Self { lines: self.lines.fork(offset)?, found })
    }

    fn join(&mut self, next: Self) -> bool {
        // Both are joined, also when one of them says that it has had enough: they must stay at the same
        // position.
        let found = self.found.as_mut().zip(next.found).is_none_or(|(found, next)| found.join(next));
        self.lines.join(next.lines) && found
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const CASES: u32 = if cfg!(miri) { 2 } else { 3_000 };

    fn seen(needle: &[u8], limit: Limit) -> Seen {
        let found = Needle::new(needle).map(|needle| Occurrences::new(needle, 0, limit));
        Seen { lines: LineTally::new(0), found }
    }

    /// Feeds a part in pieces of those lengths, over and over, until the tally has enough.
    fn feed(seen: &mut Seen, text: &[u8], end: usize, lengths: &[usize]) {
        for length in lengths.iter().cycle() {
            let at = usize::try_from(seen.position()).unwrap_or(usize::MAX);
            if at >= end || !seen.feed(&text[at..end.min(at + length)]) {
                return;
            }
        }
    }

    /// The same text in parts, each fed to a fork of its own.
    fn in_parts(mut whole: Seen, text: &[u8], cuts: &[usize], lengths: &[usize]) -> Seen {
        let ends: Vec<usize> = cuts.iter().copied().chain([text.len()]).collect();
        feed(&mut whole, text, ends[0], lengths);
        for part in ends.windows(2).filter(|part| part[0] < part[1]) {
            let Some(mut fork) = whole.fork(part[0] as u64) else {
                feed(&mut whole, text, part[1], lengths);
                continue;
            };
            feed(&mut fork, text, part[1], lengths);
            assert!(whole.join(fork), "nothing has to wait here");
        }
        whole
    }

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![8 => Just(b'a'), 3 => Just(b'b'), 1 => Just(b'\n')];
        vec((byte, 1..4_usize), 0..40).prop_map(|runs| {
            runs.into_iter().flat_map(|(byte, times)| std::iter::repeat_n(byte, times)).collect()
        })
    }

    fn cuts(text: &[u8], cuts: &[prop::sample::Index]) -> Vec<usize> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        cuts
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: CASES,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_was_seen_in_parts_and_pieces_is_what_was_seen_at_once(
            text in texts(),
            needle in vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'\n')], 0..5),
            places in vec(any::<prop::sample::Index>(), 0..5),
            lengths in vec(1..9_usize, 1..4),
            most in 0..5_usize,
        ) {
            let mut whole = seen(&needle, Limit::Keep(most));
            whole.feed(&text);
            let parts = in_parts(seen(&needle, Limit::Keep(most)), &text, &cuts(&text, &places), &lengths);
            let answer = |seen: Seen| Scan { seen, sweep: Sweep::new(NonZeroUsize::MIN), end: 0 }.summary();
            prop_assert_eq!(answer(parts), answer(whole));
        }

        /// As a step with several threads does it: a part that has enough is the last one that counts, and
        /// what was left for later is found by the steps that follow.
        #[test]
        fn matches_that_must_wait_are_found_later_each_once(
            text in texts(),
            needle in vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'\n')], 1..5),
            places in vec(any::<prop::sample::Index>(), 0..5),
            length in 5..30_usize,
            most in 1..4_usize,
        ) {
            let Some(needle) = Needle::new(&needle) else { return Ok(()) };
            let mut whole = Occurrences::new(needle.clone(), 0, Limit::Keep(usize::MAX));
            whole.feed(&text);
            let mut found = Occurrences::new(needle, 0, Limit::Wait(most));
            let mut offsets = Vec::new();
            let cuts = cuts(&text, &places);
            while found.position() < text.len() as u64 {
                let at = usize::try_from(found.position()).unwrap_or(usize::MAX);
                let mut goes_on = true;
                let mut start = at;
                for end in cuts.iter().copied().filter(|cut| *cut > at).chain([text.len()]) {
                    let part = |tally: &mut Occurrences| {
                        text[start..end].chunks(length).all(|piece| tally.feed(piece))
                    };
                    if start == at {
                        goes_on = part(&mut found);
                    } else if let Some(mut fork) = found.fork(start as u64) {
                        part(&mut fork);
                        goes_on = goes_on && found.position() == start as u64 && found.join(fork);
                    } else {
                        goes_on = false;
                    }
                    start = end;
                }
                let step = found.take_offsets();
                prop_assert!(step.len() <= most);
                offsets.extend(step);
            }
            prop_assert_eq!(offsets, whole.offsets());
            prop_assert_eq!(found.count(), whole.count());
        }
    }
}
