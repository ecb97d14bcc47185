//! What a manager and its cursors share: the mapper, how regions are placed, and the cache behind its one
//! lock. Knows neither of them.
#![forbid(unsafe_code)]

use crate::cache::Cache;
use crate::cache::budget::Limits;
use crate::cache::earning::Access;
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

impl<M: Mapper> Shared<M> {
    pub(crate) fn new(policy: Policy, limits: Limits, access: Access, mapper: M) -> Arc<Self> {
        let cache = Mutex::new(Cache::new(limits, access));
        Arc::new(Self { mapper, policy, unit: granularity(), cache })
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, Cache<M>> {
        lock(&self.cache)
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
}
