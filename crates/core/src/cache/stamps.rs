//! When which region was last used, in memory that readers in place write to: for whoever must choose among regions.
//! Knows slots and times, and nothing of order.
#![forbid(unsafe_code)]

// Hints, of which none guards anything: loom need not know them.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock, and for each of the first slots when its region was last used. All are doubles' bits, as JavaScript writes them.
#[derive(Debug)]
pub struct Stamps(Arc<[AtomicU64]>);

impl Stamps {
    /// For this many slots.
    pub(crate) fn new(slots: usize) -> Self {
        Self((0..=slots).map(|_| AtomicU64::new(0)).collect())
    }

    /// The clock first, then the slots. A reader puts the clock forward by 1 and writes what it then shows to the slot.
    #[must_use]
    pub fn cells(&self) -> &Arc<[AtomicU64]> {
        &self.0
    }

    /// Puts the clock forward; what it then shows. A step lost to another thread makes two times one, and no more.
    pub(crate) fn tick(&self) -> u64 {
        let now = self.at(0) + 1;
        self.put(0, now);
        now
    }

    /// Whether the slot has a stamp.
    pub(crate) fn has(&self, slot: usize) -> bool {
        slot + 1 < self.0.len()
    }

    /// Stamps a slot, if it has a stamp.
    pub(crate) fn stamp(&self, slot: usize, time: u64) {
        if self.has(slot) {
            self.put(slot + 1, time);
        }
    }

    /// When the slot was stamped; 0: never.
    pub(crate) fn last(&self, slot: usize) -> u64 {
        if self.has(slot) { self.at(slot + 1) } else { 0 }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a thousand million ticks a second make 2^53 in a hundred days"
    )]
    fn put(&self, index: usize, time: u64) {
        self.0[index].store((time as f64).to_bits(), Ordering::Relaxed);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 on")]
    fn at(&self, index: usize) -> u64 {
        f64::from_bits(self.0[index].load(Ordering::Relaxed)) as u64
    }
}
