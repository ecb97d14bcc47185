//! Regions for `lib/panes/`: their counts, and panes over them. A region is named by its slot and generation.
#![deny(unsafe_code)]

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{Error, FileMapping, Lingering, Region, RegionKey, Window};
use std::sync::Arc;

use crate::error::{self, to_js};
use crate::hold;
use crate::manager::NativeManager;
use crate::pane;
use crate::registry::FileManager;
use crate::seat::Seat;

/// From this many lingering regions in the process on, views are copies, until the event loop has let
/// finalizers run. Each is a map, of which the system allows about 65,000.
const MAX_LINGERING: u64 = 1024;

/// The same from this many panes with views on: a region with one cannot be unmapped in the same turn of the
/// event loop, so evicting it does not help when the system runs out of maps. Half of those it allows.
const MAX_EXPOSED: usize = 32_768;

/// The same past this many bytes of regions with views, on 32 bits: half of the 3 GiB of addresses that a
/// process has there. Regions in the other half can be unmapped when the system refuses another map.
const MAX_EXPOSED_BYTES: u64 = if cfg!(target_pointer_width = "64") { u64::MAX } else { 3 << 29 };

#[napi]
impl NativeManager {
    /// Copies bytes of a region, from `offset` of the file on, into `target`.
    ///
    /// # Errors
    /// The region is gone.
    #[napi(catch_unwind)]
    pub fn copy_region(
        &self,
        slot: u32,
        generation: f64,
        mut target: Uint8ArraySlice<'_>,
        offset: f64,
    ) -> error::Result<()> {
        let region = seen(&self.0, to_key(slot, generation))?;
        let target = pane::bytes_mut(&mut target);
        let part = region.part(Window::new(offset as u64, target.len() as u64));
        target.copy_from_slice(part.ok_or_else(|| to_js(&Error::Released))?);
        Ok(())
    }

    /// The region's claims and cursors; 0 when it is gone.
    #[napi(catch_unwind)]
    pub fn client_count(&self, slot: u32, generation: f64) -> f64 {
        self.0.manager.client_count(to_key(slot, generation)) as f64
    }

    /// Throws if the region is gone, or its file was cut below it.
    ///
    /// # Errors
    /// So it says.
    #[napi(catch_unwind)]
    pub fn verify_region(&self, slot: u32, generation: f64) -> error::Result<()> {
        self.0.manager.verify(to_key(slot, generation)).map_err(|error| to_js(&error))
    }

    /// Adds claims or gives them back. True: that released the region.
    ///
    /// # Errors
    /// The region is gone; more is given back than there is.
    #[napi(catch_unwind)]
    pub fn claim(&self, slot: u32, generation: f64, by: f64) -> error::Result<bool> {
        self.0.manager.claim(to_key(slot, generation), by as i64).map_err(|error| to_js(&error))
    }

    /// Gives every claim back.
    #[napi(catch_unwind)]
    pub fn release(&self, slot: u32, generation: f64) {
        self.0.manager.release(to_key(slot, generation));
    }
}

/// An `ArrayBuffer` over part of a region, for `hot`. `None` if the runtime refuses or, for one that is
/// exposed to the program, if too much lingers already.
pub(crate) fn make_pane<'env>(
    env: &'env Env,
    seat: &Seat,
    key: RegionKey,
    part: Window,
    exposed: bool,
) -> error::Result<Option<Unknown<'env>>> {
    let region = seen(seat, key)?;
    if exposed && is_full(&seat.manager, &region) {
        return Ok(None);
    }
    pane::create(env, &region, part, exposed)
}

/// A region; also one that was evicted, if this thread has not let go of it yet.
fn seen(seat: &Seat, key: RegionKey) -> error::Result<Arc<Region<FileMapping>>> {
    let region = seat.manager.shown(seat.viewer(), key).or_else(|| seat.manager.region(key));
    region.ok_or_else(|| to_js(&Error::Released))
}

/// Whether views of one more region could keep more than half the limit mapped once its cursors have left.
/// Views count until they are collected, and the cache needs room beside them. On 32 bits, also
/// whether they could keep more than half of the addresses.
fn is_full(manager: &FileManager, region: &Region<FileMapping>) -> bool {
    if hold::alive() >= MAX_EXPOSED || Lingering::all_regions() >= MAX_LINGERING {
        return true;
    }
    let (size, unused) = (region.window().size, manager.lingering().unused());
    let is_over = |bytes: u64, limit: u64| bytes > 0 && bytes.saturating_add(size) > limit;
    !region.is_exposed()
        && (is_over(unused, manager.limits().memory / 2)
            || is_over(Lingering::all_exposed(), MAX_EXPOSED_BYTES))
}

pub(crate) fn to_key(slot: u32, generation: f64) -> RegionKey {
    RegionKey { slot: slot as usize, generation: generation as u64 }
}
