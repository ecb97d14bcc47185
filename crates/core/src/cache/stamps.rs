//! When each region was last used, in memory that readers in place write to. Knows slots and times, and
//! nothing of order.
#![forbid(unsafe_code)]

// Hints; no other memory depends on them. So loom need not know them, and `Relaxed` is enough.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many cells a block of stamps has.
pub const STAMPS_A_BLOCK: usize = 64;

/// Cells that readers in place write to: the bits of doubles.
pub type StampBlock = Arc<[AtomicU64]>;

/// How far the clock goes at a use that the cache sees.
pub const ROUND: u64 = 1024;

/// A clock, and for each slot when its region was last used: cell 0 is the clock, cell
/// `STAMPS_A_BLOCK + slot` the slot's. The cells lie in blocks that are added as slots come and never move,
/// since readers keep them. The clock has a block to itself, so that threads that only look at it do not wait
/// for those that write stamps.
///
/// A reader in place has a clock of its own. At each use it adds 1 to the later of the two clocks, which is
/// its new time, and writes it to the slot's cell. So the uses of one thread are in order, those that the
/// cache sees too, and a thread writes mostly to memory that no other thread writes to. When it is a round
/// ahead it sets the shared clock to its time. (With one clock for all, two threads read 1.80 times as fast
/// as one; with a manager each 2.00 times.)
#[derive(Debug)]
pub(crate) struct Stamps(Vec<StampBlock>);

impl Stamps {
    pub(crate) fn new() -> Self {
        Self(vec![block()])
    }

    /// The cells from `STAMPS_A_BLOCK * index` on; `None` if no slot has a cell there.
    pub(crate) fn block(&self, index: usize) -> Option<&StampBlock> {
        self.0.get(index)
    }

    /// Adds a round to the clock, and returns its time.
    pub(crate) fn tick(&self) -> u64 {
        // A load and a store, not `fetch_add`: readers in place write the same cell without atomics, and a
        // tick lost to another thread only gives two uses the same time.
        let now = self.at(0) + ROUND;
        self.put(0, now);
        now
    }

    /// Stamps a slot.
    pub(crate) fn stamp(&mut self, slot: usize, time: u64) {
        while self.0.len() * STAMPS_A_BLOCK <= cell_of(slot) {
            self.0.push(block());
        }
        self.put(cell_of(slot), time);
    }

    /// When the slot was stamped; 0: never.
    pub(crate) fn last(&self, slot: usize) -> u64 {
        self.at(cell_of(slot))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a million uses a second that the cache sees make 2^53 in a hundred days"
    )]
    fn put(&self, index: usize, time: u64) {
        if let Some(cell) = self.cell(index) {
            // A double's bits: a `Float64Array` is what readers can write to without a conversion.
            cell.store((time as f64).to_bits(), Ordering::Relaxed);
        }
    }

    fn at(&self, index: usize) -> u64 {
        self.cell(index).map_or(0, whole)
    }

    fn cell(&self, index: usize) -> Option<&AtomicU64> {
        self.0.get(index / STAMPS_A_BLOCK)?.get(index % STAMPS_A_BLOCK)
    }
}

fn cell_of(slot: usize) -> usize {
    STAMPS_A_BLOCK + slot
}

/// The whole number in a cell.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 on")]
pub(crate) fn whole(cell: &AtomicU64) -> u64 {
    f64::from_bits(cell.load(Ordering::Relaxed)) as u64
}

fn block() -> StampBlock {
    (0..STAMPS_A_BLOCK).map(|_| AtomicU64::new(0)).collect()
}
