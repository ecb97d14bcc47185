//! Panes: each an `ArrayBuffer` over part of a region, and their end. With `mailbox` and `hot`, the border's only unsafe code.
//!
//! Two kinds. An *inner* pane never leaves our own TypeScript, which drops it before the region can be unmapped; it
//! holds nothing. An *exposed* pane has views in the program's hands: it holds its region, which lives on outside the
//! cache until V8 says by the finalizer that no view is left. (A weak reference would not do: `transfer()` moves the
//! memory to another `ArrayBuffer`.)

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use napi::bindgen_prelude::*;
use napi::sys;
use smmap_core::{Base, FileMapping, Region, Window};

use crate::error::{self, refused};

/// Node-API's answer where a runtime (Electron) keeps memory in a cage.
const NO_EXTERNAL_BUFFERS: i32 = 22;

/// An exposed pane's claim on its region.
struct Hold {
    region: Mutex<Option<Arc<Region<FileMapping>>>>,
    /// Weak, to the `ArrayBuffer`: for detaching by force. Used on its environment's thread alone.
    reference: AtomicPtr<sys::napi_ref__>,
}

impl Hold {
    fn new(region: &Arc<Region<FileMapping>>) -> Self {
        Self { region: Mutex::new(Some(Arc::clone(region))), reference: AtomicPtr::new(null_mut()) }
    }

    fn refer_to(&self, env: &Env, value: sys::napi_value) {
        let mut reference = null_mut();
        // SAFETY: `value` is an ArrayBuffer alive in this call's handle scope. Without a reference the pane cannot be
        // detached by force, and waits for its finalizer.
        unsafe { sys::napi_create_reference(env.raw(), value, 0, &raw mut reference) };
        self.reference.store(reference, Ordering::Relaxed);
    }

    /// Whether the `ArrayBuffer` was ours to empty, and is empty now: nobody sees the region through it any more.
    fn detach(&self, env: &Env) -> bool {
        let reference = self.reference.load(Ordering::Relaxed);
        let (mut value, mut is_detached) = (null_mut(), true);
        if reference.is_null() {
            return false;
        }
        // SAFETY: made by `refer_to` in this environment; deleted by the finalizer, which nulls it.
        unsafe { sys::napi_get_reference_value(env.raw(), reference, &raw mut value) };
        if value.is_null() {
            return false;
        }
        // SAFETY: `value` is the ArrayBuffer.
        unsafe { sys::napi_is_detached_arraybuffer(env.raw(), value, &raw mut is_detached) };
        // SAFETY: as above.
        !is_detached && unsafe { sys::napi_detach_arraybuffer(env.raw(), value) } == sys::Status::napi_ok
    }

    fn take(&self) -> Option<Arc<Region<FileMapping>>> {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn lies_under(&self, base: Option<&Base>) -> bool {
        let region = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        region.as_ref().is_some_and(|region| base.is_none_or(|base| region.origin().lies_under(base)))
    }
}

/// The exposed panes of a manager that may be alive.
#[derive(Default)]
pub(crate) struct Panes(RefCell<Vec<Weak<Hold>>>);

impl Panes {
    fn add(&self, hold: &Arc<Hold>) {
        let mut panes = self.0.borrow_mut();
        if panes.len() == panes.capacity() {
            panes.retain(|pane| pane.strong_count() > 0);
        }
        panes.push(Arc::downgrade(hold));
    }

    /// Empties every view of the files under `base`, or of all, and lets go of their regions at once. A pane whose
    /// memory was transferred elsewhere cannot be emptied; its region waits for the finalizer.
    pub(crate) fn detach(&self, env: &Env, base: Option<&Base>) {
        let panes: Vec<_> = self.0.borrow().iter().filter_map(Weak::upgrade).collect();
        for hold in panes.iter().filter(|hold| hold.lies_under(base)) {
            if hold.detach(env) {
                drop(hold.take());
            }
        }
    }
}

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
    // SAFETY: static memory of a library that stays loaded, written only by atomic operations; no finalizer, no hint.
    unsafe { external(env, data, length, None, null_mut()) }
}

/// # Safety
/// `length` bytes at `data` stay until `finalizer` is called with `hint`, or for ever if there is none; a refusal (an
/// error or `None`) does not call it.
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

/// An `ArrayBuffer` over `part` of the region, exposed to the program if `panes` keep it; `None` where the environment
/// refuses.
pub(crate) fn create<'env>(
    env: &'env Env,
    region: &Arc<Region<FileMapping>>,
    part: Window,
    panes: Option<&Panes>,
) -> error::Result<Option<Unknown<'env>>> {
    let Some(bytes) = region.part(part) else { return Err(refused("pane outside its region", -1)) };
    let (data, length) = (bytes.as_ptr().cast_mut().cast::<c_void>(), bytes.len());
    let hold = panes.map(|_| Arc::new(Hold::new(region)));
    let hint =
        hold.as_ref().map_or(null_mut(), |hold| Arc::into_raw(Arc::clone(hold)).cast_mut().cast::<c_void>());
    let finalizer: sys::napi_finalize = if hold.is_some() { Some(finalize) } else { None };
    // SAFETY: the memory is mapped private and writable, and stays mapped as the module's head says; `hint` is null or
    // a claim that `finalize` takes over.
    let made = unsafe { external(env, data, length, finalizer, hint) };
    match (&made, hold, panes) {
        (Ok(Some(value)), Some(hold), Some(panes)) => {
            hold.refer_to(env, value.raw());
            panes.add(&hold);
        }
        (Ok(Some(_)), ..) => {}
        // SAFETY: refused, so the finalizer will not run and the claim is still ours.
        _ => drop(unsafe { take_back(hint) }),
    }
    made
}

/// The bytes of a typed array that TypeScript made for us to fill.
pub(crate) fn bytes_mut<'a>(target: &'a mut Uint8ArraySlice<'_>) -> &'a mut [u8] {
    // SAFETY: this thread is in our call, and no other sees an array that was made for it.
    unsafe { target.as_mut() }
}

/// No view of the pane is left: its region loses this claim, and is unmapped if it was the last.
unsafe extern "C" fn finalize(env: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: Node-API calls once, with the claim `create` gave it.
    let Some(hold) = (unsafe { take_back(hint) }) else { return };
    let reference = hold.reference.swap(null_mut(), Ordering::Relaxed);
    if !reference.is_null() {
        // SAFETY: made by `refer_to` in this environment, and deleted once.
        unsafe { sys::napi_delete_reference(env, reference) };
    }
    drop(hold.take());
}

/// # Safety
/// `hint` is null, or from `Arc::into_raw` in `create` and not taken back before.
unsafe fn take_back(hint: *mut c_void) -> Option<Arc<Hold>> {
    // SAFETY: the caller's promise.
    (!hint.is_null()).then(|| unsafe { Arc::from_raw(hint.cast_const().cast::<Hold>()) })
}
