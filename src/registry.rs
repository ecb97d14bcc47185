//! Managers that several threads have, found by number. Knows nothing of what managers do.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smmap_core::{FileMapper, Lingering, Manager, WeakManager};

pub(crate) type FileManager = Manager<FileMapper>;

/// A manager that threads can attach to by its number.
pub(crate) struct Shared {
    pub(crate) manager: WeakManager<FileMapper>,
    /// Identifies the manager, also when it is gone.
    lingering: Arc<Lingering>,
    /// The options it was made with, as JavaScript wrote them.
    options: String,
}

#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) managers: BTreeMap<u32, Shared>,
    last: u32,
    /// The manager that the process uses for files opened without one, and its number.
    pub(crate) common: Option<(u32, FileManager)>,
}

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

pub(crate) fn with_registry<T>(body: impl FnOnce(&mut Registry) -> T) -> T {
    let mut registry: MutexGuard<'_, Option<Registry>> =
        REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    body(registry.get_or_insert_default())
}

impl Registry {
    /// The number of a manager, if it has one. Forgets the managers that are gone.
    pub(crate) fn number_of(&mut self, manager: &FileManager) -> Option<u32> {
        self.managers.retain(|_, shared| shared.manager.upgrade().is_some());
        let lingering = manager.lingering();
        self.managers
            .iter()
            .find_map(|(number, shared)| Arc::ptr_eq(&shared.lingering, &lingering).then_some(*number))
    }

    pub(crate) fn add(&mut self, manager: &FileManager, options: String) -> u32 {
        self.last += 1;
        let shared = Shared { manager: manager.downgrade(), lingering: manager.lingering(), options };
        self.managers.insert(self.last, shared);
        self.last
    }
}

/// Whether other threads may have the manager, too.
pub(crate) fn is_shared(manager: &FileManager) -> bool {
    with_registry(|registry| registry.number_of(manager).is_some())
}

/// Makes all threads check their next read in place before they return it.
pub(crate) fn alarm(manager: &FileManager) {
    if is_shared(manager) {
        // Each read in place compares this count; see decision "A read is an answer only if nothing was
        // lost".
        smmap_guard::faults().fetch_add(1, Ordering::Release);
    }
}

/// The manager of that number, unless it is closed or gone, and what it was made with.
pub(crate) fn open_one(number: u32) -> Option<(FileManager, String)> {
    let found = with_registry(|registry| {
        let shared = registry.managers.get(&number)?;
        Some((shared.manager.upgrade()?, shared.options.clone()))
    });
    found.filter(|(manager, _)| !manager.is_closed())
}
