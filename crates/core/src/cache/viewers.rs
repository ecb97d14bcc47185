//! Who reads regions in place without holding them, and what each must let go of. Knows regions and their keys.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::mem;
// A hint that readers look at without a lock: loom need not know it.
use std::sync::atomic::{AtomicU64, Ordering};

use slab::Slab;

use crate::cache::region::{Obtained, Region, RegionKey};
use crate::mapping::Mapper;
use crate::sync::Arc;

/// Names a viewer of one manager. Used again after [`crate::Manager::detach`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer(usize);

/// Regions that a viewer kept mapped, for the caller to drop once it holds no lock.
type Kept<M> = Vec<Arc<Region<<M as Mapper>::Mapping>>>;

/// The viewers of a manager. Shown memory outlives its viewer's knowledge: each viewer keeps every region it was shown
/// mapped until it has been told that the region is gone, and has come back after that.
#[derive(Debug)]
pub(crate) struct Viewers<M: Mapper>(Slab<Seat<M>>);

#[derive(Debug)]
struct Seat<M: Mapper> {
    shown: HashMap<RegionKey, Arc<Region<M::Mapping>>>,
    /// Of those, what left the cache and was not told of yet.
    gone: Vec<RegionKey>,
    /// What was told of last time.
    told: Vec<RegionKey>,
    /// The last cell is how many regions ever went into `gone`, as a double's bits: the viewer sees by it that there is
    /// something to ask for.
    board: std::sync::Arc<[AtomicU64]>,
}

impl<M: Mapper> Viewers<M> {
    pub(crate) fn new() -> Self {
        Self(Slab::new())
    }

    /// A new viewer, which was shown nothing yet.
    pub(crate) fn attach(&mut self, board: std::sync::Arc<[AtomicU64]>) -> Viewer {
        Viewer(self.0.insert(Seat { shown: HashMap::new(), gone: Vec::new(), told: Vec::new(), board }))
    }

    /// The viewer is gone; what it kept is the caller's to drop.
    pub(crate) fn detach(&mut self, viewer: Viewer) -> Kept<M> {
        self.0.try_remove(viewer.0).map_or_else(Vec::new, |seat| seat.shown.into_values().collect())
    }

    /// From now on the viewer may read the region in place.
    pub(crate) fn show(&mut self, viewer: Viewer, key: RegionKey, region: &Arc<Region<M::Mapping>>) {
        if let Some(seat) = self.0.get_mut(viewer.0) {
            seat.shown.entry(key).or_insert_with(|| {
                region.show();
                Arc::clone(region)
            });
        }
    }

    /// A region the viewer was shown and still keeps.
    pub(crate) fn shown(&self, viewer: Viewer, key: RegionKey) -> Option<&Arc<Region<M::Mapping>>> {
        self.0.get(viewer.0)?.shown.get(&key)
    }

    /// What it was shown and finds damaged.
    pub(crate) fn damaged(&self, viewer: Viewer) -> Vec<Obtained<M>> {
        let shown = self.0.get(viewer.0).into_iter().flat_map(|seat| &seat.shown);
        let damaged = shown.filter(|(_, region)| region.is_damaged());
        damaged.map(|(key, region)| (*key, Arc::clone(region))).collect()
    }

    /// The region has left the cache: those who were shown it are to be told.
    pub(crate) fn lose(&mut self, key: RegionKey) {
        for (_, seat) in &mut self.0 {
            if seat.shown.contains_key(&key) {
                seat.gone.push(key);
                if let Some(losses) = seat.board.last() {
                    let count = f64::from_bits(losses.load(Ordering::Relaxed)) + 1.0;
                    losses.store(count.to_bits(), Ordering::Relaxed);
                }
            }
        }
    }

    /// Whether the viewer keeps something mapped that has left the cache.
    pub(crate) fn owes(&self, viewer: Viewer) -> bool {
        self.0.get(viewer.0).is_some_and(|seat| !seat.gone.is_empty() || !seat.told.is_empty())
    }

    /// Lets go of what the viewer was told of last time, which is the caller's to drop, and tells of at most `most` more.
    pub(crate) fn take_gone(&mut self, viewer: Viewer, most: usize) -> (Vec<RegionKey>, Kept<M>) {
        let Some(seat) = self.0.get_mut(viewer.0) else { return (Vec::new(), Vec::new()) };
        let next: Vec<RegionKey> = seat.gone.drain(..seat.gone.len().min(most)).collect();
        let told = mem::replace(&mut seat.told, next.clone());
        let left = told.iter().filter_map(|key| seat.shown.remove(key)).collect();
        (next, left)
    }
}
