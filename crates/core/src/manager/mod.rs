//! The manager: what a program may ask of all its files at once. Knows no cursor's position.
#![forbid(unsafe_code)]

mod viewers;

use std::path::Path;

use crate::cache::budget::Limits;
use crate::cache::earning::Access;
use crate::cache::files::OpenFile;
use crate::cache::placement::Policy;
use crate::cache::region::{Lingering, Region, RegionKey};
use crate::cache::shared::Shared;
use crate::cache::stamps::StampBlock;
use crate::cache::trace::Trace;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::error::OsError;
use crate::file::source::{Base, Kind, Origin, Snapshot, Source};
use crate::mapping::Mapper;
use crate::sync::Arc;
use crate::window::Window;

/// Users of the addon count offsets as doubles, which are exact up to here.
const MOST_BYTES: u64 = (1 << 53) - 1;

/// What a manager is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How regions are cut out of files.
    pub policy: Policy,
    /// How much may be mapped.
    pub limits: Limits,
}

/// The state of a manager at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation; bytes where it says memory or bytes")]
pub struct Stats {
    pub mapped_memory: u64,
    pub peak_mapped_memory: u64,
    pub mappings: u64,
    pub peak_mappings: u64,
    pub files_with_regions: u64,
    pub regions: u64,
    pub used_regions: u64,
    pub cursors: u64,
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    pub maps: u64,
    pub reads: u64,
    pub lingering_regions: u64,
    pub lingering_bytes: u64,
}

/// Keeps regions of files mapped, within limits. A clone is the same manager.
///
/// ```
/// use smmap_core::{Limits, Manager, MemoryMapper, Options, Policy, Source};
/// let files = MemoryMapper::default();
/// files.write("log", b"one\ntwo\n");
/// let limits = Limits { memory: 1 << 20, handles: 16, strict: false };
/// let manager = Manager::new(Options { policy: Policy::Windows(1 << 16), limits }, files);
/// let mut cursor = manager.open(&Source::Path("log".into()), 0)?;
/// cursor.use_region(4, 3)?;
/// assert_eq!(cursor.bytes(), Some(b"two".as_slice()));
/// assert_eq!(manager.stats().mapped_memory, 8);
/// # Ok::<(), smmap_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Manager<M: Mapper>(Arc<Shared<M>>);

/// A reference that does not keep the [`Manager`] alive.
#[cfg(not(loom))]
#[derive(Debug)]
pub struct WeakManager<M: Mapper>(std::sync::Weak<Shared<M>>);

#[cfg(not(loom))]
impl<M: Mapper> WeakManager<M> {
    /// The manager, if somebody still has it.
    #[must_use]
    pub fn upgrade(&self) -> Option<Manager<M>> {
        self.0.upgrade().map(Manager)
    }
}

impl<M: Mapper> Clone for Manager<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Mapper> Manager<M> {
    /// A manager with nothing mapped.
    #[must_use]
    pub fn new(options: Options, mapper: M) -> Self {
        Self::with_access(options, Access::default(), mapper)
    }

    /// A manager that uses `access` where both maps and reads would do: for lone reads, and for passes over
    /// files.
    #[must_use]
    pub fn with_access(options: Options, access: Access, mapper: M) -> Self {
        Self(Shared::new(options.policy, options.limits, access, mapper))
    }

    /// A reference to the manager that does not keep it alive.
    #[cfg(not(loom))]
    #[must_use]
    pub fn downgrade(&self) -> WeakManager<M> {
        WeakManager(Arc::downgrade(&self.0))
    }

    /// The manager that a cursor belongs to.
    #[must_use]
    pub fn of(cursor: &Cursor<M>) -> Self {
        Self(Arc::clone(cursor.shared()))
    }

    /// Opens a file, and gives a cursor on it that is on no region yet. If the file is open already and has
    /// not changed, both share its regions. `flags` are added to `open(2)`'s.
    ///
    /// # Errors
    /// What the system says; [`Error::NotRegularFile`]; [`Error::HandleLimit`] when as many files are open
    /// and needed as the limit allows; [`Error::Closed`].
    pub fn open(&self, source: &Source, flags: i32) -> Result<Cursor<M>, Error> {
        // Opened each time, though the file may be open: only then is it certain that the name still leads to
        // the same file.
        let (file, snapshot) = self.open_file(source, flags)?;
        let (id, number) = self.0.adopt((source, flags), file, snapshot)?;
        Ok(Cursor::new(Arc::clone(&self.0), (id, number), snapshot))
    }

    /// Maps a region of the caller's own: neither shared nor evicted, with a client count of 1.
    ///
    /// `size` 0, or more than there is, maps up to the file's end.
    ///
    /// # Errors
    /// As [`Manager::open`] and `mmap(2)`; [`Error::Unaligned`]; [`Error::BeyondEnd`] and
    /// [`Error::EmptyFile`].
    pub fn map_unshared(
        &self,
        source: &Source,
        flags: i32,
        offset: u64,
        size: u64,
    ) -> Result<RegionKey, Error> {
        // `mmap(2)`: "offset must be a multiple of the page size".
        if !offset.is_multiple_of(self.0.unit()) {
            return Err(Error::Unaligned { offset, unit: self.0.unit() });
        }
        let (file, snapshot) = self.open_file(source, flags)?;
        let name = || source.to_string();
        let rest = match snapshot.size.checked_sub(offset) {
            _ if snapshot.size == 0 => return Err(Error::EmptyFile { name: name() }),
            None | Some(0) => return Err(Error::BeyondEnd { offset, size: snapshot.size, name: name() }),
            Some(rest) => rest,
        };
        // Never past the end of the file, where a read would be a fault.
        let size = if size == 0 { rest } else { size.min(rest) };
        let origin = Origin::new(source, snapshot.identity);
        let window = Window::new(offset, size);
        self.0.map_unshared(&Arc::new(file), window, origin)
    }

    /// Unmaps every idle region; returns how many.
    #[must_use = "the count is the answer; drop it with `let _ =`"]
    pub fn collect(&self) -> usize {
        self.0.collect()
    }

    /// What `path` names, for [`Manager::force_unmap`].
    #[must_use]
    pub fn base(&self, path: &Path) -> Base {
        Base::new(path, self.0.mapper().snapshot_of(&Source::Path(path.to_path_buf())).ok())
    }

    /// Takes every region of the files under `base` out of the cache, used or not; returns how many.
    ///
    /// Cursors on the regions keep them alive until their next use.
    #[must_use = "the count is the answer; drop it with `let _ =`"]
    pub fn force_unmap(&self, base: &Base) -> usize {
        let open = |(id, open): (usize, &OpenFile<M>)| (id, open.number, Arc::clone(&open.opened.origin));
        let files: Vec<_> = self.0.cache().files.iter().map(open).collect();
        // Without the lock, because resolving symbolic links asks the system. Later, `number` shows whether
        // the index is still that file's.
        let under = files.into_iter().filter(|(_, _, origin)| origin.lies_under(base));
        under.map(|(id, number, _)| self.0.cache().remove_file(id, number)).sum()
    }

    /// Takes everything out of the cache, used or not. From now on nothing can be opened or obtained.
    pub fn close(&self) {
        self.0.cache().close();
    }

    /// Whether [`Manager::close`] was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.cache().is_closed
    }

    /// The region with that key, if it is still in the cache.
    #[must_use]
    pub fn region(&self, key: RegionKey) -> Option<Arc<Region<M::Mapping>>> {
        self.0.cache().region(key).cloned()
    }

    /// Makes sure that a region is in the cache and its bytes are the file's.
    ///
    /// # Errors
    /// [`Error::Released`]; [`Error::FileTruncated`] when the file was cut below the region, [`Error::Os`]
    /// `EIO` when it could not be read: the region then leaves the cache.
    pub fn verify(&self, key: RegionKey) -> Result<(), Error> {
        let damage = self.0.cache().verify(key)?;
        damage.map_or(Ok(()), |damage| Err(damage.error(self.0.mapper())))
    }

    /// The cache's own claim, those added by [`Manager::claim`], and the cursors on the region; 0 when it is
    /// gone.
    #[must_use]
    pub fn client_count(&self, key: RegionKey) -> u64 {
        self.0.cache().client_count(key)
    }

    /// Adds to a region's client count by hand, or gives back. True: it reached 0 and the region was
    /// released.
    ///
    /// # Errors
    /// [`Error::CountBelowZero`] for more than was added, the owner's own 1 included; [`Error::Released`].
    pub fn claim(&self, key: RegionKey, by: i64) -> Result<bool, Error> {
        self.0.cache().claim(key, by)
    }

    /// Gives back every claim on a region, the cache's too: it is unmapped as soon as no cursor is on it.
    pub fn release(&self, key: RegionKey) {
        self.0.cache().release(key);
    }

    /// The windows mapped of the file a source leads to, ordered by offset, and their keys.
    #[must_use]
    pub fn regions_of(&self, source: &Source) -> Vec<(RegionKey, Window)> {
        // By identity, not by name: the file may have been opened by another one.
        let Ok(snapshot) = self.0.mapper().snapshot_of(source) else { return Vec::new() };
        let cache = self.0.cache();
        let open = cache.files.find(snapshot.identity).and_then(|id| cache.files.get(id));
        let windows = open.into_iter().flat_map(|open| open.regions.iter());
        windows.filter_map(|(window, slot)| Some((cache.key_of_mapped(*slot)?, *window))).collect()
    }

    /// Memory in which readers in place stamp the regions they use, so that eviction sees it. Cells are
    /// numbered over all blocks: cell 0 is a clock, cell `STAMPS_A_BLOCK + slot` the time of a slot's last
    /// use. A reader has a clock of its own, which goes on from the shared one by less than a
    /// [`ROUND`](crate::ROUND); then it sets the shared clock to its time. All are the bits of doubles.
    #[must_use]
    pub fn stamps(&self, block: usize) -> Option<StampBlock> {
        self.0.cache().recency.stamps.block(block).cloned()
    }

    /// Every counter at this moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        // One lock for all of them, so that they are the state at one moment.
        let cache = self.0.cache();
        let open = || cache.files.iter().map(|(_, open)| open);
        Stats {
            mapped_memory: cache.budget.gauge.mapped(),
            peak_mapped_memory: cache.budget.peak_mapped,
            mappings: cache.budget.gauge.handles(),
            peak_mappings: cache.budget.peak_handles,
            files_with_regions: open().filter(|open| !open.regions.is_empty()).count() as u64,
            regions: cache.regions() as u64,
            used_regions: cache.used_regions() as u64,
            cursors: open().map(|open| open.cursors).sum(),
            hits: cache.counts.hits + cache.viewers.uses(),
            misses: cache.counts.misses,
            evictions: cache.counts.evictions,
            maps: cache.counts.maps,
            reads: cache.counts.reads + cache.viewers.reads() + self.0.lone().made(),
            lingering_regions: cache.lingering.regions(),
            lingering_bytes: cache.lingering.bytes(),
        }
    }

    /// Records what happens from now on, and keeps the last `capacity` events; hits only if `with_hits`.
    ///
    /// ```
    /// # use smmap_core::{EventKind, Limits, Manager, MemoryMapper, Options, Policy, Source};
    /// # let files = MemoryMapper::default();
    /// # files.write("log", b"one\ntwo\n");
    /// # let limits = Limits { memory: 1 << 20, handles: 16, strict: false };
    /// # let manager = Manager::new(Options { policy: Policy::Windows(1 << 16), limits }, files);
    /// let trace = manager.trace(1000, false);
    /// manager.open(&Source::Path("log".into()), 0)?.use_region(4, 3)?;
    /// trace.stop();
    /// let kinds: Vec<_> = trace.read(0, 1000).1.iter().map(|event| event.kind).collect();
    /// assert_eq!(kinds, [EventKind::Open, EventKind::Miss, EventKind::Map]);
    /// # Ok::<(), smmap_core::Error>(())
    /// ```
    #[must_use = "nobody else can read or stop it"]
    pub fn trace(&self, capacity: usize, with_hits: bool) -> Trace {
        // Started under the lock, so that no event lies between the counters and the first one recorded.
        let mut cache = self.0.cache();
        let trace = Trace::new(capacity, with_hits, cache.counts.hits);
        cache.traces.add(trace.clone());
        trace
    }

    /// How much of what left the cache is still mapped.
    #[must_use]
    pub fn lingering(&self) -> Arc<Lingering> {
        Arc::clone(&self.0.cache().lingering)
    }

    /// The limits it was made with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.cache().budget.limits
    }

    /// Opens a file and makes sure it can be mapped.
    fn open_file(&self, source: &Source, flags: i32) -> Result<(M::File, Snapshot), Error> {
        // Looked at again under the lock, by `adopt`; here it saves a system call.
        if self.is_closed() {
            return Err(Error::Closed);
        }
        let opened = self.0.open(source, flags);
        let (file, snapshot) = opened.map_err(|cause| self.refused(cause, source))?;
        match snapshot.kind {
            Kind::Regular if snapshot.size > MOST_BYTES => {
                Err(Error::FileTooLarge { name: source.to_string(), size: snapshot.size })
            }
            Kind::Regular => Ok((file, snapshot)),
            // `open(2)` of a directory for reading succeeds; `read(2)` refuses it.
            Kind::Directory => Err(Error::os(OsError { errno: libc::EISDIR, syscall: "read" }, source)),
            Kind::Other => Err(Error::NotRegularFile { name: source.to_string() }),
        }
    }

    /// The error for a file that could not be opened.
    fn refused(&self, cause: OsError, source: &Source) -> Error {
        // `open(2)`: a socket answers ENXIO, which says nothing to who reads it. So say what it is.
        let kind = || self.0.mapper().snapshot_of(source).map(|snapshot| snapshot.kind);
        if cause.errno == libc::ENXIO && kind() == Ok(Kind::Other) {
            return Error::NotRegularFile { name: source.to_string() };
        }
        Error::os(cause, source)
    }
}
