//! What a reader that asks nobody and the cache tell each other, in memory they share: when it last read which region, for
//! whoever must choose among regions; and how many have left the cache. Knows slots and times, and nothing of order.
#![forbid(unsafe_code)]

// Hints, of which none guards anything: loom need not know them.
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock, for each of the first slots when it was last stamped, and how many regions left. All are doubles' bits, as
/// JavaScript writes them.
#[derive(Debug)]
pub struct Stamps(Box<[AtomicU64]>);

impl Stamps {
    /// So many slots can be stamped. More regions than that are found by asking.
    pub const SLOTS: usize = 1024;

    pub(crate) fn new() -> Self {
        Self((0..Self::SLOTS + 2).map(|_| AtomicU64::new(0)).collect())
    }

    /// The clock first, then the slots, then the regions that left. A reader puts the clock forward by 1 and writes what it then shows.
    #[must_use]
    pub fn cells(&self) -> &[AtomicU64] {
        &self.0
    }

    /// Puts the clock forward; what it then shows. A step lost to another thread makes two times one, and no more.
    pub(crate) fn tick(&self) -> u64 {
        self.add(0)
    }

    /// A region has left the cache: its reader is to ask which.
    pub(crate) fn count_removal(&self) {
        self.add(Self::SLOTS + 1);
    }

    fn add(&self, index: usize) -> u64 {
        let now = self.at(index) + 1;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a thousand million ticks a second make 2^53 in a hundred days"
        )]
        self.0[index].store((now as f64).to_bits(), Ordering::Relaxed);
        now
    }

    /// When the slot was stamped; 0: never.
    pub(crate) fn last(&self, slot: usize) -> u64 {
        if slot < Self::SLOTS { self.at(slot + 1) } else { 0 }
    }

    /// The slots stamped after `since`, with when.
    pub(crate) fn after(&self, since: u64) -> impl Iterator<Item = (u64, usize)> {
        (0..Self::SLOTS).map(|slot| (self.at(slot + 1), slot)).filter(move |(time, _)| *time > since)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 on")]
    fn at(&self, index: usize) -> u64 {
        f64::from_bits(self.0[index].load(Ordering::Relaxed)) as u64
    }
}
