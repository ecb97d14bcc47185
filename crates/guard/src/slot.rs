//! One watched range, as the handler sees it: a few words and who may touch them when. Knows no other slot,
//! no system.
//!
//! `life` is one word: a bit that says the range is watched, and a count of handlers at work on it (pins).
//! Both change by one atomic operation, so a handler either pins a live range, and its removal waits for it,
//! or finds it dead. A sequence counter beside the fields (the usual way) tells a reader afterwards that what
//! it read was torn, but not the remover that a handler is about to map there; it would need this count as
//! well, and a full fence for the two.
#![forbid(unsafe_code)]

use crate::outcome::Damage;
use crate::sync::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering, wait_until};

const LIVE: u32 = 1 << 31;
const NO_FD: i32 = -1;

/// Whole pages `start..end` that show an open file from `file_offset` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) fd: Option<i32>,
    pub(crate) file_offset: u64,
}

/// A place for one range. On its own cache line: two threads that register never wait for each other's line.
#[repr(align(64))]
pub(crate) struct Slot {
    /// This slot's place in the registry.
    pub(crate) index: u32,
    /// The registry's: while this slot is free, the next free one's index + 1, or 0.
    pub(crate) next_free: AtomicU64,
    life: AtomicU32,
    damage: AtomicU32,
    start: AtomicUsize,
    end: AtomicUsize,
    file_offset: AtomicU64,
    fd: AtomicI32,
}

impl Slot {
    pub(crate) fn new(index: u32) -> Self {
        Self {
            index,
            next_free: AtomicU64::new(0),
            life: AtomicU32::new(0),
            damage: AtomicU32::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            file_offset: AtomicU64::new(0),
            fd: AtomicI32::new(NO_FD),
        }
    }

    /// Makes the range known to handlers. Only the one who took this slot from the registry calls it.
    pub(crate) fn open(&self, range: &Range) {
        self.damage.store(0, Ordering::Relaxed);
        self.start.store(range.start, Ordering::Relaxed);
        self.end.store(range.end, Ordering::Relaxed);
        self.file_offset.store(range.file_offset, Ordering::Relaxed);
        self.fd.store(range.fd.unwrap_or(NO_FD), Ordering::Relaxed);
        // Release: who pins this life sees these fields. An addition, not a store: a handler that met the
        // dead slot may be about to take its pin back.
        self.life.fetch_or(LIVE, Ordering::Release);
    }

    /// Hides the range from handlers and waits until none is at work on it; false when one still was after
    /// the wait, and then the slot must never be used again.
    pub(crate) fn close(&self) -> bool {
        self.life.fetch_and(!LIVE, Ordering::Relaxed);
        // Acquire: what the last handler did to the pages comes before what the caller does to them.
        wait_until(|| self.life.load(Ordering::Acquire) & !LIVE == 0)
    }

    /// From now on no handler asks about the range's descriptor; false when one still did after the wait, and
    /// then the descriptor must stay open.
    pub(crate) fn forget_fd(&self) -> bool {
        self.fd.store(NO_FD, Ordering::Relaxed);
        // An addition of nothing: a handler whose pin it counts is waited for, and one that pins later takes
        // up this release, and with it the number just written.
        let pinned = self.life.fetch_add(0, Ordering::AcqRel) & !LIVE != 0;
        !pinned || wait_until(|| self.life.load(Ordering::Acquire) & !LIVE == 0)
    }

    /// Holds the range in place if it is live and `address` lies in it.
    pub(crate) fn pin(&self, address: usize) -> Option<Pin<'_>> {
        // A guess, torn if the slot is being filled. It cannot miss: the range that `address` really lies in
        // was opened before anyone could read from it.
        if !self.contains(address) {
            return None;
        }
        let life = self.life.fetch_add(1, Ordering::Acquire);
        let pin = Pin(self);
        (life & LIVE != 0 && self.contains(address)).then_some(pin)
    }

    pub(crate) fn damage(&self) -> Damage {
        Damage::from_bits(self.damage.load(Ordering::Acquire))
    }

    fn contains(&self, address: usize) -> bool {
        address >= self.start.load(Ordering::Relaxed) && address < self.end.load(Ordering::Relaxed)
    }
}

/// A live range held in place: until this is dropped, its removal waits.
pub(crate) struct Pin<'a>(&'a Slot);

impl Pin<'_> {
    pub(crate) fn range(&self) -> Range {
        let fd = self.0.fd.load(Ordering::Relaxed);
        Range {
            start: self.0.start.load(Ordering::Relaxed),
            end: self.0.end.load(Ordering::Relaxed),
            fd: (fd != NO_FD).then_some(fd),
            file_offset: self.0.file_offset.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn add_damage(&self, damage: Damage) {
        self.0.damage.fetch_or(damage.bits(), Ordering::Release);
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        // Release: pairs with the Acquire in `close`.
        self.0.life.fetch_sub(1, Ordering::Release);
    }
}
