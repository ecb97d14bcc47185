//! The shared regions in the order of their last use. Knows slots and times; it asks which are idle.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use crate::cache::stamps::Stamps;

/// Which region was used longest ago.
///
/// A use is a stamp: one store, in memory shared with readers in place. The order is corrected only when its
/// first region is looked for: a region that was stamped since it was filed is filed again under the newer
/// time. So the first one whose time still holds is exactly the least recently used, and a use costs the same
/// however many regions there are. (Keeping the order at every change of region took 24 ns.)
#[derive(Debug)]
pub(crate) struct Recency {
    order: BTreeSet<(u64, usize)>,
    /// The time under which each slot is filed; 0: it is not.
    filed: Vec<u64>,
    pub(crate) stamps: Stamps,
}

impl Recency {
    pub(crate) fn new() -> Self {
        Self { order: BTreeSet::new(), filed: Vec::new(), stamps: Stamps::new() }
    }

    /// A time later than all before.
    pub(crate) fn now(&self) -> u64 {
        self.stamps.tick()
    }

    /// This moment is the slot's last use.
    pub(crate) fn touch(&mut self, slot: usize) {
        let now = self.now();
        self.stamps.stamp(slot, now);
        // One that is filed stays where it is: the stamp says more, and `oldest` files it again.
        if self.filed.get(slot).is_none_or(|time| *time == 0) {
            self.file(slot, now);
        }
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        if let Some(time) = self.filed.get_mut(slot) {
            self.order.remove(&(std::mem::take(time), slot));
        }
    }

    /// When it was last used; 0 if it never was.
    pub(crate) fn last_use(&self, slot: usize) -> u64 {
        // The later of both: `oldest` files a region in use as used now, without a stamp.
        self.filed.get(slot).map_or(0, |time| if *time == 0 { 0 } else { self.stamps.last(slot).max(*time) })
    }

    /// The least recently used of the regions that may go. Regions met on the way that may not go are in use:
    /// they are filed as used now, so that the next search does not meet them again.
    pub(crate) fn oldest(&mut self, may_go: impl Fn(usize) -> bool) -> Option<usize> {
        // Ends the search when every region was met once and none may go.
        let mut unmet = self.order.len();
        while unmet > 0 {
            let (time, slot) = *self.order.first()?;
            let last = self.last_use(slot);
            // It was used since it was filed: file it again, and look at the next one.
            if last > time {
                self.file(slot, last);
            } else if may_go(slot) {
                return Some(slot);
            } else {
                let now = self.now();
                self.file(slot, now);
                unmet -= 1;
            }
        }
        None
    }

    /// All regions, those in use too.
    pub(crate) fn oldest_first(&self) -> Vec<usize> {
        let mut uses: Vec<(u64, usize)> =
            self.order.iter().map(|(_, slot)| (self.last_use(*slot), *slot)).collect();
        uses.sort_unstable();
        uses.into_iter().map(|(_, slot)| slot).collect()
    }

    fn file(&mut self, slot: usize, time: u64) {
        // A set, not a heap: a region that is released leaves the order at once, from anywhere in it.
        self.remove(slot);
        if self.filed.len() <= slot {
            self.filed.resize(slot + 1, 0);
        }
        self.filed[slot] = time;
        self.order.insert((time, slot));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_by_its_last_stamp_goes_first() {
        let mut recency = Recency::new();
        for slot in 0..4 {
            recency.touch(slot);
        }
        let now = recency.now();
        recency.stamps.stamp(0, now);
        recency.touch(2);
        assert_eq!(recency.oldest_first(), [1, 3, 0, 2]);
        assert_eq!(recency.oldest(|slot| slot != 1), Some(3));
        recency.remove(3);
        assert_eq!(recency.oldest(|slot| slot != 1), Some(0));
        assert_eq!((recency.last_use(0), recency.last_use(3)), (now, 0));
        assert_eq!(recency.oldest(|_| false), None);
    }
}
