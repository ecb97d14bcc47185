//! The matches of some bytes, without overlaps: all are counted, the first ones kept. The bytes searched come
//! piece by piece, or in parts for several threads. Knows no file.
//!
//! The idea: each thread searches its part as if it were alone, and remembers the part's first bytes (the
//! head). Joining two parts searches only the border, the tail of one and the head of the next, for a match
//! across it. That is the whole answer only if a match across the border cannot take away one that the next
//! part counted: so a needle that may overlap itself (`abab`) is searched by one thread.
#![forbid(unsafe_code)]

use crate::run::tally::Tally;
use crate::search::needle::Needle;

/// A longer needle counts as one that overlaps itself: the check takes the square of its length.
const LONGEST_CHECKED: usize = 1 << 10;

/// What was found up to a position.
#[derive(Clone, Debug)]
pub(crate) struct Occurrences {
    needle: Needle,
    /// All bytes before it have been searched.
    position: u64,
    /// Where the next match may begin: after the last one.
    resume: u64,
    count: u64,
    offsets: Vec<u64>,
    limit: Limit,
    /// A fork's first bytes: a match that begins in the part before may end in them.
    head: Option<Vec<u8>>,
}

/// What happens to the matches after the first few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// They are counted.
    Keep(usize),
    /// They are left for later: the search waits until the offsets are [taken](Occurrences::take_offsets).
    Wait(usize),
}

impl Occurrences {
    /// A search from `offset` on that has found nothing yet.
    pub(crate) fn new(needle: Needle, offset: u64, limit: Limit) -> Self {
        Self { needle, position: offset, resume: offset, count: 0, offsets: Vec::new(), limit, head: None }
    }

    /// The needle's length in bytes.
    pub(crate) fn needle_len(&self) -> usize {
        self.needle.len()
    }

    /// All that were found.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Where those that were kept begin.
    pub(crate) fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// Takes the offsets out, which makes room for more.
    pub(crate) fn take_offsets(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.offsets)
    }

    /// The offset up to which every match has been found.
    pub(crate) fn reached(&self) -> u64 {
        self.position.max(self.resume)
    }

    fn room(&self) -> usize {
        match self.limit {
            Limit::Keep(_) => usize::MAX,
            Limit::Wait(most) => most - self.offsets.len(),
        }
    }

    fn add(&mut self, offsets: &[u64], count: u64) {
        let (Limit::Keep(most) | Limit::Wait(most)) = self.limit;
        // With `Keep` the count goes on after the offsets are full.
        let kept = (most - self.offsets.len()).min(offsets.len());
        self.offsets.extend_from_slice(&offsets[..kept]);
        self.count += count;
        if let Some(last) = offsets.last() {
            // Matches do not overlap: the next one begins after this one, which may be in a later piece.
            self.resume = last + self.needle.len() as u64;
        }
    }

    fn remember_head(&mut self, piece: &[u8]) {
        // A match across the border has at least one byte before it, so the head needs one byte less than the
        // needle.
        let wanted = self.needle.len() - 1;
        if let Some(head) = &mut self.head {
            let missing = wanted.saturating_sub(head.len()).min(piece.len());
            head.extend_from_slice(&piece[..missing]);
        }
    }
}

impl Tally for Occurrences {
    fn position(&self) -> u64 {
        self.position
    }

    fn feed(&mut self, piece: &[u8]) -> bool {
        self.remember_head(piece);
        while self.room() > 0 {
            if let Some(at) = self.needle.find(piece, self.position, self.resume) {
                self.add(&[at], 1);
            } else {
                // Nothing more in this piece: its end is kept, because a match may begin there and end in the
                // next.
                self.needle.leave(piece);
                self.position += piece.len() as u64;
                return true;
            }
        }
        false
    }

    /// `None` for a needle that may overlap itself: which of its matches count depends on all those before.
    fn fork(&self, offset: u64) -> Option<Self> {
        let needle = self.needle.fresh();
        let can_fork = needle.len() <= LONGEST_CHECKED && !needle.overlaps_itself();
        can_fork.then(|| Self { head: Some(Vec::new()), ..Self::new(needle, offset, self.limit) })
    }

    fn join(&mut self, next: Self) -> bool {
        let head = next.head.unwrap_or_default();
        // At most one match can lie across the border, because the needle does not overlap itself.
        if let Some(across) = self.needle.find(&head, self.position, self.resume) {
            if self.room() == 0 {
                return false;
            }
            self.add(&[across], 1);
        }
        // The report is full within this part. What comes after is searched again by the next step.
        if next.offsets.len() > self.room() {
            let room = self.room();
            self.add(&next.offsets[..room], room as u64);
            return false;
        }
        self.add(&next.offsets, next.count);
        if next.count > 0 {
            self.resume = next.resume;
        }
        // An empty part changes nothing.
        if next.position > self.position {
            self.needle.leave(&head);
            self.needle.follow(next.needle);
            self.position = next.position;
        }
        true
    }
}
