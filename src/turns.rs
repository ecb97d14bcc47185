//! The threads that do the turns of jobs, and how they learn that an environment ends. Knows no kind of job.
//!
//! They are our own, not libuv's: a process or a worker that ends waits for libuv's threads, before any hook
//! could stop their work. It does not wait for ours; when an environment ends, a cleanup hook stops its jobs.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use napi::Env;
use smmap_core::Stop;

type Turn = Box<dyn FnOnce() + Send>;

/// As many as libuv has, or one a core if that is more, so that jobs that wait for a disk leave threads free.
const LEAST: usize = 4;

/// Turns that no thread has taken yet.
#[derive(Default)]
struct Queue {
    turns: Mutex<VecDeque<Turn>>,
    has_more: Condvar,
}

impl Queue {
    fn work(&self) {
        loop {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = loop {
                match turns.pop_front() {
                    Some(turn) => break turn,
                    None => turns = self.has_more.wait(turns).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(turns);
            turn();
        }
    }
}

/// Does a turn on one of the threads, when one is free. It must not panic.
pub(crate) fn make(turn: Turn) {
    static QUEUE: OnceLock<Queue> = OnceLock::new();
    static STARTED: OnceLock<usize> = OnceLock::new();
    let queue = QUEUE.get_or_init(Queue::default);
    let started = *STARTED.get_or_init(|| {
        let count = thread::available_parallelism().map_or(LEAST, |cores| cores.get().max(LEAST));
        let start = |number: &usize| {
            let name = format!("smmap-job-{number}");
            thread::Builder::new().name(name).spawn(|| queue.work()).is_ok()
        };
        (0..count).filter(start).count()
    });
    // The system gives no thread: the caller's own has to do.
    if started == 0 {
        return turn();
    }
    queue.turns.lock().unwrap_or_else(PoisonError::into_inner).push_back(turn);
    queue.has_more.notify_one();
}

thread_local! {
    /// The stops to set when an environment of this thread ends.
    static STOPS: RefCell<HashMap<usize, Vec<Stop>>> = RefCell::default();
}

/// Sets `stop` when the environment ends.
pub(crate) fn stop_at_end(env: &Env, stop: &Stop) -> napi::Result<()> {
    let key = env.raw() as usize;
    let is_known = STOPS.with_borrow_mut(|stops| {
        let is_known = stops.contains_key(&key);
        let stops = stops.entry(key).or_default();
        stops.retain(|stop| !stop.is_stopped());
        stops.push(stop.clone());
        is_known
    });
    if !is_known {
        env.add_env_cleanup_hook(key, |key| {
            let stops = STOPS.with_borrow_mut(|stops| stops.remove(&key));
            stops.into_iter().flatten().for_each(|stop| stop.stop());
        })?;
    }
    Ok(())
}
