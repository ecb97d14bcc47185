//! The threads that jobs make their turns on, and how their end comes to be known. Knows no kind of job.
//!
//! They are our own, not libuv's: a process, or a worker that is terminated, waits for libuv's before anybody
//! can be told that work is to stop. For ours nobody waits; when an environment ends, its jobs are stopped by
//! a cleanup hook.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use napi::Env;
use smmap_core::Stop;

type Turn = Box<dyn FnOnce() + Send>;

/// As many as libuv has, or one a core: jobs that wait for a disk leave others room.
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

/// Makes a turn on one of the threads, when one is free. It must not panic.
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
    if started == 0 {
        return turn();
    }
    queue.turns.lock().unwrap_or_else(PoisonError::into_inner).push_back(turn);
    queue.has_more.notify_one();
}

thread_local! {
    /// What is to be stopped when an environment of this thread ends.
    static STOPS: RefCell<HashMap<usize, Vec<Stop>>> = RefCell::default();
}

/// Stops what looks at `stop` when the environment ends.
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
