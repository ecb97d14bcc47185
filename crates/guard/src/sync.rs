//! Atomics and waiting: std's, or loom's when loom tests the registry. Knows nothing of what they guard.
#![forbid(unsafe_code)]

#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

#[cfg(all(loom, test))]
pub(crate) use loom::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A repair takes some 10 µs; ten thousand times that is a thread that will not come back.
#[cfg(not(all(loom, test)))]
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(100);

/// Waits until `done`; false when it was not done after 100 ms.
#[cfg(not(all(loom, test)))]
pub(crate) fn wait_until(done: impl Fn() -> bool) -> bool {
    if done() {
        return true;
    }
    let start = std::time::Instant::now();
    while !done() {
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// Loom knows no time: waits until `done`.
#[cfg(all(loom, test))]
pub(crate) fn wait_until(done: impl Fn() -> bool) -> bool {
    while !done() {
        loom::thread::yield_now();
    }
    true
}
