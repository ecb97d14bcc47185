//! One scan over a range of a file, step by step: mapped or read, whichever is faster on this file, and by as
//! many threads as are wanted. Knows nothing of what is looked for.
//!
//! The idea: a step is a range of bytes within one window. It is cut into parts of equal size, one a thread,
//! and each thread feeds its part, block by block, to a tally of its own. Joining the tallies in the file's
//! order gives what one thread would have got, so the number of threads changes nothing but the time.
//!
//! ```text
//! window   |──────────────────────────────────────────────────────────────|
//! step       [ part 1: the tally | part 2: a fork | part 3: a fork ]        at most 32 MiB a thread
//! blocks     ■■■■■■■■■■■→          ■■■■■■■■■→       ■■■■■■■■■■■→            fed at the same time
//! join       the tally  ◄───────── fork 2   ◄────── fork 3                  in this order
//! ```
//!
//! If a tally has enough before its part ends, the parts after it are dropped, and the next step scans them
//! again.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;
use std::time::Instant;

use crate::cache::region::Region;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::{Mapped, Mapper};
use crate::run::pace::{Pace, TRIAL, Way};
use crate::run::pass::STEP;
use crate::run::stop::Stop;
use crate::run::tally::Tally;
use crate::run::threads::Threads;
use crate::window::Window;

/// Bytes handed to the tally at once: few enough to stay in the processor's second-level cache, so that a
/// tally that reads them twice (lines, then matches) reads them from there.
const BLOCK: usize = 128 << 10;

/// A scan in progress, and what it has learnt about the file.
#[derive(Debug)]
pub(crate) struct Sweep {
    threads: Threads,
    pace: Pace,
    /// The last step filled its results early. The next one uses a single thread; the others would scan for
    /// nothing.
    is_dense: bool,
}

impl Sweep {
    pub(crate) fn new(threads: NonZeroUsize) -> Self {
        Self { threads: Threads::new(threads), pace: Pace::default(), is_dense: false }
    }

    /// Another number of bytes that a thread is woken for.
    pub(crate) fn set_least_part(&mut self, bytes: NonZeroUsize) {
        self.threads.least_part = bytes.get();
    }

    /// Whether several threads are wanted.
    pub(crate) fn is_shared(&self) -> bool {
        self.threads.wanted() > 1
    }

    /// Does the next step, at most up to `end`: within a window, and no more than a few milliseconds of work.
    ///
    /// # Errors
    /// As [`Cursor::use_region`], [`Cursor::read_at`] and [`Cursor::confirm`]: the tally may then have seen
    /// bytes that are not the file's. [`Error::Stopped`].
    pub(crate) fn step<M: Mapper, T: Tally>(
        &mut self,
        cursor: &mut Cursor<M>,
        tally: &mut T,
        end: u64,
        stop: &Stop,
    ) -> Result<(), Error> {
        // The results of the last step were full before its end, so parts after the first would be scanned
        // for nothing. One thread is enough then.
        let threads = (!self.is_dense).then_some(&self.threads);
        let count = threads.map_or(1, Threads::count);
        let start = tally.position();
        // A step stays within one window: its region is the only one that is held, and nothing is held
        // between steps.
        let most = cursor.window_at(start).end() - start;
        let is_read = cursor.avoids_maps();
        let (way, is_trial) = if is_read { (Way::Read, false) } else { cursor.sweep_way(&mut self.pace) };
        // A trial of the slower way is kept short, because it may be three times as slow.
        let share = if is_trial { TRIAL } else { STEP };
        let range = Window::new(start, (end - start).min(most).min(share * count as u64));
        let started = Instant::now();
        match way {
            Way::Map => {
                cursor.use_region(start, range.size)?;
                if let Some(region) = cursor.region() {
                    // The region is mapped once, by this thread; the others only read the bytes, which need
                    // no lock.
                    in_parts(tally, range, threads, |tally, part| over_region(tally, region, part, stop))?;
                }
                // Only now is it certain that the bytes were the file's: where it was cut, the guard has put
                // zeros, and this is an error.
                cursor.confirm()?;
                cursor.unuse_region();
            }
            Way::Read => in_parts(tally, range, threads, |tally, part| over_file(tally, cursor, part, stop))?,
        }
        let done = tally.position() - start;
        // A tally stops early when its results are full.
        self.is_dense = done < range.size;
        self.pace.note(way, done, started.elapsed());
        Ok(())
    }
}

/// Lets each thread do a part of the range, and joins the results in the file's order.
fn in_parts<T: Tally>(
    tally: &mut T,
    range: Window,
    threads: Option<&Threads>,
    go: impl Fn(&mut T, Window) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let Some(threads) = threads else { return go(tally, range) };
    let size = range.size.div_ceil(threads.count() as u64).max(threads.least_part as u64);
    let starts = (range.offset + size..range.end()).step_by(usize::try_from(size).unwrap_or(usize::MAX));
    // A tally that cannot be divided (a pattern that may overlap itself) forks to `None`, and one thread does
    // it all.
    let forks: Option<Vec<T>> = starts.map(|start| tally.fork(start)).collect();
    // No fork either where the step is too short to be worth waking a thread for.
    let Some(forks) = forks.filter(|forks| !forks.is_empty()) else { return go(tally, range) };
    let starts: Vec<u64> = forks.iter().map(Tally::position).collect();
    let work = |mut fork: T| {
        let start = fork.position();
        go(&mut fork, Window::between(start, (start + size).min(range.end()))).map(|()| fork)
    };
    // The first part belongs to the tally itself, on this thread; the forks begin at later offsets, on the
    // others.
    let (first, others) = threads.beside(|| go(tally, Window::new(range.offset, size)), forks, work);
    first?;
    let mut goes_on = true;
    for (start, fork) in starts.into_iter().zip(others) {
        let fork = fork?;
        // A part counts only if everything before it was complete: the tally must have come exactly to its
        // start. After a gap the other forks are dropped, and the next step scans those bytes again.
        goes_on = goes_on && tally.position() == start && tally.join(fork);
    }
    Ok(())
}

fn over_region<T: Tally, P: Mapped>(
    tally: &mut T,
    region: &Region<P>,
    part: Window,
    stop: &Stop,
) -> Result<(), Error> {
    // Mapped bytes are divided too, although they are at hand: between two blocks the work can be stopped.
    for block in region.part(part).unwrap_or_default().chunks(BLOCK) {
        stop.check()?;
        if !tally.feed(block) {
            break;
        }
    }
    Ok(())
}

fn over_file<M: Mapper, T: Tally>(
    tally: &mut T,
    cursor: &Cursor<M>,
    part: Window,
    stop: &Stop,
) -> Result<(), Error> {
    let mut block = vec![0; BLOCK.min(usize::try_from(part.size).unwrap_or(usize::MAX))];
    while tally.position() < part.end() {
        stop.check()?;
        let rest = usize::try_from(part.end() - tally.position()).unwrap_or(usize::MAX);
        let size = rest.min(block.len());
        // A read may be short; the position says where to go on. 0 means that the file ends here by now.
        let read = cursor.read_at(&mut block[..size], tally.position())?;
        if read == 0 || !tally.feed(&block[..read]) {
            break;
        }
    }
    Ok(())
}
