//! What a manager's viewers may ask of it: who reads regions in place is shown them, and lets go of them.
//! Knows no cursors.
#![forbid(unsafe_code)]

use super::Manager;
use crate::cache::region::{Region, RegionKey};
use crate::cache::viewers::{Sign, Viewer};
use crate::file::source::Base;
use crate::mapping::Mapper;
use crate::sync::Arc;

impl<M: Mapper> Manager<M> {
    /// Somebody who reads regions in place without holding them. When a region it was shown leaves the cache,
    /// its sign says so: then it is to call [`Manager::take_gone`], and until it does, the region stays
    /// mapped.
    #[must_use]
    pub fn attach(&self, sign: Sign) -> Viewer {
        self.0.cache().viewers.attach(sign)
    }

    /// There is more than one viewer from now on: this one is told by its bell, too.
    pub fn hang(&self, viewer: Viewer, bell: Box<dyn Fn() + Send + Sync>) {
        self.0.cache().viewers.hang(viewer, bell);
    }

    /// The viewer reads no more; what it kept is let go.
    pub fn detach(&self, viewer: Viewer) {
        let mut cache = self.0.cache();
        let (uses, kept) = cache.viewers.detach(viewer);
        cache.counts.hits += uses;
        drop(cache);
        drop(kept);
    }

    /// Has all viewers empty what programs have of the files under `base`, or of all: see
    /// [`Manager::emptied`].
    pub fn empty_views(&self, base: Option<Base>) {
        let mut cache = self.0.cache();
        cache.emptied.push(base.map(Arc::new));
        cache.viewers.ring();
    }

    /// What was ever to be emptied, from the `from`-th time on.
    #[must_use]
    pub fn emptied(&self, from: usize) -> Vec<Option<Arc<Base>>> {
        self.0.cache().emptied.get(from..).map_or_else(Vec::new, <[_]>::to_vec)
    }

    /// A region the viewer was shown, mapped for as long as it has not let go.
    #[must_use]
    pub fn shown(&self, viewer: Viewer, key: RegionKey) -> Option<Arc<Region<M::Mapping>>> {
        self.0.cache().viewers.shown(viewer, key).cloned()
    }

    /// Shows a region in the cache to the viewer. Whether it is there.
    #[must_use = "if it is gone, nothing may be read in place"]
    pub fn show(&self, viewer: Viewer, key: RegionKey) -> bool {
        let mut cache = self.0.cache();
        let region = cache.region(key).cloned();
        if let Some(region) = &region {
            cache.viewers.show(viewer, key, region);
        }
        region.is_some()
    }

    /// At most `most` of the regions that left the cache since the viewer was last told; it is not to read
    /// them any more. What it was told of by the call before is unmapped by this one: call until there are
    /// none.
    #[must_use]
    pub fn take_gone(&self, viewer: Viewer, most: usize) -> Vec<RegionKey> {
        let (gone, left) = self.0.cache().viewers.take_gone(viewer, most);
        drop(left);
        gone
    }

    /// Takes the regions that the viewer was shown and that lack pages out of the cache. Whether there were
    /// any: what it has read of them may be zeros.
    #[must_use]
    pub fn drop_damaged(&self, viewer: Viewer) -> bool {
        self.0.cache().drop_damaged(viewer)
    }
}
