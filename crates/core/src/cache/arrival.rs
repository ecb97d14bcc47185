//! A value that one thread brings while others may wait for it. Does not know what the value is.
#![forbid(unsafe_code)]

// Set once, under a lock that loom knows: loom need not know it as well.
use std::sync::OnceLock;

use crate::sync::{Condvar, Mutex, lock, wait};

/// Empty until its value is brought. Looking at it takes no lock.
#[derive(Debug)]
pub(crate) struct Arrival<T> {
    value: OnceLock<T>,
    queue: Mutex<Queue>,
    is_over: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    is_over: bool,
    /// How many threads wait: with none, ending the wait makes no system call.
    waiting: usize,
}

impl<T> Arrival<T> {
    pub(crate) fn new() -> Self {
        Self { value: OnceLock::new(), queue: Mutex::default(), is_over: Condvar::new() }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Brings the value, once. Those who wait go on waiting until [`Arrival::end`].
    pub(crate) fn bring(&self, value: T) {
        let _ = self.value.set(value);
    }

    /// Nobody waits from now on, whether or not the value was brought.
    pub(crate) fn end(&self) {
        let mut queue = lock(&self.queue);
        queue.is_over = true;
        if queue.waiting > 0 {
            self.is_over.notify_all();
        }
    }

    /// Returns after [`Arrival::end`].
    pub(crate) fn wait(&self) {
        let mut queue = lock(&self.queue);
        queue.waiting += 1;
        // A condition variable may wake its waiters for no reason (`std::sync::Condvar::wait`).
        while !queue.is_over {
            queue = wait(&self.is_over, queue);
        }
        queue.waiting -= 1;
    }
}
