//! Whether bytes that are read once come faster by mapping or by reading. It depends on what a page fault
//! costs on that file: with large folios in the page cache mapping is twice as fast, with small ones reading
//! is faster. Knows times, and no file.
#![forbid(unsafe_code)]

use std::time::Duration;

/// How bytes come to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Map,
    Read,
}

/// How often each way is tried before one is chosen: the first time may have been the disk's.
const TRIALS: u32 = 2;
/// One step in this many takes the other way, to notice when the page cache holds the rest of the file
/// differently.
const RETRIAL: u32 = 64;
/// The most bytes of a trial for each thread: the slower way may be three times as slow.
pub(crate) const TRIAL: u64 = 4 << 20;
/// Shorter steps say little about either way: fixed costs dominate them.
const SHORTEST: u64 = 1 << 20;

/// What either way took.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    steps: u32,
    map: Cost,
    read: Cost,
}

/// Nanoseconds a byte.
#[derive(Clone, Copy, Debug, Default)]
struct Cost(Option<f64>);

impl Pace {
    /// The way of the next step, and whether it is a trial.
    pub(crate) fn next(&mut self) -> (Way, bool) {
        let step = self.steps;
        self.steps = self.steps.wrapping_add(1);
        // `None` is less than any number in Rust's order, so an unknown cost of reading must not win.
        let faster = if self.read.0 < self.map.0 && self.read.0.is_some() { Way::Read } else { Way::Map };
        if step < 2 * TRIALS {
            // The trials alternate, so that a slow moment of the machine hits both ways.
            (if step.is_multiple_of(2) { Way::Map } else { Way::Read }, true)
        } else if step.is_multiple_of(RETRIAL) {
            (faster.other(), true)
        } else {
            (faster, false)
        }
    }

    /// A step is done.
    pub(crate) fn note(&mut self, way: Way, bytes: u64, took: Duration) {
        // The last step of a file, and a step that was full early, are often this short.
        if bytes < SHORTEST {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "no step has 2^53 bytes")]
        let cost = took.as_secs_f64() * 1e9 / bytes as f64;
        // `next` has counted this step already.
        let is_trial = self.steps <= 2 * TRIALS;
        match way {
            Way::Map => self.map.note(cost, is_trial),
            Way::Read => self.read.note(cost, is_trial),
        }
    }
}

impl Way {
    fn other(self) -> Self {
        match self {
            Self::Map => Self::Read,
            Self::Read => Self::Map,
        }
    }
}

impl Cost {
    /// Trials count by the better one; later a step moves the cost by a quarter, so that one bad moment
    /// decides nothing.
    fn note(&mut self, cost: f64, is_trial: bool) {
        self.0 = Some(match self.0 {
            None => cost,
            Some(known) if is_trial => known.min(cost),
            Some(known) => known + (cost - known) / 4.0,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file does whose steps of 32 MiB take that many milliseconds either way: how often it was read.
    fn reads(pace: &mut Pace, steps: u32, map: u64, read: u64) -> u32 {
        let mut count = 0;
        for _ in 0..steps {
            let (way, _) = pace.next();
            let took = if way == Way::Map { map } else { read };
            count += u32::from(way == Way::Read);
            pace.note(way, 32 << 20, Duration::from_millis(took));
        }
        count
    }

    #[test]
    fn the_first_step_is_mapped_and_the_faster_way_taken_from_the_fifth_on() {
        let mut pace = Pace::default();
        assert_eq!(reads(&mut pace, 1, 2, 3), 0);
        assert_eq!(reads(&mut pace, 3, 2, 3), 2);
        assert_eq!(reads(&mut pace, 60, 2, 3), 0);
        let mut pace = Pace::default();
        assert_eq!(reads(&mut pace, 64, 3, 2), 62);
    }

    #[test]
    fn a_file_that_changes_its_pace_is_found_out() {
        let mut pace = Pace::default();
        assert!(reads(&mut pace, 1000, 2, 8) < 20);
        assert!(reads(&mut pace, 1000, 8, 2) > 700);
    }

    #[test]
    fn one_slow_step_changes_nothing() {
        let mut pace = Pace::default();
        reads(&mut pace, 10, 10, 30);
        assert_eq!(pace.next().0, Way::Map);
        pace.note(Way::Map, 32 << 20, Duration::from_millis(60));
        assert_eq!(reads(&mut pace, 20, 10, 30), 0);
    }

    #[test]
    fn short_steps_tell_nothing() {
        let mut pace = Pace::default();
        for _ in 0..10 {
            let (way, _) = pace.next();
            pace.note(way, 4096, Duration::from_millis(if way == Way::Map { 9 } else { 1 }));
        }
        assert_eq!(pace.next().0, Way::Map);
    }
}
