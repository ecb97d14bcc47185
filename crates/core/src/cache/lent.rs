//! A cursor's own claim on its file's descriptor: it reads without asking the cache. Knows no cursor.
#![forbid(unsafe_code)]

use crate::sync::{Arc, Mutex, lock};

/// A cursor takes the descriptor out for a read, and puts it back afterwards. So a read writes to the
/// cursor's own memory only: cloning the file's `Arc` for each read would write to a count that all threads
/// share. The cache, which must close files when descriptors run out, calls it in.
// No two in one cache line.
#[repr(align(64))]
#[derive(Debug)]
pub(crate) struct Lent<F>(Mutex<Slot<F>>);

/// A new claim, and the descriptor, taken out for the first read.
pub(crate) type Loan<F> = (Arc<Lent<F>>, Arc<F>);

#[derive(Debug)]
enum Slot<F> {
    Here(Arc<F>),
    /// Taken out for a read.
    Out,
    /// The cache has it back, or gets it when the read is over.
    CalledIn,
}

impl<F> Lent<F> {
    /// A descriptor that is taken out for its first read.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Slot::Out))
    }

    /// Takes the descriptor out for a read. `None`: it was called in, and the cursor must ask the cache.
    pub(crate) fn take(&self) -> Option<Arc<F>> {
        let mut slot = lock(&self.0);
        if !matches!(*slot, Slot::Here(_)) {
            return None;
        }
        match std::mem::replace(&mut *slot, Slot::Out) {
            Slot::Here(file) => Some(file),
            Slot::Out | Slot::CalledIn => None,
        }
    }

    /// The read is over. If it was called in during the read, it is returned, for the caller to drop.
    pub(crate) fn put_back(&self, file: Arc<F>) -> Option<Arc<F>> {
        let mut slot = lock(&self.0);
        if matches!(*slot, Slot::Out) {
            *slot = Slot::Here(file);
            return None;
        }
        Some(file)
    }

    /// From now on the cursor must ask the cache. Returns the descriptor, unless it is taken out: then it is
    /// closed when that read is over.
    #[must_use = "dropping it may close the file"]
    pub(crate) fn call_in(&self) -> Option<Arc<F>> {
        match std::mem::replace(&mut *lock(&self.0), Slot::CalledIn) {
            Slot::Here(file) => Some(file),
            Slot::Out | Slot::CalledIn => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_in_between_two_reads_or_during_one_is_not_kept() {
        let file = Arc::new(());
        for is_out in [false, true] {
            let lent = Lent::new();
            assert!(lent.put_back(Arc::clone(&file)).is_none());
            let taken = if is_out { lent.take() } else { None };
            assert_eq!(lent.call_in().is_some(), !is_out);
            assert_eq!(taken.and_then(|taken| lent.put_back(taken)).is_some(), is_out);
            assert!(lent.take().is_none());
            assert_eq!(Arc::strong_count(&file), 1);
        }
    }
}
