//! A cursor: one file, at most one region held, a position. Knows the cache it shares with its manager, not
//! the manager.
#![forbid(unsafe_code)]

mod check;
mod read;

use crate::cache::budget::Limits;
use crate::cache::earning::Access;
use crate::cache::files::Opened;
use crate::cache::lent::Lent;
use crate::cache::lone_reads::LoneReads;
use crate::cache::obtain::Request;
use crate::cache::placement::{Policy, needed};
use crate::cache::region::{Region, RegionKey};
use crate::cache::shared::Shared;
use crate::cache::viewers::Viewer;
use crate::error::Error;
use crate::file::source::Snapshot;
use crate::mapping::Mapper;
use crate::run::pace::{Pace, Way};
use crate::sync::Arc;
use crate::window::Window;

/// Access to a file through a manager's regions. The region it is on stays mapped until it moves on or is
/// dropped.
#[derive(Debug)]
pub struct Cursor<M: Mapper> {
    shared: Arc<Shared<M>>,
    file: usize,
    number: u64,
    snapshot: Snapshot,
    held: Option<Held<M>>,
    viewer: Option<Viewer>,
    /// The last move, if it was put off by [`Error::MustLetGo`].
    put_off: Option<Request>,
    reads: Arc<LoneReads>,
    /// The file's descriptor, from the first lone read on.
    lent: Option<Arc<Lent<M::File>>>,
}

#[derive(Debug)]
struct Held<M: Mapper> {
    key: RegionKey,
    region: Arc<Region<M::Mapping>>,
    span: Window,
}

impl<M: Mapper> Cursor<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>, (file, number): (usize, u64), snapshot: Snapshot) -> Self {
        let reads = Arc::clone(shared.lone());
        Self { shared, file, number, snapshot, held: None, viewer: None, put_off: None, reads, lent: None }
    }

    /// The same cursor, but it shows the viewer every region it comes to.
    #[must_use]
    pub fn seen_by(mut self, viewer: Viewer) -> Self {
        self.viewer = Some(viewer);
        if let Some(reads) = self.shared.cache().viewers.lone_reads(viewer) {
            self.reads = Arc::clone(reads);
        }
        self
    }

    /// A number of the file, as it was opened, that no other file of the manager ever has.
    #[must_use]
    pub fn file_number(&self) -> u64 {
        self.number
    }

    /// Moves to `size` bytes at `offset`. The region held before is let go first, so that it can make room.
    ///
    /// A `size` of 1 up to one window is served whole, unless the file ends first; 0, or more than a window,
    /// means a window. At or past the end of the file the cursor is on no region afterwards; that is not an
    /// error.
    ///
    /// # Errors
    /// What `mmap(2)` says, [`Error::HandleLimit`], [`Error::MemoryLimit`], [`Error::Closed`]; the cursor is
    /// then on no region. [`Error::MustLetGo`], where it is seen by a viewer.
    pub fn use_region(&mut self, offset: u64, size: u64) -> Result<Option<RegionKey>, Error> {
        let most = self.shared.policy().most();
        self.move_to(offset, if size == 0 { most } else { size.min(most) }, Some(size))
    }

    /// Moves to the region at `offset`, wherever it ends, and spans what it has from there on, at most a
    /// window.
    ///
    /// # Errors
    /// As [`Cursor::use_region`].
    pub fn use_piece(&mut self, offset: u64) -> Result<Option<RegionKey>, Error> {
        self.move_to(offset, self.shared.policy().most(), None)
    }

    /// Spans at most `most` bytes; `asked` is what must lie whole in the region.
    fn move_to(&mut self, offset: u64, most: u64, asked: Option<u64>) -> Result<Option<RegionKey>, Error> {
        let Self { shared, file, snapshot, held, viewer, put_off, .. } = self;
        // If this is the region's last `Arc`, it is unmapped after the lock was given back, and before
        // anything is mapped: so a limit of three windows never has four.
        let left = held.take();
        let mut cache = shared.cache();
        if let Some(left) = &left {
            cache.let_go(left.key);
        }
        cache.check_open()?;
        let needed = needed(offset, asked.unwrap_or(1), shared.policy(), snapshot.size);
        let Some(needed) = needed else { return Ok(None) };
        // The same call again after `MustLetGo` goes on with its request, which has been counted.
        let same = put_off.take().filter(|request| request.needed == needed);
        let mut request = same.unwrap_or_else(|| Request::new(*file, needed, *viewer));
        let found = cache.look_for(request);
        drop(cache);
        drop(left);
        let obtained = shared.obtain(found, &mut request);
        if let Err(Error::MustLetGo) = obtained {
            *put_off = Some(request);
        }
        let (key, region) = obtained?;
        let span = Window::new(offset, most.min(region.window().end() - offset));
        *held = Some(Held { key, region, span });
        Ok(Some(key))
    }

    /// Whether the cursor is on a region that nobody took away and whose bytes are the file's.
    ///
    /// # Errors
    /// [`Error::FileTruncated`] when the file was cut below the region, [`Error::Os`] `EIO` when it could not
    /// be read: the region then leaves the cache, and the cursor is on none.
    pub fn verify(&mut self) -> Result<bool, Error> {
        // By the region held, not by its key: another cursor may have met the damage first, and the region
        // has left the cache then.
        let Some(held) = self.held.take_if(|held| held.region.is_damaged()) else {
            return Ok(self.is_valid());
        };
        let key = held.key;
        drop(held);
        let mut cache = self.shared.cache();
        cache.let_go(key);
        let _ = cache.verify(key);
        drop(cache);
        Err(self.as_opened()?.damaged(self.shared.mapper()))
    }

    /// Makes sure that what was just read from the region was the file's, also where a cut raises no fault:
    /// inside the last page. Costs an `fstat(2)`.
    ///
    /// # Errors
    /// As [`Cursor::verify`], and [`Error::FileTruncated`] when the file now ends inside the span.
    pub fn confirm(&mut self) -> Result<(), Error> {
        let Some(span) = self.span() else { return Ok(()) };
        self.verify()?;
        let now = self.snapshot_now()?;
        if now.size >= span.end() { Ok(()) } else { Err(self.as_opened()?.truncated(Some(now.size))) }
    }

    /// Catches up with a viewer that has moved without a call: it is on this region now, or on none. When it
    /// left the region before, and any in between, is in the stamps. False: the viewer has let go of the
    /// region.
    pub fn stand_on(&mut self, key: Option<RegionKey>) -> bool {
        // If this is its last `Arc`, it is unmapped after the lock was given back.
        let left = self.held.take();
        let mut cache = self.shared.cache();
        let shown = key.zip(self.viewer).and_then(|(key, viewer)| {
            cache.viewers.shown(viewer, key).map(|region| (key, Arc::clone(region)))
        });
        if let Some(left) = &left {
            cache.let_go_late(left.key);
        }
        self.held = shown.map(|(key, region)| {
            cache.enter(key);
            let span = region.window();
            Held { key, region, span }
        });
        self.held.is_some()
    }

    /// Lets the region go; it stays cached until another region needs the room.
    pub fn unuse_region(&mut self) {
        if let Some(held) = self.held.take() {
            self.shared.cache().let_go(held.key);
        }
    }

    /// Whether the cursor is on a region that nobody took away.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.region.is_taken())
    }

    /// What the cursor spans: what was asked for, up to the end of the region or file.
    #[must_use]
    pub fn span(&self) -> Option<Window> {
        self.held.as_ref().map(|held| held.span)
    }

    /// The bytes of [`Cursor::span`].
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.held.as_ref().and_then(|held| held.region.part(held.span))
    }

    /// The region held.
    #[must_use]
    pub fn region(&self) -> Option<&Arc<Region<M::Mapping>>> {
        self.held.as_ref().map(|held| &held.region)
    }

    /// The key of the region held.
    #[must_use]
    pub fn key(&self) -> Option<RegionKey> {
        self.held.as_ref().map(|held| held.key)
    }

    /// Whether the file's bytes are to be read, not mapped, because reading holes through a map would
    /// allocate them.
    pub(crate) fn avoids_maps(&self) -> bool {
        self.opened().is_ok_and(|(file, _)| self.shared.mapper().has_costly_holes(&file))
    }

    /// Whether the next step of a pass is mapped or read, and whether that is a trial. A read is counted.
    pub(crate) fn sweep_way(&self, pace: &mut Pace) -> (Way, bool) {
        let (way, is_trial) = match self.shared.access() {
            Access::Auto => pace.next(),
            Access::Map => (Way::Map, false),
            Access::Read => (Way::Read, false),
        };
        self.shared.cache().counts.reads += u64::from(way == Way::Read);
        (way, is_trial)
    }

    /// The most that a region mapped for the byte at `offset` can span.
    pub(crate) fn window_at(&self, offset: u64) -> Window {
        match self.shared.policy() {
            Policy::Windows(window) => {
                Window::new(offset, window.min(self.file_size().saturating_sub(offset)))
            }
            Policy::WholeFile => Window::new(0, self.file_size()),
        }
    }

    /// The file's size in bytes when it was opened.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.snapshot.size
    }

    /// What the file was when it was opened.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot
    }

    /// What the open file is now.
    ///
    /// # Errors
    /// What `fstat(2)` says; [`Error::Closed`].
    pub fn snapshot_now(&self) -> Result<Snapshot, Error> {
        let (file, opened) = self.opened()?;
        self.shared.mapper().snapshot(&file).map_err(|cause| Error::os(cause, &opened.origin.source))
    }

    /// What the cursor shares with its manager.
    pub(crate) fn shared(&self) -> &Arc<Shared<M>> {
        &self.shared
    }

    /// How many bytes, and how many regions, may be mapped beside those in use.
    pub(crate) fn room(&self) -> (u64, u64) {
        let cache = self.shared.cache();
        let Limits { memory, handles, .. } = cache.budget.limits;
        (memory.saturating_sub(cache.budget.used()), handles.saturating_sub(cache.used_regions() as u64))
    }

    /// Another cursor on the same file as it was opened, on no region.
    ///
    /// # Errors
    /// [`Error::Closed`] when the manager is.
    pub fn another(&self) -> Result<Self, Error> {
        // The same entry, even if the file has changed since: a job reads what its caller sees.
        let mut cache = self.shared.cache();
        cache.files.get_mut(self.file).ok_or(Error::Closed)?.cursors += 1;
        drop(cache);
        Ok(Self::new(Arc::clone(&self.shared), (self.file, self.number), self.snapshot))
    }

    /// Another cursor on the same file, at the same position: on the same region, if nobody took it away.
    ///
    /// # Errors
    /// [`Error::Closed`] when the manager is.
    pub fn duplicate(&self) -> Result<Self, Error> {
        let mut copy = self.another()?;
        copy.viewer = self.viewer;
        copy.reads = Arc::clone(&self.reads);
        copy.held = self.held.as_ref().filter(|held| self.shared.cache().enter(held.key)).map(|held| Held {
            key: held.key,
            region: Arc::clone(&held.region),
            span: held.span,
        });
        Ok(copy)
    }

    /// What the file was when it was opened.
    fn as_opened(&self) -> Result<Opened<M>, Error> {
        self.shared.cache().opened(self.file).cloned()
    }

    /// The same, and its descriptor: a new one if that was given up.
    fn opened(&self) -> Result<(Arc<M::File>, Opened<M>), Error> {
        self.shared.opened(self.file)
    }
}

/// The number of no file.
const CLOSED: usize = usize::MAX;

impl<M: Mapper> Cursor<M> {
    /// Lets region and file go; from now on it answers [`Error::Closed`].
    pub fn close(&mut self) {
        self.unuse_region();
        let mut cache = self.shared.cache();
        let file = std::mem::replace(&mut self.file, CLOSED);
        let lent = self.lent.take();
        // A closed manager has no files left, and a second `close` must not count the cursor twice.
        if !cache.is_closed && file != CLOSED {
            cache.close_cursor(file, lent.as_ref());
        }
        // Closes the file, if nobody else has it.
        drop(cache);
    }
}

impl<M: Mapper> Drop for Cursor<M> {
    fn drop(&mut self) {
        self.close();
    }
}
