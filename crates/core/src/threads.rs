//! Several threads at the parts of one work, each started for its part. Knows no kind of work.
#![forbid(unsafe_code)]

use std::thread;

/// A thread is not worth its start for fewer bytes.
pub(crate) const LEAST_PART: usize = 1 << 20;

/// What `first` makes on this thread, and what `work` makes of each part meanwhile on a thread of its own, in order; `None`
/// where the system had no thread to give.
pub(crate) fn beside<A, P: Send, T: Send>(
    first: impl FnOnce() -> A,
    parts: Vec<P>,
    work: impl Fn(P) -> T + Sync,
) -> (A, Vec<Option<T>>) {
    let work = &work;
    thread::scope(|scope| {
        let spawn = |part| thread::Builder::new().spawn_scoped(scope, move || work(part)).ok();
        let workers: Vec<_> = parts.into_iter().map(spawn).collect();
        let made = first();
        let join = |worker: thread::ScopedJoinHandle<'_, T>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        (made, workers.into_iter().map(|worker| worker.map(join)).collect())
    })
}
