//! How often windows were read without a map, and whether that is reason enough to map them. Knows numbers only.
#![forbid(unsafe_code)]

use lru::LruCache;

/// How the bytes of a file are reached where either way would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// A window is read until it has earned a map; what is gone over once, by what is faster.
    #[default]
    Auto,
    /// Always by the map.
    Map,
    /// Never by the map.
    Read,
}

/// So many reads of a window earn it a map: by then they have cost what mapping it does. (A map, its first pages and
/// its end take 11–15 µs, a read 0.6–0.8.) Whatever comes next, the sum is at most twice the least possible.
const ENOUGH: usize = 16;

/// So many windows are counted at once; of more, those read longest ago are forgotten.
const MOST: usize = 4096;

/// A file and a place in it, as its windows are counted.
pub(crate) type Place = (u64, u64);

/// When windows were read, on the caller's clock.
#[derive(Debug)]
pub(crate) struct Earning(LruCache<Place, Reads>);

impl Earning {
    pub(crate) fn new() -> Self {
        Self(LruCache::unbounded())
    }

    /// Counts a read. The window has earned a map if nothing that would go for it was used after the time returned; 0: it
    /// was not read often enough.
    pub(crate) fn read(&mut self, place: Place, now: u64) -> u64 {
        let reads = self.0.get_or_insert_mut(place, Reads::default);
        reads.times[reads.next] = now;
        reads.next = (reads.next + 1) % ENOUGH;
        let since = reads.times[reads.next];
        if self.0.len() > MOST {
            self.0.pop_lru();
        }
        since
    }

    /// The window is mapped now: should it be unmapped, it starts anew.
    pub(crate) fn forget(&mut self, place: Place) {
        self.0.pop(&place);
    }
}

/// The times of a window's last reads, as a ring; 0 where there were not so many.
#[derive(Debug, Default)]
struct Reads {
    times: [u64; ENOUGH],
    next: usize,
}
