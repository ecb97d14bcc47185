//! What a manager and its cursors share: the mapper, how regions are placed, and the cache with its one lock.
//! Knows neither of them.
#![forbid(unsafe_code)]

use std::mem;
use std::ops::{Deref, DerefMut};

use crate::cache::Cache;
use crate::cache::budget::Limits;
use crate::cache::earning::Access;
use crate::cache::leaving::Leaving;
use crate::cache::placement::Policy;
use crate::mapping::Mapper;
use crate::sync::{Arc, Mutex, MutexGuard, lock};
use crate::window::granularity;

#[derive(Debug)]
pub(crate) struct Shared<M: Mapper> {
    mapper: M,
    policy: Policy,
    unit: u64,
    cache: Mutex<Cache<M>>,
}

/// The cache, locked. What leaves it is unmapped and closed once the lock is given back.
pub(crate) struct Locked<'a, M: Mapper> {
    // Fields are dropped in this order (Rust reference, "Destructors"): the lock first.
    cache: MutexGuard<'a, Cache<M>>,
    left: Leaving<M>,
}

impl<M: Mapper> Shared<M> {
    pub(crate) fn new(policy: Policy, limits: Limits, access: Access, mapper: M) -> Arc<Self> {
        let unit = granularity();
        let cache = Mutex::new(Cache::new((policy, unit), limits, access));
        Arc::new(Self { mapper, policy, unit, cache })
    }

    /// Nothing is asked of the system while it is locked.
    pub(crate) fn cache(&self) -> Locked<'_, M> {
        Locked { cache: lock(&self.cache), left: Leaving::new() }
    }

    pub(crate) fn mapper(&self) -> &M {
        &self.mapper
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    pub(crate) fn unit(&self) -> u64 {
        self.unit
    }

    /// Unmaps every region that is idle now, one after the other, and returns how many.
    pub(crate) fn collect(&self) -> usize {
        // One lock for each, so that other threads get their turn; bounded, since they may make new ones
        // idle all the time.
        let most = self.cache().idle_regions();
        (0..most).take_while(|_| self.cache().evict_oldest(|_| true).is_some()).count()
    }
}

impl<M: Mapper> Deref for Locked<'_, M> {
    type Target = Cache<M>;

    fn deref(&self) -> &Cache<M> {
        &self.cache
    }
}

impl<M: Mapper> DerefMut for Locked<'_, M> {
    fn deref_mut(&mut self) -> &mut Cache<M> {
        &mut self.cache
    }
}

impl<M: Mapper> Drop for Locked<'_, M> {
    fn drop(&mut self) {
        if !self.cache.leaving.is_empty() {
            self.left = mem::replace(&mut self.cache.leaving, Leaving::new());
        }
    }
}
