//! What one reader counts of its lone reads. Knows no cache.
#![forbid(unsafe_code)]

// Counts that guard nothing: loom need not know them.
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cache::earning::Earning;
use crate::cache::stamps::whole;
use crate::sync::{Mutex, MutexGuard, lock};

/// What one reader knows of its lone reads. Each viewer has its own, so that threads that read one file do
/// not wait for each other: with the counts behind the manager's lock, two threads were no faster than one.
// No two in one cache line.
#[repr(align(64))]
#[derive(Debug, Default)]
pub(crate) struct LoneReads {
    /// Its viewer's: see `Sign`.
    board: std::sync::Arc<[AtomicU64]>,
    made: AtomicU64,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
pub(super) struct Counted {
    windows: Earning,
    /// Those of files of one window, apart: otherwise ten thousand small files that are read once each would
    /// push out the counts of all windows.
    files: Earning,
    /// Lower bound for when the next eviction victim was last used.
    victims_use: u64,
}

impl LoneReads {
    pub(super) fn of(board: &std::sync::Arc<[AtomicU64]>) -> Self {
        Self { board: std::sync::Arc::clone(board), ..Self::default() }
    }

    /// When the reader last used a region in place.
    pub(super) fn last_use(&self) -> u64 {
        let time = self.board.len().checked_sub(3).and_then(|index| self.board.get(index));
        time.map_or(0, whole)
    }

    pub(super) fn counted(&self) -> MutexGuard<'_, Counted> {
        lock(&self.counted)
    }

    pub(super) fn add(&self, count: u64) {
        self.made.fetch_add(count, Ordering::Relaxed);
    }

    /// How many there were.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl Counted {
    /// The table for a file, and the lower bound.
    pub(super) fn of(&mut self, is_one_window: bool) -> (&mut Earning, &mut u64) {
        let table = if is_one_window { &mut self.files } else { &mut self.windows };
        (table, &mut self.victims_use)
    }
}
