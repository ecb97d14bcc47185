//! What a manager and its cursors share: the mapper, how regions are placed, and the cache with its one lock.
//! Knows neither of them.
#![forbid(unsafe_code)]

use std::mem;
use std::ops::{Deref, DerefMut};

use crate::cache::Cache;
use crate::cache::budget::{Gauge, Limits};
use crate::cache::earning::Access;
use crate::cache::leaving::Leaving;
use crate::cache::lone_reads::LoneReads;
use crate::cache::placement::Policy;
use crate::cache::region::Lingering;
use crate::cache::stamps::{StampBlock, whole};
use crate::mapping::Mapper;
use crate::sync::{Arc, Mutex, MutexGuard, lock};
use crate::window::granularity;

#[derive(Debug)]
pub(crate) struct Shared<M: Mapper> {
    mapper: M,
    policy: Policy,
    unit: u64,
    access: Access,
    /// What may be looked at without the lock: how full the cache is, how much of it handed-out bytes keep
    /// mapped, and the clock.
    gauge: std::sync::Arc<Gauge>,
    lingering: Arc<Lingering>,
    clock: Option<StampBlock>,
    /// Those of cursors that no viewer has.
    lone: Arc<LoneReads>,
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
        let cache = Cache::new((policy, unit), limits);
        Arc::new(Self {
            mapper,
            policy,
            unit,
            access,
            gauge: std::sync::Arc::clone(&cache.budget.gauge),
            lingering: Arc::clone(&cache.lingering),
            clock: cache.recency.stamps.block(0).cloned(),
            lone: Arc::default(),
            cache: Mutex::new(cache),
        })
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

    /// How lone reads, and passes over files, reach bytes.
    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn lone(&self) -> &Arc<LoneReads> {
        &self.lone
    }

    /// How many regions have ever been made: see [`Gauge::arrivals`].
    pub(super) fn arrivals(&self) -> u64 {
        self.gauge.arrivals()
    }

    /// As [`Cache::has_room_for`], without the lock.
    pub(super) fn has_room_for(&self, size: u64) -> bool {
        self.gauge.has_room_for(size, self.lingering.pinned())
    }

    /// A time later than every use that the cache has seen and than `last_use`, but not later than any use
    /// that follows. The clock is not put forward: two reads may get the same time.
    pub(super) fn after(&self, last_use: u64) -> u64 {
        self.clock.as_ref().and_then(|clock| clock.first()).map_or(0, whole).max(last_use) + 1
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
