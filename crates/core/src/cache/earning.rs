//! How often windows were read without a map, and whether that is reason enough to map them. Knows numbers
//! only.
#![forbid(unsafe_code)]

use crate::window::Window;

/// How the bytes of a file are reached where either way would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// A window is read until it has earned a map; a pass over a file takes what is faster.
    #[default]
    Auto,
    /// Always by the map.
    Map,
    /// Never by the map.
    Read,
}

/// After this many reads a window has earned a map, because the reads have cost as much as mapping it does.
/// (A map, its first pages and its end take 11–15 µs, a read 0.6–0.8.) Whatever comes next, the sum is at
/// most twice the least possible.
const ENOUGH: usize = 16;

/// How many windows are counted at once; a power of two.
const MOST: usize = 1 << BITS;
const BITS: u32 = 12;

/// A file's number, never 0, and a window in it.
pub(crate) type FileWindow = (u64, u64);

/// When a window was read: the reads before the latest, the oldest first; 0 where there were fewer.
type Reads = [u64; ENOUGH - 1];

/// Where a file is not mapped (start and end), and how many regions had ever been made when that was seen.
type Free = (u64, u64, u64);

/// When windows were read, on the caller's clock: a direct-mapped table.
///
/// A window is counted in the one entry that its hash names. Two windows with the same entry compete for it:
/// each read of the one counted there makes the entry stronger, each read of the other makes it weaker, and a
/// window that finds the entry without strength takes it over. So if two are read alternately, first one gets
/// its map, then the other. A read looks at one entry. A list of windows in the order of their reads took
/// 110 ns more.
#[derive(Debug, Default)]
pub(crate) struct Earning {
    /// Empty until the first read: most managers never need it.
    entries: Vec<Entry>,
}

/// What is counted here, its strength, its reads, and where its file is not mapped. A tuple, not a struct:
/// `vec!` makes a table of tuples of zeros without touching its memory.
type Entry = (FileWindow, u64, Reads, Free);

/// An entry that counts no window: no file has the number 0.
const EMPTY: Entry = ((0, 0), 0, [0; ENOUGH - 1], (0, 0, 0));

impl Earning {
    /// Whether it is known that no region has any byte of `needed`. `arrivals`: how many regions have ever
    /// been made.
    pub(crate) fn is_free(&self, window: FileWindow, needed: Window, arrivals: u64) -> bool {
        let entry = self.entries.get(index(window)).filter(|entry| entry.0 == window);
        entry.is_some_and(|(.., (start, end, seen))| {
            *seen == arrivals && *start <= needed.offset && needed.end() <= *end
        })
    }

    /// Notes that no region has any byte from `start` to `end`, if the window is counted here.
    pub(crate) fn note_free(&mut self, window: FileWindow, (start, end): (u64, u64), arrivals: u64) {
        if let Some(entry) = self.entries.get_mut(index(window)).filter(|entry| entry.0 == window) {
            entry.3 = (start, end, arrivals);
        }
    }

    /// Counts a read, and returns when the 16th read before it was. The window has earned a map if the region
    /// that would go for it was last used before that. 0: it was not read often enough.
    pub(crate) fn read(&mut self, window: FileWindow, now: u64) -> u64 {
        // 672 KiB of zeros, on pages that the system gives only when they are written to.
        if self.entries.is_empty() {
            self.entries = vec![EMPTY; MOST];
        }
        let (counted, strength, reads, free) = &mut self.entries[index(window)];
        if *counted != window {
            // The window counted here stays, weakened, and keeps its reads: if a collision cleared them, two
            // hot windows would keep each other from ever earning a map.
            if *strength > 0 {
                *strength -= 1;
                return 0;
            }
            (*counted, *reads, *free) = (window, Reads::default(), Free::default());
        }
        *strength = (*strength + 1).min(ENOUGH as u64);
        let since = reads[0];
        reads.copy_within(1.., 0);
        reads[ENOUGH - 2] = now;
        since
    }

    /// The window is mapped now: should it be unmapped, it starts at 0.
    pub(crate) fn forget(&mut self, window: FileWindow) {
        if let Some(entry) = self.entries.get_mut(index(window)).filter(|entry| entry.0 == window) {
            *entry = EMPTY;
        }
    }
}

/// Fibonacci hashing: multiples of the golden ratio are spread evenly, so up to some 1,800 consecutive
/// windows of a file have an entry each.
fn index((file, window): FileWindow) -> usize {
    let key = window.wrapping_add(file.wrapping_mul(0xd6e8_feb8_6659_fd93));
    // 2^64 divided by the golden ratio; the highest bits of the product are the best mixed.
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of files, some of which have the same entry.
    fn windows() -> Vec<FileWindow> {
        let first = index((1, 0));
        let same = (1..).map(|window| (2, window)).filter(|window| index(*window) == first);
        (0..4).map(|window| (1, window)).chain(same.take(3)).collect()
    }

    #[test]
    fn what_is_counted_is_counted_exactly_and_what_is_not_has_earned_nothing() {
        let (mut earning, windows) = (Earning::default(), windows());
        let mut reads: Vec<Vec<u64>> = vec![Vec::new(); windows.len()];
        let (mut state, mut earned) = (1_u64, 0);
        for now in 1..100_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let which = (state >> 33) as usize % windows.len();
            reads[which].push(now);
            let since = earning.read(windows[which], now);
            let exact = reads[which].len().checked_sub(ENOUGH).map_or(0, |nth| reads[which][nth]);
            assert!(since == 0 || since == exact);
            earned += usize::from(since > 0);
            if since > 0 && state % 4 == 0 {
                earning.forget(windows[which]);
                reads[which].clear();
            }
        }
        assert!(earned > 5_000, "{earned}");
    }

    #[test]
    fn windows_with_one_entry_earn_their_maps_one_after_the_other() {
        let mut earning = Earning::default();
        let mut left: Vec<FileWindow> =
            windows().into_iter().filter(|window| index(*window) == index((1, 0))).collect();
        left.truncate(2);
        for now in 1..200 {
            left.retain(|window| {
                let has_earned = earning.read(*window, now) > 0;
                if has_earned {
                    earning.forget(*window);
                }
                !has_earned
            });
        }
        assert!(left.is_empty());
    }

    #[test]
    fn windows_that_follow_each_other_have_an_entry_each() {
        let entries: std::collections::HashSet<usize> = (0..1_800).map(|window| index((7, window))).collect();
        assert_eq!(entries.len(), 1_800);
    }
}
