//! What viewers may ask of a manager: it shows them the regions they read in place, and reports which to let
//! go of. Knows no cursors.
#![forbid(unsafe_code)]

use super::Manager;
use crate::cache::region::{Region, RegionKey};
use crate::cache::viewers::{Sign, Viewer};
use crate::file::source::Base;
use crate::mapping::Mapper;
use crate::sync::Arc;

impl<M: Mapper> Manager<M> {
    /// A new viewer, which reads regions in place without holding them. When a region it was shown leaves the
    /// cache, its sign says so, and the viewer is to call [`Manager::take_gone`]; until then, the region
    /// stays mapped.
    #[must_use]
    pub fn attach(&self, sign: Sign) -> Viewer {
        self.0.cache().viewers.attach(sign)
    }

    /// There may be other viewers from now on: this one's bell is rung, too.
    pub fn hang(&self, viewer: Viewer, bell: Box<dyn Fn() + Send + Sync>) {
        self.0.cache().viewers.hang(viewer, bell);
    }

    /// The viewer reads nothing from now on; what it kept is let go.
    pub fn detach(&self, viewer: Viewer) {
        let mut cache = self.0.cache();
        let ((uses, reads), kept) = cache.viewers.detach(viewer);
        cache.counts.hits += uses;
        cache.counts.reads += reads;
        // In this order: unmapping what it kept must not be done under the lock.
        drop(cache);
        drop(kept);
    }

    /// Asks all viewers to empty the program's views of the files under `base`, or of all files: see
    /// [`Manager::emptied`].
    pub fn empty_views(&self, base: Option<Base>) {
        let mut cache = self.0.cache();
        cache.emptied.push(base.map(Arc::new));
        cache.viewers.ring();
    }

    /// Every request of [`Manager::empty_views`] from number `from` on. (Kept for good: viewers come to it at
    /// different times, and such requests are rare.)
    #[must_use]
    pub fn emptied(&self, from: usize) -> Vec<Option<Arc<Base>>> {
        self.0.cache().emptied.get(from..).map_or_else(Vec::new, <[_]>::to_vec)
    }

    /// A region the viewer was shown and has not let go of.
    #[must_use]
    pub fn shown(&self, viewer: Viewer, key: RegionKey) -> Option<Arc<Region<M::Mapping>>> {
        self.0.cache().viewers.shown(viewer, key).cloned()
    }

    /// Shows a region in the cache to the viewer. False: it is gone.
    #[must_use = "if it is gone, nothing may be read in place"]
    pub fn show(&self, viewer: Viewer, key: RegionKey) -> bool {
        let mut cache = self.0.cache();
        let region = cache.region(key).cloned();
        if let Some(region) = &region {
            cache.viewers.show(viewer, key, region);
        }
        region.is_some()
    }

    /// At most `most` of the regions that left the cache; the viewer must not read them any more. Those that
    /// the call before returned are unmapped by this call: call until it returns none.
    #[must_use]
    pub fn take_gone(&self, viewer: Viewer, most: usize) -> Vec<RegionKey> {
        let (gone, left) = self.0.cache().viewers.take_gone(viewer, most);
        drop(left);
        gone
    }

    /// Takes the regions that the viewer was shown and that lack pages out of the cache. True: there were
    /// some, and what the viewer read from them may be zeros.
    #[must_use]
    pub fn drop_damaged(&self, viewer: Viewer) -> bool {
        self.0.cache().drop_damaged(viewer)
    }
}
