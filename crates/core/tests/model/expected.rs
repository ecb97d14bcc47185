//! What a manager should hold, the naive way: lists of all there is and ever was, searched from end to end,
//! every counter counted anew. Knows nothing of the manager it is compared with but the keys and the windows
//! it chose.

use std::sync::Arc;

use smmap_core::{Change, Error, Handles, RegionKey, Stats, Window};

use crate::call::{NAMES, Setup, missing};

#[path = "requests.rs"]
mod requests;

/// A file as it was opened.
pub(crate) struct ModelFile {
    pub(crate) name: usize,
    pub(crate) identity: u64,
    pub(crate) version: u64,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) cursors: u64,
    /// Whether new cursors come here.
    pub(crate) current: bool,
    /// Not given up.
    has_descriptor: bool,
}

impl ModelFile {
    pub(crate) fn part(&self, window: Window) -> &[u8] {
        part(&self.bytes, window)
    }
}

/// A region that was mapped once.
pub(crate) struct ModelRegion {
    pub(crate) key: RegionKey,
    pub(crate) window: Window,
    /// In the cache; else it lives as long as somebody holds it.
    pub(crate) cached: bool,
    /// Cursors and others that hold its bytes.
    pub(crate) holders: u64,
    file: Option<usize>,
    bytes: Arc<[u8]>,
    claims: u64,
    cursors: u64,
    last_use: u64,
}

impl ModelRegion {
    pub(crate) fn clients(&self) -> u64 {
        if self.cached { self.claims + self.cursors } else { 0 }
    }

    pub(crate) fn content(&self) -> &[u8] {
        part(&self.bytes, self.window)
    }

    fn is_idle(&self) -> bool {
        self.cached && self.file.is_some() && self.claims == 1 && self.cursors == 0
    }
}

fn part(bytes: &[u8], window: Window) -> &[u8] {
    &bytes[usize::try_from(window.offset).unwrap()..usize::try_from(window.end()).unwrap()]
}

pub(crate) struct OnDisk {
    identity: u64,
    version: u64,
    bytes: Arc<[u8]>,
}

/// Everything there is, and ever was.
pub(crate) struct World {
    pub(crate) files: Vec<ModelFile>,
    pub(crate) regions: Vec<ModelRegion>,
    pub(crate) disk: [Option<OnDisk>; 3],
    pub(crate) is_closed: bool,
    setup: Setup,
    counted: Stats,
    now: u64,
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            files: Vec::new(),
            regions: Vec::new(),
            disk: [const { None }; 3],
            is_closed: false,
            setup,
            counted: Stats::default(),
            now: 0,
        }
    }

    pub(crate) fn tick(&mut self) {
        self.now += 1;
    }

    /// Noise, other noise with every version, so that a wrong offset and an old version show.
    pub(crate) fn write(&mut self, file: usize, size: usize) -> Arc<[u8]> {
        self.now += 1;
        let seed = self.now.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = |at: u64| seed.wrapping_add(at).wrapping_mul(0xD134_2543_DE82_EF95).to_be_bytes();
        let words: Vec<[u8; 8]> = (0..=size as u64 / 8).map(word).collect();
        let bytes: Arc<[u8]> = words.as_flattened()[..size].into();
        let identity = self.disk[file].as_ref().map_or(self.now, |old| old.identity);
        self.disk[file] = Some(OnDisk { identity, version: self.now, bytes: Arc::clone(&bytes) });
        bytes
    }

    pub(crate) fn open(&mut self, name: usize) -> Result<usize, Error> {
        if self.is_closed {
            return Err(Error::Closed);
        }
        let on_disk = self.disk[name].as_ref().ok_or_else(|| missing(name))?;
        let (identity, version, bytes) = (on_disk.identity, on_disk.version, Arc::clone(&on_disk.bytes));
        if let Some(known) = self.current(identity) {
            if self.files[known].version == version {
                if !self.files[known].has_descriptor {
                    self.make_room_for_file()?;
                    self.files[known].has_descriptor = true;
                }
                self.files[known].cursors += 1;
                return Ok(known);
            }
            self.files[known].current = false;
            let idle = |region: &ModelRegion| region.is_idle() && region.file == Some(known);
            self.remove_all(idle);
        }
        self.make_room_for_file()?;
        let (cursors, current, has_descriptor) = (1, true, true);
        self.files.push(ModelFile { name, identity, version, bytes, cursors, current, has_descriptor });
        Ok(self.files.len() - 1)
    }

    fn current(&self, identity: u64) -> Option<usize> {
        let mut files = 0..self.files.len();
        files.find(|id| {
            let file = &self.files[*id];
            file.current && file.identity == identity && self.is_open(*id)
        })
    }

    fn is_open(&self, file: usize) -> bool {
        let has_region = || self.regions.iter().any(|region| region.cached && region.file == Some(file));
        !self.is_closed && (self.files[file].cursors > 0 || has_region())
    }

    /// What was opened is to be read: by its path, if its descriptor was given up.
    pub(crate) fn reopen(&mut self, file: usize) -> Result<(), Error> {
        if self.is_closed {
            return Err(Error::Closed);
        }
        if self.files[file].has_descriptor {
            return Ok(());
        }
        self.make_room_for_file()?;
        let ModelFile { name, version, .. } = self.files[file];
        let changed = |what| Err(Error::FileChanged { name: format!("'{}'", NAMES[name]), what });
        match &self.disk[name] {
            None => changed(Change::Removed),
            Some(now) if now.version != version => changed(Change::Replaced),
            Some(_) => {
                self.files[file].has_descriptor = true;
                Ok(())
            }
        }
    }

    fn make_room_for_file(&mut self) -> Result<(), Error> {
        let limit = self.setup.limits.handles;
        while self.open_files() >= limit {
            if self.close_unneeded_file() {
                continue;
            }
            let file = self.least_wanted_file().ok_or(Error::HandleLimit { limit, kind: Handles::Files })?;
            self.counted.evictions += self.remove_all(|region| region.file == Some(file)) as u64;
            self.files[file].has_descriptor = false;
        }
        Ok(())
    }

    /// Of the files that nobody has a cursor on the one used longest ago.
    fn close_unneeded_file(&mut self) -> bool {
        let mut idle: Vec<&ModelRegion> = self.regions.iter().filter(|region| region.is_idle()).collect();
        idle.sort_by_key(|region| region.last_use);
        let mut files = idle.iter().filter_map(|region| region.file);
        let unneeded = files
            .find(|file| self.files[*file].cursors == 0 && self.regions_in(*file).all(ModelRegion::is_idle));
        let Some(file) = unneeded else { return false };
        self.counted.evictions += self.remove_all(|region| region.file == Some(file)) as u64;
        true
    }

    /// Of the files whose cursors are all off any region, and that could be opened again, the one used
    /// longest ago; first those without regions.
    fn least_wanted_file(&self) -> Option<usize> {
        let may_go = |id: &usize| {
            let file = &self.files[*id];
            let is_there = self.disk[file.name].as_ref().is_some_and(|now| now.version == file.version);
            let is_idle = self.regions_in(*id).all(ModelRegion::is_idle);
            self.is_open(*id) && file.has_descriptor && is_there && is_idle
        };
        let last_use = |id: &usize| self.regions_in(*id).map(|region| region.last_use).max();
        (0..self.files.len()).filter(may_go).min_by_key(last_use)
    }

    fn regions_in(&self, file: usize) -> impl Iterator<Item = &ModelRegion> {
        self.regions.iter().filter(move |region| region.cached && region.file == Some(file))
    }

    pub(crate) fn close_cursor(&mut self, file: usize) {
        self.files[file].cursors -= 1;
    }

    /// Makes room as the limits want, the region used longest ago first, and puts the new one in.
    pub(crate) fn map(
        &mut self,
        key: RegionKey,
        file: Option<usize>,
        bytes: Arc<[u8]>,
        window: Window,
    ) -> usize {
        let limits = self.setup.limits;
        assert!(!limits.strict || self.used_bytes() + window.size <= limits.memory, "refused too late");
        assert!(self.used_regions() < limits.handles, "one mapping too many");
        while self.mappings() >= limits.handles || self.mapped() + window.size > limits.memory {
            if !self.evict() {
                break;
            }
        }
        let (claims, cursors, holders, last_use) = (1, 0, 0, self.now);
        let region =
            ModelRegion { key, window, cached: true, holders, file, bytes, claims, cursors, last_use };
        self.regions.push(region);
        self.counted.maps += 1;
        self.counted.peak_mappings = self.counted.peak_mappings.max(self.mappings());
        self.counted.peak_mapped_memory = self.counted.peak_mapped_memory.max(self.mapped());
        self.regions.len() - 1
    }

    pub(crate) fn join(&mut self, region: usize) {
        self.regions[region].cursors += 1;
        self.regions[region].holders += 1;
    }

    pub(crate) fn leave(&mut self, region: usize) {
        self.regions[region].holders -= 1;
        if self.regions[region].cached {
            self.regions[region].cursors -= 1;
            self.settle(region);
        }
    }

    pub(crate) fn claim(&mut self, region: usize, by: i64) -> Result<bool, Error> {
        let ModelRegion { cached, claims, .. } = &mut self.regions[region];
        if !*cached {
            return Err(Error::Released);
        }
        let sum = i128::from(*claims) + i128::from(by);
        *claims = u64::try_from(sum).map_err(|_| Error::CountBelowZero { count: *claims, by })?;
        self.settle(region);
        Ok(!self.regions[region].cached)
    }

    pub(crate) fn release(&mut self, region: usize) {
        if self.regions[region].cached {
            self.regions[region].claims = 0;
            self.settle(region);
        }
    }

    /// After a change of the clients: the last one gone, it goes too; the last but the cache gone, it was
    /// used now.
    fn settle(&mut self, id: usize) {
        if self.regions[id].clients() == 0 {
            let key = self.regions[id].key;
            self.remove_all(|region| region.key == key);
        } else if self.regions[id].is_idle() {
            self.regions[id].last_use = self.now;
        }
    }

    pub(crate) fn collect(&mut self) -> usize {
        let mut count = 0;
        while self.evict() {
            count += 1;
        }
        count
    }

    fn evict(&mut self) -> bool {
        let idle = self.regions.iter().filter(|region| region.is_idle());
        let Some(key) = idle.min_by_key(|region| region.last_use).map(|region| region.key) else {
            return false;
        };
        self.remove_all(|region| region.key == key);
        self.counted.evictions += 1;
        true
    }

    pub(crate) fn force_unmap(&mut self, name: usize) -> usize {
        let files = &self.files;
        let is_meant = |file: usize| files[file].name == name || name == NAMES.len() - 1;
        let meant: Vec<bool> = (0..files.len()).map(is_meant).collect();
        self.remove_all(|region| region.file.is_some_and(|file| meant[file]))
    }

    pub(crate) fn close(&mut self) {
        self.remove_all(|_| true);
        self.is_closed = true;
    }

    fn remove_all(&mut self, is_meant: impl Fn(&ModelRegion) -> bool) -> usize {
        let mut count = 0;
        for region in self.regions.iter_mut().filter(|region| region.cached && is_meant(region)) {
            region.cached = false;
            count += 1;
        }
        count
    }

    pub(crate) fn regions_of(&self, name: usize) -> Vec<(RegionKey, Window)> {
        let file = self.disk[name].as_ref().and_then(|on_disk| self.current(on_disk.identity));
        let own = self.regions.iter().filter(|region| region.cached && file.is_some() && region.file == file);
        let mut listed: Vec<_> = own.map(|region| (region.key, region.window)).collect();
        listed.sort_by_key(|(_, window)| *window);
        listed
    }

    pub(crate) fn stats(&self) -> Stats {
        let cached = || self.regions.iter().filter(|region| region.cached);
        let lingering = || self.regions.iter().filter(|region| !region.cached && region.holders > 0);
        let has_region = |file: &usize| cached().any(|region| region.file == Some(*file));
        Stats {
            mapped_memory: self.mapped(),
            mappings: self.mappings(),
            regions: self.mappings(),
            used_regions: self.used_regions(),
            files_with_regions: (0..self.files.len()).filter(has_region).count() as u64,
            cursors: if self.is_closed { 0 } else { self.files.iter().map(|file| file.cursors).sum() },
            lingering_regions: lingering().count() as u64,
            lingering_bytes: lingering().map(|region| region.window.size).sum(),
            ..self.counted
        }
    }

    pub(crate) fn live_mappings(&self) -> u64 {
        self.regions.iter().filter(|region| region.cached || region.holders > 0).count() as u64
    }

    pub(crate) fn open_files(&self) -> u64 {
        let has_one = |id: &usize| self.is_open(*id) && self.files[*id].has_descriptor;
        (0..self.files.len()).filter(has_one).count() as u64
    }

    fn mapped(&self) -> u64 {
        self.regions.iter().filter(|region| region.cached).map(|region| region.window.size).sum()
    }

    fn mappings(&self) -> u64 {
        self.regions.iter().filter(|region| region.cached).count() as u64
    }

    fn used(&self) -> impl Iterator<Item = &ModelRegion> {
        self.regions.iter().filter(|region| region.cached && !region.is_idle())
    }

    fn used_bytes(&self) -> u64 {
        self.used().map(|region| region.window.size).sum()
    }

    fn used_regions(&self) -> u64 {
        self.used().count() as u64
    }
}
