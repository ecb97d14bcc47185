//! The synchronisation the crate uses, from the standard library or, under `cfg(loom)`, from loom's model
//! checker.
#![forbid(unsafe_code)]

#[cfg(loom)]
pub(crate) use loom::sync::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
#[cfg(not(loom))]
pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Locks, also after a panic elsewhere.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock is taken all the same: every state under our locks is whole between two statements,
    // and a cache that refuses every call for good would be worse.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Gives the lock back until somebody notifies. It may return without that, so callers check in a loop.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}
