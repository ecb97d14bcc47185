//! The descriptors of open files: which may go where there are too few, and how a file gets one again.
//!
//! A file without a cursor goes first, with its regions. Next goes a file whose cursors are on no region: its
//! descriptor is closed, and the file is opened again by its path when a cursor is used. A file that cannot
//! be opened again (its path leads elsewhere, or it has none) keeps its descriptor. The paths are resolved
//! without the lock.
#![forbid(unsafe_code)]

use super::Cache;
use crate::cache::files::{OpenFile, Opened};
use crate::cache::lent::Lent;
use crate::cache::shared::Shared;
use crate::error::{Change, Error, Handles, OsError};
use crate::file::source::{Origin, Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;

/// A sixteenth of the descriptors is given up at a time, because finding the ones used longest ago means
/// sorting them all.
const SHARE: u64 = 16;

/// A file whose descriptor may go: its index among the files, and its number.
struct IdleFile {
    id: usize,
    number: u64,
    origin: Arc<Origin>,
    snapshot: Snapshot,
}

impl<M: Mapper> Shared<M> {
    /// The file, and its descriptor; a new one if that was given up.
    ///
    /// # Errors
    /// [`Error::FileChanged`] where the path leads to another file by now, or nowhere; what `open(2)` says;
    /// [`Error::HandleLimit`]; [`Error::Closed`].
    pub(crate) fn opened(&self, id: usize) -> Result<(Arc<M::File>, Opened<M>), Error> {
        let opened = self.cache().opened(id)?.clone();
        let descriptor = match &opened.file {
            Some(descriptor) => Arc::clone(descriptor),
            None => self.reopen(id, &opened)?,
        };
        Ok((descriptor, opened))
    }

    /// A file's descriptor, for one cursor to keep until it is called in; for this time only, where the
    /// file had none.
    pub(crate) fn lend(
        &self,
        id: usize,
        kept: &mut Option<Arc<Lent<M::File>>>,
    ) -> Result<Arc<M::File>, Error> {
        let (lent, file) = self.cache().files.lend(id).unzip();
        *kept = lent;
        file.map_or_else(|| Ok(self.opened(id)?.0), Ok)
    }

    /// As [`Shared::opened`], for a caller that has just looked for the descriptor.
    pub(crate) fn descriptor(&self, id: usize, seen: Option<Arc<M::File>>) -> Result<Arc<M::File>, Error> {
        seen.map_or_else(|| Ok(self.opened(id)?.0), Ok)
    }

    fn reopen(&self, id: usize, before: &Opened<M>) -> Result<Arc<M::File>, Error> {
        while !self.cache().has_room_for_file() {
            self.make_room_for_file()?;
        }
        let Opened { origin, flags, snapshot, .. } = before;
        let path = origin.path().ok_or(Error::Closed)?;
        let changed = |what| Err(Error::FileChanged { name: origin.source.to_string(), what });
        // Opened without the lock: `open(2)` may wait for a disk or a server.
        let mut again = match self.open(&path, *flags) {
            Ok((again, now)) if snapshot.is_same_file(&now) => Some(again),
            Ok(_) => return changed(Change::Replaced),
            Err(OsError { errno: libc::ENOENT | libc::ENOTDIR, .. }) => return changed(Change::Removed),
            Err(cause) => return Err(Error::os(cause, &origin.source)),
        };
        // Other threads may have taken the room in between: make some again until it is there.
        loop {
            let taken = self.cache().take_back(id, &mut again)?;
            match taken {
                Some(descriptor) => return Ok(descriptor),
                None => self.make_room_for_file()?,
            }
        }
    }

    /// Opens a file. If the system is short of descriptors, closes what is idle and tries once more.
    pub(crate) fn open(&self, source: &Source, flags: i32) -> Result<(M::File, Snapshot), OsError> {
        let open = || self.mapper().open(source, flags);
        open().or_else(|cause| {
            let is_freed = cause.is_shortage() && self.free_descriptors() > 0;
            if is_freed { open() } else { Err(cause) }
        })
    }

    /// The entry of a file just opened, and its number; one cursor more.
    ///
    /// # Errors
    /// [`Error::HandleLimit`]; [`Error::Closed`].
    pub(crate) fn adopt(
        &self,
        source: (&Source, i32),
        file: M::File,
        snapshot: Snapshot,
    ) -> Result<(usize, u64), Error> {
        // Closed here, with no lock, if the file was open before.
        let mut file = Some(file);
        loop {
            let adopted = self.cache().adopt(source, &mut file, snapshot)?;
            match adopted {
                Some(adopted) => return Ok(adopted),
                None => self.make_room_for_file()?,
            }
        }
    }

    /// The system has no more descriptors: unmaps what is idle, and gives up every descriptor that may go.
    /// Returns how many regions and files that were.
    fn free_descriptors(&self) -> usize {
        self.collect() + self.give_up(usize::MAX)
    }

    /// Gives up some descriptors.
    fn make_room_for_file(&self) -> Result<(), Error> {
        let limit = self.cache().budget.limits.handles;
        let most = usize::try_from(limit / SHARE).unwrap_or(usize::MAX).max(1);
        if self.give_up(most) == 0 { Err(Error::HandleLimit { limit, kind: Handles::Files }) } else { Ok(()) }
    }

    /// Gives up at most `most` descriptors, of the files used longest ago; returns how many it gave up.
    fn give_up(&self, most: usize) -> usize {
        let idle = self.cache().idle_files();
        let may_go = idle.into_iter().filter(|file| self.leads_to(file));
        may_go.filter(|file| self.cache().give_up_descriptor(file)).take(most).count()
    }

    /// Whether the file's path still leads to it.
    fn leads_to(&self, file: &IdleFile) -> bool {
        let now = |path: Source| self.mapper().snapshot_of(&path).ok();
        file.origin.path().and_then(now).is_some_and(|now| file.snapshot.is_same_file(&now))
    }
}

impl<M: Mapper> Cache<M> {
    /// A file as it was when it was opened.
    pub(crate) fn opened(&self, id: usize) -> Result<&Opened<M>, Error> {
        let open = self.files.get(id).filter(|_| !self.is_closed).ok_or(Error::Closed)?;
        Ok(&open.opened)
    }

    /// Whether there may be one more descriptor. Files that nobody needs go for it.
    pub(super) fn has_room_for_file(&mut self) -> bool {
        while self.files.descriptors() as u64 >= self.budget.limits.handles {
            let by_use = self.recency.oldest_first();
            let unneeded = by_use.into_iter().find_map(|slot| self.unneeded_file_of(slot));
            let Some(file) = unneeded else { return false };
            self.evict_all_of(file);
        }
        true
    }

    /// Gives the file this descriptor, unless it has one by now. `None`: there is no room for it.
    fn take_back(&mut self, id: usize, again: &mut Option<M::File>) -> Result<Option<Arc<M::File>>, Error> {
        // Another thread was faster: both use its descriptor, and ours is closed.
        if let Some(known) = &self.opened(id)?.file {
            return Ok(Some(Arc::clone(known)));
        }
        if !self.has_room_for_file() {
            return Ok(None);
        }
        Ok(again.take().and_then(|again| self.files.take_back(id, again)))
    }

    fn unneeded_file_of(&self, slot: usize) -> Option<usize> {
        let file = self.regions.get(slot)?.file?;
        let open = self.files.get(file).filter(|open| open.cursors == 0)?;
        self.has_only_idle_regions(open).then_some(file)
    }

    fn has_only_idle_regions(&self, open: &OpenFile<M>) -> bool {
        open.regions.iter().all(|(_, slot)| self.is_idle(*slot))
    }

    fn may_give_up(&self, open: &OpenFile<M>) -> bool {
        open.opened.file.is_some() && self.has_only_idle_regions(open)
    }

    /// The files whose descriptors may go, the one used longest ago first.
    fn idle_files(&self) -> Vec<IdleFile> {
        let last_use = |open: &OpenFile<M>| {
            open.regions.iter().map(|(_, slot)| self.recency.last_use(*slot)).max().unwrap_or(0)
        };
        let files = self.files.iter().filter(|(_, open)| self.may_give_up(open));
        let mut idle: Vec<_> = files.map(|(id, open)| (last_use(open), open.number, id)).collect();
        // Sorted as a whole, and asked for a sixteenth at a time: keeping an order at each use would cost
        // every hit, and descriptors are short only with very many files.
        idle.sort_unstable();
        let idle = idle.into_iter().filter_map(|(_, number, id)| {
            let Opened { origin, snapshot, .. } = &self.files.get(id)?.opened;
            Some(IdleFile { id, number, origin: Arc::clone(origin), snapshot: *snapshot })
        });
        idle.collect()
    }

    /// Gives the file's descriptor up, if it still may go. True: it did.
    fn give_up_descriptor(&mut self, idle: &IdleFile) -> bool {
        // The lock was given back while its path was resolved: it may be in use by now, or another file.
        let open = self.files.get(idle.id).filter(|open| open.number == idle.number);
        let may_go = open.is_some_and(|open| self.may_give_up(open));
        if may_go {
            self.evict_all_of(idle.id);
            self.leaving.add_files(self.files.give_up(idle.id));
        }
        may_go
    }

    fn evict_all_of(&mut self, file: usize) {
        for slot in self.slots_of(file) {
            self.evict(slot);
        }
    }
}
