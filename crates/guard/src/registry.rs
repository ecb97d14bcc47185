//! All watched ranges: slots in chunks made on demand and never given back, so that a handler may look at any
//! of them at any time. Knows nothing of signals or pages.
//!
//! No lock anywhere: a `fork` while another thread held one would leave it locked in the child for ever. Free
//! slots are a stack (Treiber's) whose head carries a tag that grows with each change, so that a head seen
//! twice is the same head. Finding the slot of an address is a walk over all of them: registering is common,
//! a fault is rare.

use crate::slot::{Pin, Range, Slot};
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::ptr;

/// 64 KiB a chunk: about what one `mmap` of a heap costs, 20 µs.
#[cfg(not(all(loom, test)))]
const SLOTS: usize = 1024;
/// Two million ranges; `vm.max_map_count` is 65,530 unless someone raised it.
#[cfg(not(all(loom, test)))]
const CHUNKS: usize = 2048;

#[cfg(all(loom, test))]
const SLOTS: usize = 1;
#[cfg(all(loom, test))]
const CHUNKS: usize = 2;

const TAG: u64 = 1 << 32;

type Chunk = [Slot; SLOTS];

pub(crate) struct Registry {
    chunks: [AtomicPtr<Chunk>; CHUNKS],
    /// How many slots were ever taken: the handler looks no further.
    made: AtomicU32,
    /// Tag above, index + 1 of the first free slot below; 0 below: none.
    free: AtomicU64,
}

impl Registry {
    #[cfg(not(all(loom, test)))]
    pub(crate) const fn new() -> Self {
        Self {
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            made: AtomicU32::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Loom's atomics have no const constructor.
    #[cfg(all(loom, test))]
    pub(crate) fn new() -> Self {
        Self {
            chunks: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            made: AtomicU32::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Makes `range` known to handlers; `None` when there is no memory, or no place among two million.
    pub(crate) fn insert(&self, range: &Range) -> Option<&Slot> {
        let slot = self.pop().or_else(|| self.make())?;
        slot.open(range);
        Some(slot)
    }

    /// Hides the range and waits for its handlers; false when one did not come back (the slot is then given
    /// up).
    pub(crate) fn remove(&self, slot: &Slot) -> bool {
        let gone = slot.close();
        if gone {
            self.push(slot);
        }
        gone
    }

    /// The live range that `address` lies in, held in place. For handlers: touches atomics only.
    pub(crate) fn pin(&self, address: usize) -> Option<Pin<'_>> {
        let made = self.made.load(Ordering::Acquire) as usize;
        let chunks = self.chunks.iter().take(made.div_ceil(SLOTS)).filter_map(chunk_at);
        chunks.flatten().find_map(|slot| slot.pin(address))
    }

    fn pop(&self) -> Option<&Slot> {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let slot = self.slot((head % TAG).checked_sub(1)?)?;
            let next = tag_after(head) | slot.next_free.load(Ordering::Relaxed);
            match self.free.compare_exchange(head, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(slot),
                Err(now) => head = now,
            }
        }
    }

    fn push(&self, slot: &Slot) {
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            slot.next_free.store(head % TAG, Ordering::Relaxed);
            let next = tag_after(head) | (u64::from(slot.index) + 1);
            match self.free.compare_exchange(head, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// A slot never used before.
    fn make(&self) -> Option<&Slot> {
        let more = |made: u32| ((made as usize) < CHUNKS * SLOTS).then_some(made + 1);
        let index = self.made.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        self.make_chunk(index as usize / SLOTS)?;
        self.slot(u64::from(index))
    }

    fn make_chunk(&self, number: usize) -> Option<()> {
        let place = self.chunks.get(number)?;
        if !place.load(Ordering::Acquire).is_null() {
            return Some(());
        }
        // Not `Box::new`: it ends the process when there is no memory.
        let mut slots = Vec::new();
        slots.try_reserve_exact(SLOTS).ok()?;
        let first = u32::try_from(number * SLOTS).ok()?;
        slots.extend((first..).take(SLOTS).map(Slot::new));
        let chunk: Box<Chunk> = slots.into_boxed_slice().try_into().ok()?;
        let fresh = Box::into_raw(chunk);
        let put = place.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire);
        if put.is_err() {
            // SAFETY: from `into_raw` above; another thread's chunk won the place, so nobody has seen this
            // one.
            drop(unsafe { Box::from_raw(fresh) });
        }
        Some(())
    }

    pub(crate) fn slot(&self, index: u64) -> Option<&Slot> {
        let index = usize::try_from(index).ok()?;
        chunk_at(self.chunks.get(index / SLOTS)?)?.get(index % SLOTS)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        for place in &self.chunks {
            let chunk = place.swap(ptr::null_mut(), Ordering::AcqRel);
            if !chunk.is_null() {
                // SAFETY: from `into_raw` in `make_chunk`; `&mut self`: nobody looks at it.
                drop(unsafe { Box::from_raw(chunk) });
            }
        }
    }
}

fn chunk_at(place: &AtomicPtr<Chunk>) -> Option<&Chunk> {
    // SAFETY: null, or a chunk from `into_raw` in `make_chunk` that lives as long as the registry.
    unsafe { place.load(Ordering::Acquire).as_ref() }
}

const fn tag_after(head: u64) -> u64 {
    (head & !(TAG - 1)).wrapping_add(TAG)
}

#[cfg(test)]
mod tests;
