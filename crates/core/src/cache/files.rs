//! The files that are open: one descriptor each, found by identity, whatever name they were asked for by.
//! Knows which regions they have by slot, and nothing of limits.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use slab::Slab;

use crate::cache::earning::Reads;
use crate::cache::region_list::RegionList;
use crate::error::Error;
use crate::error::OsError;
use crate::file::source::{Identity, Origin, Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;

/// A file as it was when it was opened, with its regions.
#[derive(Debug)]
pub(crate) struct OpenFile<M: Mapper> {
    /// Never used again, unlike its place among the files.
    pub(crate) number: u64,
    /// Nothing while the descriptor is given up: the file is opened again by its path when it is used.
    pub(crate) file: Option<Arc<M::File>>,
    pub(crate) flags: i32,
    pub(crate) origin: Arc<Origin>,
    pub(crate) snapshot: Snapshot,
    pub(crate) regions: RegionList,
    pub(crate) cursors: u64,
    /// When it was read without a map, where it is a single window; the windows of other files are counted by
    /// `Earning`.
    pub(crate) reads: Reads,
}

impl<M: Mapper> OpenFile<M> {
    /// # Errors
    /// [`Error::FileTruncated`] when the file ends before `end` by now: mapped, what is missing would be a
    /// fault.
    pub(crate) fn check_size(&self, mapper: &M, file: &M::File, end: u64) -> Result<(), Error> {
        let now = mapper.snapshot(file).map_err(|cause| Error::os(cause, &self.origin.source))?;
        if now.size < end { Err(self.truncated(Some(now.size))) } else { Ok(()) }
    }

    /// Why a read from the mapping met a page that is not there.
    pub(crate) fn damaged(&self, mapper: &M) -> Error {
        let now = self.file.as_ref().and_then(|file| mapper.snapshot(file).ok()).map(|now| now.size);
        if now.is_some_and(|now| now >= self.snapshot.size) {
            return Error::os(OsError { errno: libc::EIO, syscall: "read" }, &self.origin.source);
        }
        self.truncated(now)
    }

    pub(crate) fn truncated(&self, now: Option<u64>) -> Error {
        Error::FileTruncated { name: self.origin.source.to_string(), opened: self.snapshot.size, now }
    }
}

/// The open files. A file has an entry while it has a cursor or a region.
#[derive(Debug)]
pub(crate) struct Files<M: Mapper> {
    entries: Slab<OpenFile<M>>,
    /// Where new cursors go: a file that changed since is not in it, though older cursors may keep its entry.
    current: HashMap<Identity, usize>,
    /// How many have a descriptor.
    descriptors: usize,
    /// How many files there ever were.
    opened: u64,
}

impl<M: Mapper> Files<M> {
    pub(crate) fn new() -> Self {
        Self { entries: Slab::new(), current: HashMap::new(), descriptors: 0, opened: 0 }
    }

    pub(crate) fn descriptors(&self) -> usize {
        self.descriptors
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &OpenFile<M>)> {
        self.entries.iter()
    }

    pub(crate) fn get(&self, id: usize) -> Option<&OpenFile<M>> {
        self.entries.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: usize) -> Option<&mut OpenFile<M>> {
        self.entries.get_mut(id)
    }

    pub(crate) fn find(&self, identity: Identity) -> Option<usize> {
        self.current.get(&identity).copied()
    }

    pub(crate) fn insert(
        &mut self,
        (source, flags): (&Source, i32),
        file: M::File,
        snapshot: Snapshot,
    ) -> usize {
        self.opened += 1;
        self.descriptors += 1;
        let id = self.entries.insert(OpenFile {
            number: self.opened,
            file: Some(Arc::new(file)),
            flags,
            origin: Arc::new(Origin::new(source, snapshot.identity)),
            snapshot,
            regions: RegionList::default(),
            cursors: 0,
            reads: Reads::default(),
        });
        self.current.insert(snapshot.identity, id);
        id
    }

    /// Closes its descriptor, as soon as nobody reads by it any more.
    pub(crate) fn give_up(&mut self, id: usize) {
        let given_up = self.entries.get_mut(id).and_then(|open| open.file.take());
        self.descriptors -= usize::from(given_up.is_some());
    }

    /// The same file, opened again.
    pub(crate) fn take_back(&mut self, id: usize, file: M::File) -> Result<Arc<M::File>, Error> {
        let open = self.entries.get_mut(id).ok_or(Error::Closed)?;
        self.descriptors += usize::from(open.file.is_none());
        Ok(Arc::clone(open.file.insert(Arc::new(file))))
    }

    /// New cursors do not get this entry any more.
    pub(crate) fn retire(&mut self, id: usize) {
        let Some(identity) = self.entries.get(id).map(|file| file.snapshot.identity) else { return };
        if self.find(identity) == Some(id) {
            self.current.remove(&identity);
        }
    }

    /// Closes the file if nothing needs it.
    pub(crate) fn close_if_unused(&mut self, id: usize) {
        if self.entries.get(id).is_some_and(|file| file.cursors == 0 && file.regions.is_empty()) {
            self.retire(id);
            self.give_up(id);
            self.entries.remove(id);
        }
    }
}
