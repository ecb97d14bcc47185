//! Files in memory whose mapping can be held up, and that look at every call whether the manager's lock is
//! free.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use smmap_core::{
    Manager, Mapped, Mapper, MemoryFile, MemoryMapper, MemoryMapping, OsError, Snapshot, Source, WeakManager,
    Window, granularity,
};

/// What the test and the mapper share. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Inner>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) disk: MemoryMapper,
    /// Windows that nobody gets through to.
    closed: Mutex<HashSet<u64>>,
    opened: Condvar,
    /// How many threads are held up.
    pub(crate) waiting: AtomicU64,
    /// Whether the next to get through panics.
    pub(crate) panics: AtomicBool,
    pub(crate) is_damaged: AtomicBool,
    pub(crate) most_alive: AtomicU64,
    /// How often it was looked whether the lock is free.
    pub(crate) probes: AtomicU64,
    watched: OnceLock<WeakManager<Gated>>,
}

impl std::ops::Deref for Gate {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Gate {
    pub(crate) fn mapper(&self) -> Gated {
        Gated(self.clone())
    }

    /// From now on every call looks whether the manager's lock is free.
    pub(crate) fn watch(&self, manager: &Manager<Gated>) {
        self.watched.set(manager.downgrade()).unwrap();
    }

    pub(crate) fn close(&self, window: u64) -> Closed {
        self.closed.lock().unwrap().insert(window);
        Closed(self.clone())
    }

    fn pass(&self, window: u64) {
        let mut closed = self.closed.lock().unwrap();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        while closed.contains(&window) {
            closed = self.opened.wait(closed).unwrap();
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        drop(closed);
        assert!(!self.panics.swap(false, Ordering::SeqCst), "as planned");
    }

    /// Another thread takes the manager's lock meanwhile.
    fn probe(&self) {
        let Some(manager) = self.watched.get().and_then(WeakManager::upgrade) else { return };
        self.probes.fetch_add(1, Ordering::SeqCst);
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let _ = manager.stats();
            drop(manager);
            let _ = sender.send(());
        });
        assert!(receiver.recv_timeout(Duration::from_secs(20)).is_ok(), "asked under the lock");
    }
}

/// Opens the gate when it is dropped, also by a test that fails.
pub(crate) struct Closed(Gate);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.closed.lock().unwrap().clear();
        self.0.opened.notify_all();
    }
}

/// As [`MemoryMapper`], through a gate.
#[derive(Debug)]
pub(crate) struct Gated(Gate);

#[derive(Debug)]
pub(crate) struct GatedFile {
    // Closed after the look.
    gate: Gate,
    file: Arc<MemoryFile>,
}

#[derive(Debug)]
pub(crate) struct GatedMapping {
    gate: Gate,
    mapping: MemoryMapping,
}

impl Mapper for Gated {
    type File = GatedFile;
    type Mapping = GatedMapping;

    fn open(&self, source: &Source, flags: i32) -> Result<(GatedFile, Snapshot), OsError> {
        self.0.probe();
        let (file, snapshot) = self.0.disk.open(source, flags)?;
        Ok((GatedFile { gate: self.0.clone(), file: Arc::new(file) }, snapshot))
    }

    fn snapshot(&self, file: &GatedFile) -> Result<Snapshot, OsError> {
        self.0.probe();
        self.0.disk.snapshot(&file.file)
    }

    fn snapshot_of(&self, source: &Source) -> Result<Snapshot, OsError> {
        self.0.probe();
        self.0.disk.snapshot_of(source)
    }

    fn map(&self, file: &Arc<GatedFile>, window: Window) -> Result<GatedMapping, OsError> {
        self.0.probe();
        self.0.pass(window.offset / granularity());
        let mapping = self.0.disk.map(&file.file, window)?;
        self.0.most_alive.fetch_max(self.0.disk.live_mappings(), Ordering::SeqCst);
        Ok(GatedMapping { gate: self.0.clone(), mapping })
    }

    fn read_at(&self, file: &GatedFile, target: &mut [u8], offset: u64) -> Result<usize, OsError> {
        self.0.probe();
        self.0.disk.read_at(&file.file, target, offset)
    }
}

impl Mapped for GatedMapping {
    fn bytes(&self) -> &[u8] {
        self.mapping.bytes()
    }

    fn is_damaged(&self) -> bool {
        self.gate.is_damaged.load(Ordering::SeqCst)
    }
}

impl Drop for GatedFile {
    fn drop(&mut self) {
        self.gate.probe();
    }
}

impl Drop for GatedMapping {
    fn drop(&mut self) {
        self.gate.probe();
    }
}
