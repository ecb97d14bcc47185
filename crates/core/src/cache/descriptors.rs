//! The descriptors of open files: which may go where there are too few, and how a file gets one again.
//!
//! A file that nobody has a cursor on goes first, with its regions. Then one whose cursors are all off any
//! region: its descriptor is given up, and the file is opened again by its path when a cursor is used. One
//! that its path does not lead to any more (it was removed, or has no path) keeps its descriptor: nobody
//! could open it again.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::files::OpenFile;
use crate::error::{Error, OsError};
use crate::file::source::{Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;

/// Of the descriptors there may be, one in so many is given up at a time: which were used longest ago is
/// found by sorting them all.
const SHARE: u64 = 16;

impl<M: Mapper> Cache<M> {
    /// The file's descriptor; where it was given up, a new one.
    ///
    /// # Errors
    /// [`Error::FileChanged`] where the path leads to another file by now, or nowhere; what `open(2)` says;
    /// [`Error::HandleLimit`]; [`Error::Closed`].
    pub(crate) fn descriptor(&mut self, mapper: &M, file: usize) -> Result<Arc<M::File>, Error> {
        let open = self.files.get(file).filter(|_| !self.is_closed).ok_or(Error::Closed)?;
        match &open.file {
            Some(descriptor) => Ok(Arc::clone(descriptor)),
            None => self.reopen(mapper, file),
        }
    }

    fn reopen(&mut self, mapper: &M, file: usize) -> Result<Arc<M::File>, Error> {
        self.make_room_for_file(mapper)?;
        let open = self.files.get(file).ok_or(Error::Closed)?;
        let (origin, flags, before) = (Arc::clone(&open.origin), open.flags, open.snapshot);
        let path = origin.path().ok_or(Error::Closed)?;
        let opened = mapper.open(&path, flags).or_else(|cause| {
            let is_freed = cause.is_shortage() && self.free_descriptors(mapper) > 0;
            if is_freed { mapper.open(&path, flags) } else { Err(cause) }
        });
        let changed = |what| Err(Error::FileChanged { name: origin.source.to_string(), what });
        match opened {
            Ok((again, now)) if before.is_same_file(&now) => self.files.take_back(file, again),
            Ok(_) => changed("was replaced by another one"),
            Err(OsError { errno: libc::ENOENT | libc::ENOTDIR, .. }) => changed("was removed"),
            Err(cause) => Err(Error::os(cause, &origin.source)),
        }
    }

    /// The system has no more descriptors: unmaps what is idle, and gives up every descriptor that may go.
    /// How many regions and files.
    pub(crate) fn free_descriptors(&mut self, mapper: &M) -> usize {
        self.collect() + self.give_up(mapper, usize::MAX)
    }

    /// Frees a descriptor, if there are as many as may be.
    pub(super) fn make_room_for_file(&mut self, mapper: &M) -> Result<(), Error> {
        let limit = self.budget.limits.handles;
        while self.files.descriptors() as u64 >= limit {
            let by_use = self.recency.oldest_first();
            if let Some(file) = by_use.into_iter().find_map(|slot| self.unneeded_file_of(slot)) {
                self.evict_all_of(file);
            } else if self.give_up(mapper, usize::try_from(limit / SHARE).unwrap_or(usize::MAX).max(1)) == 0 {
                return Err(Error::HandleLimit { limit, kind: "files" });
            }
        }
        Ok(())
    }

    fn unneeded_file_of(&self, slot: usize) -> Option<usize> {
        let file = self.regions.get(slot)?.file?;
        let open = self.files.get(file).filter(|open| open.cursors == 0)?;
        self.has_only_idle_regions(open).then_some(file)
    }

    fn has_only_idle_regions(&self, open: &OpenFile<M>) -> bool {
        open.regions.iter().all(|(_, slot)| self.is_idle(*slot))
    }

    /// Gives up at most so many descriptors, of the files used longest ago. How many.
    fn give_up(&mut self, mapper: &M, most: usize) -> usize {
        let last_use = |open: &OpenFile<M>| {
            open.regions.iter().map(|(_, slot)| self.recency.last_use(*slot)).max().unwrap_or(0)
        };
        let may_go = |open: &OpenFile<M>| open.file.is_some() && self.has_only_idle_regions(open);
        let mut idle: Vec<_> = self
            .files
            .iter()
            .filter(|(_, open)| may_go(open))
            .map(|(file, open)| (last_use(open), open.number, file))
            .collect();
        idle.sort_unstable();
        let mut given_up = 0;
        for (_, _, file) in idle {
            if given_up < most && self.files.get(file).is_some_and(|open| leads_to(mapper, open)) {
                self.evict_all_of(file);
                self.files.give_up(file);
                given_up += 1;
            }
        }
        given_up
    }

    fn evict_all_of(&mut self, file: usize) {
        for slot in self.slots_of(file) {
            self.evict(slot);
        }
    }
}

/// Whether the file's path still leads to it.
fn leads_to<M: Mapper>(mapper: &M, open: &OpenFile<M>) -> bool {
    let now = |path: Source| mapper.snapshot_of(&path).ok();
    open.origin.path().and_then(now).is_some_and(|now: Snapshot| open.snapshot.is_same_file(&now))
}
