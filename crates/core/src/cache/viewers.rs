//! Who reads regions in place without holding them, and what each must let go of. Knows regions and their
//! keys.
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

impl Viewer {
    /// Is shown nothing.
    pub const NOBODY: Self = Self(usize::MAX);
}

/// Regions that a viewer kept mapped, for the caller to drop once it holds no lock.
type Kept<M> = Vec<Arc<Region<<M as Mapper>::Mapping>>>;

/// The viewers of a manager. Shown memory outlives its viewer's knowledge: each viewer keeps every region it
/// was shown mapped until it has been told that the region is gone, and has come back after that.
#[derive(Debug)]
pub(crate) struct Viewers<M: Mapper> {
    seats: Slab<Seat<M>>,
    /// Who asks at this moment, and needs no bell.
    pub(crate) asking: Option<Viewer>,
}

#[derive(Debug)]
struct Seat<M: Mapper> {
    shown: HashMap<RegionKey, Arc<Region<M::Mapping>>>,
    /// Of those, what left the cache and was not told of yet.
    gone: Vec<RegionKey>,
    /// What was told of last time.
    told: Vec<RegionKey>,
    sign: Sign,
}

/// How a viewer is told, and what it tells without being asked.
pub struct Sign {
    /// Doubles' bits. The last cell is how many regions the viewer was ever to let go of: it sees by it that
    /// there is something to ask for. The one before is the viewer's: how often it used regions in place.
    /// Empty where it looks at neither.
    pub board: std::sync::Arc<[AtomicU64]>,
    /// Called when there is something to let go of that there was not before, by whoever has the lock: it
    /// must not come back. Nothing for a viewer that is the only one.
    pub bell: Option<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Sign {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sign").field("board", &self.board).finish_non_exhaustive()
    }
}

impl Sign {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    fn uses(&self) -> u64 {
        let uses = self.board.len().checked_sub(2).and_then(|index| self.board.get(index));
        uses.map_or(0, |uses| f64::from_bits(uses.load(Ordering::Relaxed)) as u64)
    }

    fn raise(&self) {
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
        Viewer(self.seats.insert(Seat { shown: HashMap::new(), gone: Vec::new(), told: Vec::new(), sign }))
    }

    /// As of now the viewer's bell is rung.
    pub(crate) fn hang(&mut self, viewer: Viewer, bell: Box<dyn Fn() + Send + Sync>) {
        if let Some(seat) = self.seats.get_mut(viewer.0) {
            seat.sign.bell = Some(bell);
        }
    }

    /// The viewer is gone; how often it used regions in place, and what it kept, which is the caller's to
    /// drop.
    pub(crate) fn detach(&mut self, viewer: Viewer) -> (u64, Kept<M>) {
        self.seats
            .try_remove(viewer.0)
            .map_or_else(Default::default, |seat| (seat.sign.uses(), seat.shown.into_values().collect()))
    }

    /// How often the viewers there are used regions in place.
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

    /// What it was shown and finds damaged.
    pub(crate) fn damaged(&self, viewer: Viewer) -> Vec<Obtained<M>> {
        let shown = self.seats.get(viewer.0).into_iter().flat_map(|seat| &seat.shown);
        let damaged = shown.filter(|(_, region)| region.is_damaged());
        damaged.map(|(key, region)| (*key, Arc::clone(region))).collect()
    }

    /// The region has left the cache: those who were shown it are to be told.
    pub(crate) fn lose(&mut self, key: RegionKey) {
        for (number, seat) in &mut self.seats {
            if seat.shown.contains_key(&key) {
                let is_first = seat.gone.is_empty() && seat.told.is_empty();
                seat.gone.push(key);
                seat.sign.raise();
                if is_first && self.asking != Some(Viewer(number)) {
                    seat.sign.bell.iter().for_each(|bell| bell());
                }
            }
        }
    }

    /// Whether the viewer keeps something mapped that has left the cache.
    pub(crate) fn owes(&self, viewer: Viewer) -> bool {
        self.seats.get(viewer.0).is_some_and(|seat| !seat.gone.is_empty() || !seat.told.is_empty())
    }

    /// Lets go of what the viewer was told of last time, which is the caller's to drop, and tells of at most
    /// `most` more.
    pub(crate) fn take_gone(&mut self, viewer: Viewer, most: usize) -> (Vec<RegionKey>, Kept<M>) {
        let Some(seat) = self.seats.get_mut(viewer.0) else { return (Vec::new(), Vec::new()) };
        let next: Vec<RegionKey> = seat.gone.drain(..seat.gone.len().min(most)).collect();
        let told = mem::replace(&mut seat.told, next.clone());
        let left = told.iter().filter_map(|key| seat.shown.remove(key)).collect();
        (next, left)
    }
}
