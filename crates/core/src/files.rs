//! The files that are open: one descriptor each, found by identity, whatever name they were asked for by.
//! Knows which regions they have by slot, and nothing of limits.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use slab::Slab;

use crate::mapping::Mapper;
use crate::region_list::RegionList;
use crate::source::{Identity, Snapshot, Source};
use crate::sync::Arc;

/// A file as it was when it was opened, with its regions.
#[derive(Debug)]
pub(crate) struct OpenFile<M: Mapper> {
    pub(crate) file: Arc<M::File>,
    /// As it was first asked for; for messages, and for looking whether the name still leads here.
    pub(crate) source: Arc<Source>,
    pub(crate) snapshot: Snapshot,
    pub(crate) regions: RegionList,
    pub(crate) cursors: u64,
    /// The absolute paths it was opened by; none for a descriptor.
    names: Vec<PathBuf>,
}

impl<M: Mapper> OpenFile<M> {
    fn add_name(&mut self, source: &Source) {
        let Source::Path(path) = source else { return };
        // Relative to where the process is now, which is what the caller meant; it may move on.
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        if !self.names.contains(&absolute) {
            self.names.push(absolute);
        }
    }

    fn lies_under(&self, base: &Path, resolved: Option<&Path>) -> bool {
        self.names.iter().any(|name| {
            name.starts_with(base)
                || resolved.is_some_and(|base| {
                    name.starts_with(base)
                        || std::fs::canonicalize(name).is_ok_and(|name| name.starts_with(base))
                })
        })
    }
}

/// The open files. A file has an entry while it has a cursor or a region.
#[derive(Debug)]
pub(crate) struct Files<M: Mapper> {
    entries: Slab<OpenFile<M>>,
    /// Where new cursors go: a file that changed since is not in it, though older cursors may keep its entry.
    current: HashMap<Identity, usize>,
}

impl<M: Mapper> Files<M> {
    pub(crate) fn new() -> Self {
        Self { entries: Slab::new(), current: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
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

    pub(crate) fn add_name(&mut self, id: usize, source: &Source) {
        if let Some(file) = self.entries.get_mut(id) {
            file.add_name(source);
        }
    }

    pub(crate) fn insert(&mut self, source: &Source, file: M::File, snapshot: Snapshot) -> usize {
        let id = self.entries.insert(OpenFile {
            file: Arc::new(file),
            source: Arc::new(source.clone()),
            snapshot,
            regions: RegionList::default(),
            cursors: 0,
            names: Vec::new(),
        });
        self.add_name(id, source);
        self.current.insert(snapshot.identity, id);
        id
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
            self.entries.remove(id);
        }
    }

    /// The files at or under `base`, by whole path segments, or being the very file `base` leads to.
    pub(crate) fn under(&self, base: &Path, identity: Option<Identity>) -> Vec<usize> {
        let absolute = std::path::absolute(base).unwrap_or_else(|_| base.to_path_buf());
        let resolved = std::fs::canonicalize(base).ok();
        let hit = |file: &OpenFile<M>| {
            identity == Some(file.snapshot.identity) || file.lies_under(&absolute, resolved.as_deref())
        };
        self.iter().filter(|(_, file)| hit(file)).map(|(id, _)| id).collect()
    }
}
