//! What left the cache, for a thread that reads regions in place and asks for it. Knows slots and regions only.
#![forbid(unsafe_code)]

use std::thread::{self, ThreadId};

use crate::cache::region::{Obtained, Region, RegionKey};
use crate::mapping::Mapper;
use crate::sync::Arc;

/// What left the cache behind the back of the thread that asks for it.
#[derive(Debug)]
pub(crate) struct Removed<M: Mapper> {
    pub(crate) slots: Vec<usize>,
    /// Regions that thread may be reading in place, until it knows that they are gone.
    pub(crate) kept: Vec<Obtained<M>>,
    asking: ThreadId,
}

impl<M: Mapper> Removed<M> {
    /// For the thread that calls.
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), kept: Vec::new(), asking: thread::current().id() }
    }

    pub(super) fn add(&mut self, key: RegionKey, region: &Arc<Region<M::Mapping>>) {
        self.slots.push(key.slot);
        if region.is_shown() && thread::current().id() != self.asking {
            self.kept.push((key, Arc::clone(region)));
        }
    }

    /// A region that left and may still be read.
    pub(super) fn region(&self, key: RegionKey) -> Option<&Region<M::Mapping>> {
        self.kept.iter().find(|(kept, _)| *kept == key).map(|(_, region)| region.as_ref())
    }
}
