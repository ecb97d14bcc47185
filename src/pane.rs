//! Panes: each an `ArrayBuffer` over part of a region.
//!
//! There are two kinds. An *inner* pane never leaves our own TypeScript, and holds nothing: its region stays
//! mapped because the viewer was shown it, until TypeScript has let go of it and calls again. The program has
//! views of an *exposed* pane: it holds its region, which stays mapped outside the cache until V8's finalizer
//! reports that no view is left. (A weak reference would not do: `transfer()` moves the memory to another
//! `ArrayBuffer`.)

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use napi::bindgen_prelude::*;
use napi::sys;
use smmap_core::{FileMapping, Region, Window};

use crate::error::{self, refused};
use crate::hold::{Hold, finalize, take_back};

/// Node-API's status in a runtime that allows no memory outside its cage (Electron).
pub(crate) const NO_EXTERNAL_BUFFERS: i32 = 22;

/// Whether this environment lets memory outside its heap be seen as an `ArrayBuffer`.
pub(crate) fn is_external_allowed(env: &Env) -> bool {
    static PROBE: AtomicU32 = AtomicU32::new(0);
    matches!(over_counter(env, &PROBE), Ok(Some(_)))
}

/// An `ArrayBuffer` over a static number; `None` where the environment refuses.
pub(crate) fn over_counter<'env>(
    env: &'env Env,
    counter: &'static AtomicU32,
) -> error::Result<Option<Unknown<'env>>> {
    let (data, length) = (counter.as_ptr().cast::<c_void>(), size_of_val(counter));
    // SAFETY: static memory of a library that stays loaded, written only by atomic operations; no finalizer,
    // no hint.
    unsafe { external(env, data, length, None, null_mut()) }
}

/// An `ArrayBuffer` over numbers that both sides write whole; `None` where the environment refuses.
pub(crate) fn over_cells<'env>(
    env: &'env Env,
    cells: &Arc<[AtomicU64]>,
) -> error::Result<Option<Unknown<'env>>> {
    let (data, length) = (cells.as_ptr().cast_mut().cast::<c_void>(), size_of_val::<[AtomicU64]>(cells));
    let hint = Box::into_raw(Box::new(Arc::clone(cells))).cast::<c_void>();
    // SAFETY: the claim in `hint` keeps the memory until `drop_cells` takes it back.
    let made = unsafe { external(env, data, length, Some(drop_cells), hint) };
    if !matches!(made, Ok(Some(_))) {
        // SAFETY: refused, so the finalizer will not run and the claim is still ours.
        drop(unsafe { Box::from_raw(hint.cast::<Arc<[AtomicU64]>>()) });
    }
    made
}

unsafe extern "C" fn drop_cells(_env: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: Node-API calls once, with the claim that `over_cells` gave.
    drop(unsafe { Box::from_raw(hint.cast::<Arc<[AtomicU64]>>()) });
}

/// # Safety
/// `length` bytes at `data` stay until `finalizer` is called with `hint`, or for ever if there is none; a
/// refusal (an error or `None`) does not call it.
unsafe fn external(
    env: &Env,
    data: *mut c_void,
    length: usize,
    finalizer: sys::napi_finalize,
    hint: *mut c_void,
) -> error::Result<Option<Unknown<'_>>> {
    let mut value = null_mut();
    // SAFETY: the caller's promise.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(env.raw(), data, length, finalizer, hint, &raw mut value)
    };
    match status {
        // SAFETY: a value of this environment and call.
        sys::Status::napi_ok => Ok(Some(unsafe { Unknown::from_raw_unchecked(env.raw(), value) })),
        NO_EXTERNAL_BUFFERS => Ok(None),
        other => Err(refused("napi_create_external_arraybuffer", other)),
    }
}

/// An `ArrayBuffer` over `part` of the region, exposed to the program or for our own reading; `None` where
/// the environment refuses.
pub(crate) fn create<'env>(
    env: &'env Env,
    region: &Arc<Region<FileMapping>>,
    part: Window,
    exposed: bool,
) -> error::Result<Option<Unknown<'env>>> {
    let Some(bytes) = region.part(part) else { return Err(refused("pane outside its region", -1)) };
    let (data, length) = (bytes.as_ptr().cast_mut().cast::<c_void>(), bytes.len());
    if !exposed {
        // SAFETY: the memory is mapped private and writable, and stays so as long as it is read; see the
        // module's head.
        return unsafe { external(env, data, length, None, null_mut()) };
    }
    let hold = Hold::new(env, region);
    let hint = hold.to_hint();
    // SAFETY: as above, until `finalize` has taken the claim over.
    let made = unsafe { external(env, data, length, Some(finalize), hint) };
    if let Ok(Some(value)) = &made {
        hold.watch(env, value.raw());
    } else {
        // SAFETY: refused, so the finalizer will not run and the claim is still ours.
        drop(unsafe { take_back(hint) });
    }
    made
}

/// The bytes of a typed array that TypeScript made for us to fill.
pub(crate) fn bytes_mut<'a>(target: &'a mut Uint8ArraySlice<'_>) -> &'a mut [u8] {
    // SAFETY: this thread is in our call, and no other sees an array that was made for it.
    unsafe { target.as_mut() }
}

/// As [`bytes_mut`], for UTF-16 units.
pub(crate) fn units_mut<'a>(target: &'a mut Uint16ArraySlice<'_>) -> &'a mut [u16] {
    // SAFETY: as for bytes.
    unsafe { target.as_mut() }
}

/// As [`bytes_mut`], for indices.
pub(crate) fn indices_mut<'a>(target: &'a mut Uint32ArraySlice<'_>) -> &'a mut [u32] {
    // SAFETY: as for bytes.
    unsafe { target.as_mut() }
}
