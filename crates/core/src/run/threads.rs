//! Several threads that share one piece of work. They are kept from step to step: a thread started for each
//! step often lands on the core of the thread that started it and waits there for the whole step (1.8 ms),
//! while another core is idle. Knows no kind of work.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Waking a thread is not worth it for fewer bytes.
pub(crate) const LEAST_PART: usize = 1 << 20;

/// Starts `count` threads, which wait for work. `None` if that is 0, or the system refuses.
pub(crate) fn start(count: usize) -> Option<ThreadPool> {
    if count == 0 { None } else { ThreadPoolBuilder::new().num_threads(count).build().ok() }
}

/// The calling thread, and as many others as are wanted.
#[derive(Debug)]
pub(crate) struct Threads {
    wanted: NonZeroUsize,
    /// The others, started when first needed. `None` if none are wanted, or the system refused.
    others: OnceLock<Option<ThreadPool>>,
    /// No part has fewer bytes.
    pub(crate) least_part: usize,
}

impl Threads {
    pub(crate) fn new(wanted: NonZeroUsize) -> Self {
        Self { wanted, others: OnceLock::new(), least_part: LEAST_PART }
    }

    /// How many were asked for. There may be fewer.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted.get()
    }

    /// How many work at once.
    pub(crate) fn count(&self) -> usize {
        self.others().map_or(1, |others| others.current_num_threads() + 1)
    }

    fn others(&self) -> Option<&ThreadPool> {
        self.others.get_or_init(|| start(self.wanted.get() - 1)).as_ref()
    }

    /// Calls `first` on this thread and, at the same time, `work` with each part on the others. Returns the
    /// results in the order of the parts.
    pub(crate) fn beside<A, P: Send, T: Send>(
        &self,
        first: impl FnOnce() -> A,
        parts: Vec<P>,
        work: impl Fn(P) -> T + Sync,
    ) -> (A, Vec<T>) {
        // No other thread is wanted, or the system refused to start one: this thread does all parts in order.
        let Some(others) = self.others().filter(|_| !parts.is_empty()) else {
            return (first(), parts.into_iter().map(work).collect());
        };
        let mut made: Vec<Option<T>> = parts.iter().map(|_| None).collect();
        let work = &work;
        // `in_place_scope` runs its closure on this thread, so the calling thread works too instead of
        // waiting; it returns when every spawned part is done, which is why the parts may borrow.
        let first = others.in_place_scope(|scope| {
            for (part, made) in parts.into_iter().zip(&mut made) {
                scope.spawn(move |_| *made = Some(work(part)));
            }
            first()
        });
        // Every part was made: a panic of one has ended the scope with that panic.
        (first, made.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    const FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

    #[test]
    fn parts_are_made_at_once_and_come_in_order() {
        let threads = Threads::new(FOUR);
        assert_eq!(threads.count(), 4);
        let barrier = std::sync::Barrier::new(4);
        let wait = |part| (barrier.wait(), part, thread::current().id()).1;
        assert_eq!(threads.beside(|| wait(0), vec![1, 2, 3], wait), (0, vec![1, 2, 3]));
    }

    #[test]
    fn one_thread_does_all_parts() {
        let threads = Threads::new(NonZeroUsize::MIN);
        assert_eq!(threads.count(), 1);
        let here = || thread::current().id();
        assert_eq!(threads.beside(here, vec![(), ()], |()| here()), (here(), vec![here(); 2]));
    }

    #[test]
    fn the_same_threads_are_there_for_the_next_step() {
        let threads = Threads::new(NonZeroUsize::MIN.saturating_add(1));
        let step = || threads.beside(|| (), vec![()], |()| thread::current().id()).1;
        assert_eq!(step(), step());
    }

    #[test]
    fn a_panic_comes_back_to_who_asked_and_the_threads_stay() {
        let threads = Threads::new(FOUR);
        let step = |part| threads.beside(|| 0, vec![part, 1], |part| 6 / part).1;
        assert!(catch_unwind(AssertUnwindSafe(|| step(0))).is_err());
        assert_eq!(step(2), [3, 6]);
    }
}
