//! The in-memory twin of the file mapper: files are byte vectors, and the n-th call of a kind can be made to
//! fail. For tests, Miri and loom. It counts open files and live mappings, so that a leak shows.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Mapped, Mapper};
use crate::error::OsError;
use crate::file::source::{Identity, Kind, Snapshot, Source};
use crate::window::Window;

/// The calls a [`MemoryMapper`] counts and can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// [`Mapper::open`]
    Open,
    /// [`Mapper::snapshot`]
    Snapshot,
    /// [`Mapper::map`]
    Map,
}

/// Files in memory. A clone is the same files.
#[derive(Clone, Debug, Default)]
pub struct MemoryMapper(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    files: HashMap<PathBuf, (Snapshot, Arc<[u8]>)>,
    written: u64,
    calls: HashMap<Call, u64>,
    failures: HashMap<Call, Vec<(u64, i32)>>,
    open_files: u64,
    live_mappings: u64,
    has_costly_holes: bool,
}

impl MemoryMapper {
    /// Writes a whole file: in place if there is one of that name, which keeps its identity.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let mut disk = self.disk();
        disk.written += 1;
        // A clock that moves with each write: two writes are never at the same time.
        let now = i64::try_from(disk.written).unwrap_or(i64::MAX);
        let fresh = Identity { device: 1, inode: disk.written };
        let identity = disk.files.get(&PathBuf::from(path)).map_or(fresh, |(old, _)| old.identity);
        let size = bytes.len() as u64;
        let (modified, changed) = ((now, 0), (now, 0));
        let snapshot = Snapshot { identity, kind: Kind::Regular, size, modified, changed, born: None };
        disk.files.insert(PathBuf::from(path), (snapshot, bytes.into()));
    }

    /// From now on every file is as one on tmpfs with holes.
    pub fn set_costly_holes(&self) {
        self.disk().has_costly_holes = true;
    }

    /// Removes a file; what is open or mapped stays as it is.
    pub fn remove(&self, path: &str) {
        self.disk().files.remove(&PathBuf::from(path));
    }

    /// Makes the `nth` call of this kind from now (0: the next) fail with `errno`.
    pub fn fail(&self, call: Call, nth: u64, errno: i32) {
        let mut disk = self.disk();
        let at = disk.calls.get(&call).copied().unwrap_or(0) + nth;
        disk.failures.entry(call).or_default().push((at, errno));
    }

    /// How many calls of this kind were made.
    #[must_use]
    pub fn calls(&self, call: Call) -> u64 {
        self.disk().calls.get(&call).copied().unwrap_or(0)
    }

    /// Files open at this moment.
    #[must_use]
    pub fn open_files(&self) -> u64 {
        self.disk().open_files
    }

    /// Mappings alive at this moment.
    #[must_use]
    pub fn live_mappings(&self) -> u64 {
        self.disk().live_mappings
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self, call: Call, syscall: &'static str) -> Result<MutexGuard<'_, Disk>, OsError> {
        let mut disk = self.disk();
        let count = disk.calls.entry(call).or_default();
        let nth = *count;
        *count += 1;
        // Calls are counted from the start, so a test can fail a call that is made deep inside another.
        let planned = disk.failures.get(&call).and_then(|plan| plan.iter().find(|(at, _)| *at == nth));
        match planned {
            Some((_, errno)) => Err(OsError { errno: *errno, syscall }),
            None => Ok(disk),
        }
    }
}

/// An open file in memory: what it was when it was opened.
#[derive(Debug)]
pub struct MemoryFile {
    mapper: MemoryMapper,
    path: PathBuf,
    snapshot: Snapshot,
    bytes: Arc<[u8]>,
}

/// A window of a file in memory.
#[derive(Debug)]
pub struct MemoryMapping {
    mapper: MemoryMapper,
    bytes: Arc<[u8]>,
    window: std::ops::Range<usize>,
}

impl Mapper for MemoryMapper {
    type File = MemoryFile;
    type Mapping = MemoryMapping;

    fn open(&self, source: &Source, _flags: i32) -> Result<(MemoryFile, Snapshot), OsError> {
        let missing = OsError { errno: libc::ENOENT, syscall: "open" };
        let mut disk = self.called(Call::Open, "open")?;
        let Source::Path(path) = source else { return Err(OsError { errno: libc::EBADF, syscall: "fstat" }) };
        let (snapshot, bytes) = disk.files.get(path).cloned().ok_or(missing)?;
        disk.open_files += 1;
        drop(disk);
        let file = MemoryFile { mapper: self.clone(), path: path.clone(), snapshot, bytes };
        // Through the counted call, since the real mapper asks `fstat` here too.
        let snapshot = self.snapshot(&file)?;
        Ok((file, snapshot))
    }

    fn snapshot(&self, file: &MemoryFile) -> Result<Snapshot, OsError> {
        let disk = self.called(Call::Snapshot, "fstat")?;
        let current = disk.files.get(&file.path).map(|(snapshot, _)| *snapshot);
        Ok(current.filter(|now| now.identity == file.snapshot.identity).unwrap_or(file.snapshot))
    }

    fn snapshot_of(&self, source: &Source) -> Result<Snapshot, OsError> {
        let missing = OsError { errno: libc::ENOENT, syscall: "stat" };
        let disk = self.called(Call::Snapshot, "stat")?;
        let Source::Path(path) = source else { return Err(missing) };
        disk.files.get(path).map(|(snapshot, _)| *snapshot).ok_or(missing)
    }

    fn map(&self, file: &crate::sync::Arc<MemoryFile>, window: Window) -> Result<MemoryMapping, OsError> {
        let refused = OsError { errno: libc::EINVAL, syscall: "mmap" };
        let mut disk = self.called(Call::Map, "mmap")?;
        let start = usize::try_from(window.offset).map_err(|_| refused)?;
        let end = usize::try_from(window.end()).map_err(|_| refused)?;
        // `mmap` allows a window past the end, and a read raises SIGBUS later; a test should fail here.
        if start >= end || end > file.bytes.len() {
            return Err(refused);
        }
        disk.live_mappings += 1;
        Ok(MemoryMapping { mapper: self.clone(), bytes: Arc::clone(&file.bytes), window: start..end })
    }

    fn has_costly_holes(&self, _file: &MemoryFile) -> bool {
        self.disk().has_costly_holes
    }

    fn read_at(&self, file: &MemoryFile, target: &mut [u8], offset: u64) -> Result<usize, OsError> {
        let rest = usize::try_from(offset).ok().and_then(|offset| file.bytes.get(offset..)).unwrap_or(&[]);
        let size = rest.len().min(target.len());
        target[..size].copy_from_slice(&rest[..size]);
        Ok(size)
    }
}

impl Mapped for MemoryMapping {
    fn bytes(&self) -> &[u8] {
        &self.bytes[self.window.clone()]
    }

    fn is_damaged(&self) -> bool {
        false
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        self.mapper.disk().open_files -= 1;
    }
}

impl Drop for MemoryMapping {
    fn drop(&mut self) {
        self.mapper.disk().live_mappings -= 1;
    }
}
