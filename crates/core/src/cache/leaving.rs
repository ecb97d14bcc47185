//! What has left the cache under its lock, to be unmapped and closed after the lock was given back.
#![forbid(unsafe_code)]

use crate::cache::region::Region;
use crate::mapping::Mapper;
use crate::sync::Arc;

/// When it is dropped, regions that nobody else has are unmapped, and files are closed.
#[derive(Debug)]
pub(crate) struct Leaving<M: Mapper> {
    regions: Vec<Arc<Region<M::Mapping>>>,
    files: Vec<Arc<M::File>>,
}

impl<M: Mapper> Leaving<M> {
    pub(crate) fn new() -> Self {
        Self { regions: Vec::new(), files: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.files.is_empty()
    }

    pub(crate) fn add_region(&mut self, region: Arc<Region<M::Mapping>>) {
        self.regions.push(region);
    }

    pub(crate) fn add_files(&mut self, files: impl IntoIterator<Item = Arc<M::File>>) {
        self.files.extend(files);
    }
}
