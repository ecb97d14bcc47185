//! What left the cache, for a thread that reads regions in place and asks for it. Knows slots and regions only.
#![forbid(unsafe_code)]

use std::thread::{self, ThreadId};

use crate::mapping::Mapper;
use crate::region::Region;
use crate::sync::Arc;

/// What left the cache behind the back of the thread that asks for it.
#[derive(Debug)]
pub(crate) struct Removed<M: Mapper> {
    pub(crate) slots: Vec<usize>,
    /// Regions that thread may be reading in place, until it knows that they are gone.
    pub(crate) kept: Vec<Arc<Region<M::Mapping>>>,
    asking: ThreadId,
}

impl<M: Mapper> Removed<M> {
    /// For the thread that calls.
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), kept: Vec::new(), asking: thread::current().id() }
    }

    pub(super) fn add(&mut self, slot: usize, region: &Arc<Region<M::Mapping>>) {
        self.slots.push(slot);
        if region.is_shown() && thread::current().id() != self.asking {
            self.kept.push(Arc::clone(region));
        }
    }
}
