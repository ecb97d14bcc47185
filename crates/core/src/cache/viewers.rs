//! Viewers: threads that read regions in place without holding them, and what each of them must let go of.
//! Knows regions and their keys.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::mem;
// A hint that readers look at without a lock; no other memory depends on it, so loom need not know it.
use std::sync::atomic::{AtomicU64, Ordering};

use slab::Slab;

use crate::cache::lone_reads::LoneReads;
use crate::cache::region::{Obtained, Region, RegionKey};
use crate::cache::stamps::whole;
use crate::mapping::Mapper;
use crate::sync::Arc;

/// Names a viewer of one manager. Used again after [`crate::Manager::detach`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer(usize);

impl Viewer {
    /// A viewer that is shown nothing.
    pub const NOBODY: Self = Self(usize::MAX);
}

/// Regions that a viewer kept mapped, for the caller to drop once it holds no lock.
type Kept<M> = Vec<Arc<Region<<M as Mapper>::Mapping>>>;

/// The viewers of a manager. Shown memory outlives its viewer's knowledge of it: each viewer keeps every
/// region it was shown mapped until it was told that the region is gone, and has called again after that.
#[derive(Debug)]
pub(crate) struct Viewers<M: Mapper> {
    seats: Slab<Seat<M>>,
    /// The viewer that asks at this moment, and needs no bell.
    pub(crate) asking: Option<Viewer>,
}

#[derive(Debug)]
struct Seat<M: Mapper> {
    shown: HashMap<RegionKey, Arc<Region<M::Mapping>>>,
    /// Of those, what left the cache and was not reported yet.
    gone: Vec<RegionKey>,
    /// What was reported last time. It is unmapped by the next report.
    reported: Vec<RegionKey>,
    sign: Sign,
    reads: Arc<LoneReads>,
}

/// How a viewer learns that it must let go, and what it reports without a call.
pub struct Sign {
    /// Memory shared with the viewer; the cells are the bits of doubles. The last one counts the regions that
    /// the viewer was ever to let go of: when it changes, the viewer asks. The two before are written by the
    /// viewer: the time of its last use of a region in place, and how often it used one. Empty if the viewer
    /// looks at none.
    pub board: std::sync::Arc<[AtomicU64]>,
    /// Called under the lock when there is something new to let go of: it must not call the manager. `None`
    /// for a viewer that is the only one.
    pub bell: Option<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Sign {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sign").field("board", &self.board).finish_non_exhaustive()
    }
}

impl Sign {
    fn uses(&self) -> u64 {
        let uses = self.board.len().checked_sub(2).and_then(|index| self.board.get(index));
        uses.map_or(0, whole)
    }

    fn raise(&self) {
        // Not atomic as a whole: this cell is written only here, under the lock.
        if let Some(losses) = self.board.last() {
            let count = f64::from_bits(losses.load(Ordering::Relaxed)) + 1.0;
            losses.store(count.to_bits(), Ordering::Relaxed);
        }
    }
}

impl<M: Mapper> Viewers<M> {
    pub(crate) fn new() -> Self {
        Self { seats: Slab::new(), asking: None }
    }

    /// A new viewer, which was shown nothing yet.
    pub(crate) fn attach(&mut self, sign: Sign) -> Viewer {
        let (shown, reads) = (HashMap::new(), Arc::new(LoneReads::of(&sign.board)));
        Viewer(self.seats.insert(Seat { shown, gone: Vec::new(), reported: Vec::new(), sign, reads }))
    }

    /// From now on the viewer's bell is rung.
    pub(crate) fn hang(&mut self, viewer: Viewer, bell: Box<dyn Fn() + Send + Sync>) {
        if let Some(seat) = self.seats.get_mut(viewer.0) {
            seat.sign.bell = Some(bell);
        }
    }

    /// What a viewer counts of its lone reads.
    pub(crate) fn lone_reads(&self, viewer: Viewer) -> Option<&Arc<LoneReads>> {
        self.seats.get(viewer.0).map(|seat| &seat.reads)
    }

    /// The viewer is gone. Returns how often it used regions in place, how many lone reads it made, and the
    /// regions it kept, for the caller to drop without the lock.
    pub(crate) fn detach(&mut self, viewer: Viewer) -> ((u64, u64), Kept<M>) {
        self.seats.try_remove(viewer.0).map_or_else(Default::default, |seat| {
            ((seat.sign.uses(), seat.reads.made()), seat.shown.into_values().collect())
        })
    }

    /// How many lone reads the present viewers made.
    pub(crate) fn reads(&self) -> u64 {
        self.seats.iter().map(|(_, seat)| seat.reads.made()).sum()
    }

    /// How often the present viewers used regions in place.
    pub(crate) fn uses(&self) -> u64 {
        self.seats.iter().map(|(_, seat)| seat.sign.uses()).sum()
    }

    /// Has every viewer look whether there is something to let go of.
    pub(crate) fn ring(&self) {
        for (_, seat) in &self.seats {
            seat.sign.raise();
            seat.sign.bell.iter().for_each(|bell| bell());
        }
    }

    /// From now on the viewer may read the region in place.
    pub(crate) fn show(&mut self, viewer: Viewer, key: RegionKey, region: &Arc<Region<M::Mapping>>) {
        if let Some(seat) = self.seats.get_mut(viewer.0) {
            // Once a region and viewer: it is let go of once, too.
            seat.shown.entry(key).or_insert_with(|| {
                region.show();
                Arc::clone(region)
            });
        }
    }

    /// A region the viewer was shown and still keeps.
    pub(crate) fn shown(&self, viewer: Viewer, key: RegionKey) -> Option<&Arc<Region<M::Mapping>>> {
        self.seats.get(viewer.0)?.shown.get(&key)
    }

    /// The regions shown to the viewer that are damaged.
    pub(crate) fn damaged(&self, viewer: Viewer) -> Vec<Obtained<M>> {
        let shown = self.seats.get(viewer.0).into_iter().flat_map(|seat| &seat.shown);
        let damaged = shown.filter(|(_, region)| region.is_damaged());
        damaged.map(|(key, region)| (*key, Arc::clone(region))).collect()
    }

    /// The region has left the cache: the viewers that were shown it are to let go of it.
    pub(crate) fn lose(&mut self, key: RegionKey) {
        for (number, seat) in &mut self.seats {
            if seat.shown.contains_key(&key) {
                let is_first = seat.gone.is_empty() && seat.reported.is_empty();
                seat.gone.push(key);
                seat.sign.raise();
                // Once for all that follows, until the viewer has taken everything: a bell costs a call to
                // another thread.
                if is_first && self.asking != Some(Viewer(number)) {
                    seat.sign.bell.iter().for_each(|bell| bell());
                }
            }
        }
    }

    /// Whether the viewer keeps something mapped that has left the cache.
    pub(crate) fn owes(&self, viewer: Viewer) -> bool {
        self.seats.get(viewer.0).is_some_and(|seat| !seat.gone.is_empty() || !seat.reported.is_empty())
    }

    /// Returns at most `most` regions to let go of, and those reported last time, for the caller to drop
    /// without the lock: that the viewer calls again means that it has let go of them.
    pub(crate) fn take_gone(&mut self, viewer: Viewer, most: usize) -> (Vec<RegionKey>, Kept<M>) {
        let Some(seat) = self.seats.get_mut(viewer.0) else { return (Vec::new(), Vec::new()) };
        let next: Vec<RegionKey> = seat.gone.drain(..seat.gone.len().min(most)).collect();
        let reported = mem::replace(&mut seat.reported, next.clone());
        let left = reported.iter().filter_map(|key| seat.shown.remove(key)).collect();
        (next, left)
    }
}
