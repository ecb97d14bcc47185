//! The open files: one descriptor each, found by identity, whatever name they were opened by. Knows the slots
//! of their regions, and nothing of limits.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use slab::Slab;

use crate::cache::lent::{Lent, Loan};
use crate::cache::region_list::RegionList;
use crate::error::Error;
use crate::error::OsError;
use crate::file::source::{Identity, Origin, Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

/// A file as it was when it was opened. A clone is the same file: it is asked about without the lock.
#[derive(Debug)]
pub(crate) struct Opened<M: Mapper> {
    /// `None` while the descriptor is given up: the file is opened again by its path when it is used.
    pub(crate) file: Option<Arc<M::File>>,
    pub(crate) flags: i32,
    pub(crate) origin: Arc<Origin>,
    pub(crate) snapshot: Snapshot,
}

impl<M: Mapper> Clone for Opened<M> {
    fn clone(&self) -> Self {
        let Self { file, flags, origin, snapshot } = self;
        Self { file: file.clone(), flags: *flags, origin: Arc::clone(origin), snapshot: *snapshot }
    }
}

impl<M: Mapper> Opened<M> {
    /// Why a read from the mapping met a page that is not there.
    pub(crate) fn damaged(&self, mapper: &M) -> Error {
        // The guard cannot say more than that a page was missing. If the file is as long as it was, the disk
        // failed, or the file was cut and has grown again.
        // The descriptor may have been given up, or its file system be gone: then the size is not known.
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

/// A region that lacked pages.
#[derive(Debug)]
pub(crate) struct Damage<M: Mapper> {
    pub(crate) origin: Arc<Origin>,
    pub(crate) window: Window,
    /// The file, unless the region is unshared.
    pub(crate) opened: Option<Opened<M>>,
}

impl<M: Mapper> Damage<M> {
    pub(crate) fn error(&self, mapper: &M) -> Error {
        let truncated = || Error::FileTruncated {
            name: self.origin.source.to_string(),
            opened: self.window.end(),
            now: None,
        };
        self.opened.as_ref().map_or_else(truncated, |opened| opened.damaged(mapper))
    }
}

/// An open file with its regions.
#[derive(Debug)]
pub(crate) struct OpenFile<M: Mapper> {
    /// Never used again, unlike its index among the files.
    pub(crate) number: u64,
    pub(crate) opened: Opened<M>,
    pub(crate) regions: RegionList,
    pub(crate) cursors: u64,
    /// The cursors' own claims on the descriptor.
    lent: Vec<Arc<Lent<M::File>>>,
}

/// The open files. A file has an entry while it has a cursor or a region.
#[derive(Debug)]
pub(crate) struct Files<M: Mapper> {
    entries: Slab<OpenFile<M>>,
    /// Where new cursors go. A file that has changed since is not in it, though older cursors may keep its
    /// entry.
    current: HashMap<Identity, usize>,
    /// How many have a descriptor.
    descriptors: usize,
    /// How many files there ever were.
    count: u64,
}

impl<M: Mapper> Files<M> {
    pub(crate) fn new() -> Self {
        Self { entries: Slab::new(), current: HashMap::new(), descriptors: 0, count: 0 }
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
        // The number, unlike `id`, is never given again: who has both notices that the file has gone.
        self.count += 1;
        self.descriptors += 1;
        let id = self.entries.insert(OpenFile {
            number: self.count,
            opened: Opened {
                file: Some(Arc::new(file)),
                flags,
                origin: Arc::new(Origin::new(source, snapshot.identity)),
                snapshot,
            },
            regions: RegionList::default(),
            cursors: 0,
            lent: Vec::new(),
        });
        self.current.insert(snapshot.identity, id);
        id
    }

    /// Lends the file's descriptor, if it has one, to a cursor, until it is called in or handed back.
    pub(crate) fn lend(&mut self, id: usize) -> Option<Loan<M::File>> {
        let open = self.entries.get_mut(id)?;
        let file = Arc::clone(open.opened.file.as_ref()?);
        let lent = Arc::new(Lent::new());
        open.lent.push(Arc::clone(&lent));
        Some((lent, file))
    }

    /// The cursor that was lent it closes.
    pub(crate) fn hand_back(&mut self, id: usize, lent: &Arc<Lent<M::File>>) {
        if let Some(open) = self.entries.get_mut(id) {
            open.lent.retain(|other| !Arc::ptr_eq(other, lent));
        }
    }

    /// Takes the file's descriptor from it, and from those it was lent to.
    #[must_use = "dropped, it is closed as soon as nobody reads by it any more"]
    pub(crate) fn give_up(&mut self, id: usize) -> Vec<Arc<M::File>> {
        let Some(open) = self.entries.get_mut(id) else { return Vec::new() };
        let mut given_up: Vec<_> = open.opened.file.take().into_iter().collect();
        self.descriptors -= given_up.len();
        given_up.extend(open.lent.drain(..).filter_map(|lent| lent.call_in()));
        given_up
    }

    /// The same file, opened again.
    pub(crate) fn take_back(&mut self, id: usize, file: M::File) -> Option<Arc<M::File>> {
        let open = self.entries.get_mut(id)?;
        self.descriptors += usize::from(open.opened.file.is_none());
        Some(Arc::clone(open.opened.file.insert(Arc::new(file))))
    }

    /// From now on, new cursors do not get this entry.
    pub(crate) fn retire(&mut self, id: usize) {
        let Some(identity) = self.entries.get(id).map(|file| file.opened.snapshot.identity) else { return };
        // A newer entry of the same file may stand there by now.
        if self.find(identity) == Some(id) {
            self.current.remove(&identity);
        }
    }

    /// Removes the file if nothing needs it, and returns its descriptor.
    #[must_use = "dropped, it is closed"]
    pub(crate) fn take_if_unused(&mut self, id: usize) -> Vec<Arc<M::File>> {
        if self.entries.get(id).is_none_or(|file| file.cursors > 0 || !file.regions.is_empty()) {
            return Vec::new();
        }
        self.retire(id);
        let descriptors = self.give_up(id);
        self.entries.remove(id);
        descriptors
    }

    /// Removes all files, and returns their descriptors.
    #[must_use = "dropped, they are closed"]
    pub(crate) fn take_all(&mut self) -> Vec<Arc<M::File>> {
        // From cursors too: one that reads without the lock learns so that the manager is closed.
        let ids: Vec<usize> = self.entries.iter().map(|(id, _)| id).collect();
        let descriptors = ids.into_iter().flat_map(|id| self.give_up(id)).collect();
        self.current.clear();
        self.entries.clear();
        descriptors
    }
}
