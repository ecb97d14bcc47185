//! Managers for `lib/manager/`: making, asking, collecting, closing.
#![deny(unsafe_code)]

use std::path::PathBuf;
use std::rc::Rc;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{
    Access, Advice, Base, FileMapper, Limits, Manager, Options, Policy, ROUND, STAMPS_A_BLOCK, Source,
};

use crate::error::{self, to_js};
use crate::hold;
use crate::mailbox::{LENGTH, Mailbox};
use crate::pane;
use crate::registry;
use crate::seat::{self, Seat};

/// Called once by each JavaScript environment, before anything else. `ends_early`: it is a worker's, and the
/// runtime is Node.
#[napi(catch_unwind)]
pub fn enter(env: &Env, ends_early: bool) -> napi::Result<()> {
    hold::enter(ends_early);
    seat::enter(env)
}

/// Called by a worker's environment when its JavaScript has run for the last time, if the runtime is not
/// Node.
#[napi(catch_unwind)]
pub fn note_end(env: &Env) {
    hold::note_unmoved(env.raw());
}

/// Whether this environment lets memory outside its heap be seen as an `ArrayBuffer`.
#[napi(catch_unwind)]
pub fn is_external_allowed(env: &Env) -> bool {
    pane::is_external_allowed(env)
}

/// The system's allocation granularity in bytes.
#[napi(catch_unwind)]
pub fn allocation_granularity() -> f64 {
    smmap_core::granularity() as f64
}

/// The version this binary was built as.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// How many numbers a mailbox must hold.
#[napi(catch_unwind)]
pub fn mailbox_length() -> u32 {
    LENGTH as u32
}

/// How many cells a block of stamps has: a power of two.
#[napi(catch_unwind)]
pub fn stamps_a_block() -> u32 {
    const { assert!(STAMPS_A_BLOCK.is_power_of_two()) };
    STAMPS_A_BLOCK as u32
}

/// How far a thread's clock may go on alone before it sets the shared one.
#[napi(catch_unwind)]
pub fn clock_round() -> u32 {
    ROUND as u32
}

/// Whether faults of truncated files reach the guard: `active`, `replaced` or `off`.
#[napi(catch_unwind)]
pub fn guard_status() -> &'static str {
    smmap_guard::status().as_str()
}

/// The guard's count of faults, as an `ArrayBuffer` of 4 bytes: it changes whenever a page was missing under
/// any mapping. `null` if the runtime refuses; then nothing is read in place.
#[napi(catch_unwind, ts_return_type = "ArrayBuffer | null")]
pub fn fault_counter(env: &Env) -> error::Result<Option<Unknown<'_>>> {
    pane::over_counter(env, smmap_guard::faults())
}

/// What a manager is made of.
#[napi(object)]
#[expect(clippy::struct_excessive_bools, reason = "an options object of JavaScript's")]
pub struct NativeOptions {
    /// Bytes; 0 maps whole files.
    pub window: f64,
    pub memory: f64,
    pub handles: f64,
    pub strict: bool,
    pub guard: bool,
    /// Advice for `madvise(2)`: `sequential`, `random`, `willneed`, `hugepage`; anything else is none.
    pub advice: String,
    /// How bytes are reached where either way would do: `map`, `read`; anything else is what is faster.
    pub access: String,
    /// Whether JavaScript sees memory in place.
    pub shows: bool,
    /// Whether the environment lets it see memory of ours at all.
    pub can_share: bool,
}

/// This thread's part in a manager. Cursors and panes of the manager's live on when it is collected.
#[napi]
pub struct NativeManager(pub(crate) Rc<Seat>);

#[napi]
impl NativeManager {
    /// Makes a manager. `array`: its mailbox, if the runtime shows no memory of ours.
    ///
    /// # Errors
    /// What Node-API refuses.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: &Env, options: NativeOptions, array: Float64ArraySlice<'_>) -> error::Result<Self> {
        let NativeOptions { window, memory, handles, strict, guard, advice, access, shows, can_share } =
            options;
        let policy = if window == 0.0 { Policy::WholeFile } else { Policy::Windows(window as u64) };
        let limits = Limits { memory: memory as u64, handles: handles as u64, strict };
        let mapper = if guard { FileMapper::guarded() } else { FileMapper::default() };
        let mapper = mapper.advised(to_advice(&advice));
        #[cfg(windows)]
        let mapper = mapper.with_descriptors(crate::descriptor::to_handle);
        let manager = Manager::with_access(Options { policy, limits }, to_access(&access), mapper);
        Ok(Self(Seat::new(manager, Mailbox::new(env, &array, can_share)?, shows)))
    }

    /// The mailbox; `null` if it is the array that the constructor got.
    ///
    /// # Errors
    /// What Node-API refuses.
    #[napi(catch_unwind, ts_return_type = "ArrayBuffer | null")]
    pub fn mailbox<'env>(&self, env: &'env Env) -> error::Result<Option<Unknown<'env>>> {
        self.0.mailbox.view(env)
    }

    /// Memory where JavaScript stamps the regions it uses, as doubles, in blocks of `stampsABlock` cells: a
    /// clock in the first cell of block 0, and from block 1 on for each slot the time of its last use.
    /// Returns one block; `null` if no slot is that high.
    ///
    /// # Errors
    /// What Node-API refuses.
    #[napi(catch_unwind, ts_return_type = "ArrayBuffer | null")]
    pub fn stamps<'env>(&self, env: &'env Env, block: u32) -> error::Result<Option<Unknown<'env>>> {
        let block = self.0.manager.stamps(block as usize);
        block.map_or(Ok(None), |cells| pane::over_cells(env, &cells))
    }

    /// Takes everything out of the cache; with `detach`, every view is emptied at once.
    #[napi(catch_unwind)]
    pub fn close(&self, detach: bool) {
        self.0.manager.close();
        self.0.unuse_taken();
        if detach {
            self.empty_views(None);
        }
        registry::alarm(&self.0.manager);
    }

    /// Unmaps every idle region, and returns how many.
    #[napi(catch_unwind)]
    pub fn collect(&self) -> u32 {
        self.0.manager.collect() as u32
    }

    /// Takes the regions of the files at or under `path` out of the cache, empties their views, and returns
    /// how many regions.
    #[napi(catch_unwind)]
    pub fn force_unmap(&self, path: &[u8]) -> u32 {
        let manager = &self.0.manager;
        let base = manager.base(&to_path(path));
        let regions = manager.force_unmap(&base);
        self.0.unuse_taken();
        self.empty_views(Some(base));
        registry::alarm(manager);
        regions as u32
    }

    /// Empties views: here now, and in other threads when their event loops come to it.
    fn empty_views(&self, base: Option<Base>) {
        let manager = &self.0.manager;
        if registry::is_shared(manager) {
            manager.empty_views(base);
            self.0.empty_views();
        } else {
            hold::detach(&manager.lingering(), base.as_ref());
        }
    }

    /// Takes the regions that this thread sees and that lack pages out of the cache. True: there were some.
    #[napi(catch_unwind)]
    pub fn drop_damaged(&self) -> bool {
        self.0.manager.drop_damaged(self.0.viewer())
    }

    /// Every counter at this moment.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeStats {
        let stats = self.0.manager.stats();
        NativeStats {
            mapped_memory: stats.mapped_memory as f64,
            peak_mapped_memory: stats.peak_mapped_memory as f64,
            mappings: stats.mappings as f64,
            peak_mappings: stats.peak_mappings as f64,
            files_with_regions: stats.files_with_regions as f64,
            regions: stats.regions as f64,
            used_regions: stats.used_regions as f64,
            cursors: stats.cursors as f64,
            hits: stats.hits as f64,
            misses: stats.misses as f64,
            evictions: stats.evictions as f64,
            maps: stats.maps as f64,
            reads: stats.reads as f64,
            lingering_regions: stats.lingering_regions as f64,
            lingering_bytes: stats.lingering_bytes as f64,
        }
    }

    /// Maps an unshared region. The mailbox gets slot, generation, offset and end.
    ///
    /// # Errors
    /// What the core refuses.
    #[napi(catch_unwind)]
    pub fn map_unshared(
        &self,
        path: Option<&[u8]>,
        fd: i32,
        flags: i32,
        offset: f64,
        size: f64,
    ) -> error::Result<()> {
        let Seat { manager, mailbox, .. } = &*self.0;
        let key = manager.map_unshared(&to_source(path, fd), flags, offset as u64, size as u64);
        let key = key.map_err(|error| to_js(&error))?;
        let _ = manager.show(self.0.viewer(), key);
        let window = manager.region(key).map(|region| region.window());
        let (offset, end) = window.map_or((0, 0), |window| (window.offset, window.end()));
        mailbox.put(&[key.slot as u64, key.generation, offset, end]);
        Ok(())
    }

    /// The regions of the file that a path or descriptor leads to: slot, generation, offset and end of each.
    #[napi(catch_unwind)]
    pub fn regions_of(&self, path: Option<&[u8]>, fd: i32) -> Vec<f64> {
        let regions = self.0.manager.regions_of(&to_source(path, fd));
        for (key, _) in &regions {
            let _ = self.0.manager.show(self.0.viewer(), *key);
        }
        let numbers = |(key, window): &(smmap_core::RegionKey, smmap_core::Window)| {
            [key.slot as f64, key.generation as f64, window.offset as f64, window.end() as f64]
        };
        regions.iter().flat_map(numbers).collect()
    }
}

/// Every counter of a manager, as `lib/manager/stats.ts` names them.
#[napi(object)]
pub struct NativeStats {
    pub mapped_memory: f64,
    pub peak_mapped_memory: f64,
    pub mappings: f64,
    pub peak_mappings: f64,
    pub files_with_regions: f64,
    pub regions: f64,
    pub used_regions: f64,
    pub cursors: f64,
    pub hits: f64,
    pub misses: f64,
    pub evictions: f64,
    pub maps: f64,
    pub reads: f64,
    pub lingering_regions: f64,
    pub lingering_bytes: f64,
}

fn to_access(word: &str) -> Access {
    match word {
        "map" => Access::Map,
        "read" => Access::Read,
        _ => Access::Auto,
    }
}

fn to_advice(word: &str) -> Advice {
    match word {
        "sequential" => Advice::Sequential,
        "random" => Advice::Random,
        "willneed" => Advice::WillNeed,
        "hugepage" => Advice::HugePage,
        _ => Advice::Normal,
    }
}

fn to_source(path: Option<&[u8]>, fd: i32) -> Source {
    path.map_or(Source::Descriptor(fd), |path| Source::Path(to_path(path)))
}

/// A path as the system takes it.
pub(crate) fn to_path(path: &[u8]) -> PathBuf {
    to_os(path).into()
}

#[cfg(unix)]
fn to_os(path: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(path.to_vec())
}

#[cfg(not(unix))]
fn to_os(path: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(path).into_owned().into()
}
