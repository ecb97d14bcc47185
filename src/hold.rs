//! The claims of exposed panes on their regions, and how each ends: by the finalizer, by force, or with its environment.
//! Knows no manager; with `pane`, `hot` and `mailbox`, the border's only unsafe code.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use napi::bindgen_prelude::*;
use napi::sys;
use smmap_core::{Base, FileMapping, Lingering, Region};

/// An exposed pane's claim on its region: V8 may read the memory until it calls [`finalize`].
pub(crate) struct Hold {
    region: Mutex<Option<Arc<Region<FileMapping>>>>,
    /// Weak, to the `ArrayBuffer`. Used on its environment's thread alone.
    reference: AtomicPtr<sys::napi_ref__>,
    environment: AtomicPtr<sys::napi_env__>,
}

thread_local! {
    /// The claims made on this thread that may be alive.
    static HOLDS: RefCell<Vec<Weak<Hold>>> = const { RefCell::new(Vec::new()) };
}

impl Hold {
    pub(crate) fn new(env: &Env, region: &Arc<Region<FileMapping>>) -> Arc<Self> {
        Arc::new(Self {
            region: Mutex::new(Some(Arc::clone(region))),
            reference: AtomicPtr::new(null_mut()),
            environment: AtomicPtr::new(env.raw()),
        })
    }

    /// The claim as [`finalize`] and [`take_back`] want it.
    pub(crate) fn to_hint(self: &Arc<Self>) -> *mut c_void {
        Arc::into_raw(Arc::clone(self)).cast_mut().cast()
    }

    /// Keeps a weak reference to the `ArrayBuffer` just made, and the claim among the thread's.
    pub(crate) fn watch(self: &Arc<Self>, env: &Env, value: sys::napi_value) {
        let mut reference = null_mut();
        // SAFETY: `value` is an ArrayBuffer alive in this call's handle scope. Without a reference the pane cannot be
        // detached by force, and counts as moved at the environment's end.
        unsafe { sys::napi_create_reference(env.raw(), value, 0, &raw mut reference) };
        self.reference.store(reference, Ordering::Relaxed);
        HOLDS.with_borrow_mut(|holds| {
            if holds.len() == holds.capacity() {
                holds.retain(|hold| hold.strong_count() > 0);
            }
            holds.push(Arc::downgrade(self));
        });
        precede_other_hooks(env);
    }

    /// The `ArrayBuffer`, unless it was collected, or emptied: then its memory was moved, or is about to be given up.
    fn array_buffer(&self) -> Option<sys::napi_value> {
        let (env, reference) =
            (self.environment.load(Ordering::Relaxed), self.reference.load(Ordering::Relaxed));
        let (mut value, mut is_detached) = (null_mut(), true);
        if reference.is_null() {
            return None;
        }
        // SAFETY: made by `watch` in this environment; deleted by the finalizer, which nulls it.
        unsafe { sys::napi_get_reference_value(env, reference, &raw mut value) };
        if value.is_null() {
            return None;
        }
        // SAFETY: `value` is the ArrayBuffer.
        unsafe { sys::napi_is_detached_arraybuffer(env, value, &raw mut is_detached) };
        (!is_detached).then_some(value)
    }

    /// Whether the `ArrayBuffer` was ours to empty, and is empty now: nobody sees the region through it any more.
    fn detach(&self) -> bool {
        let env = self.environment.load(Ordering::Relaxed);
        self.array_buffer().is_some_and(|value| {
            // SAFETY: an ArrayBuffer of this environment.
            let status = unsafe { sys::napi_detach_arraybuffer(env, value) };
            status == sys::Status::napi_ok
        })
    }

    fn take(&self) -> Option<Arc<Region<FileMapping>>> {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether it holds a region of that manager's, under `base` if there is one.
    fn is_of(&self, owner: &Arc<Lingering>, base: Option<&Base>) -> bool {
        let region = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        region.as_ref().is_some_and(|region| {
            region.is_counted_by(owner) && base.is_none_or(|base| region.origin().lies_under(base))
        })
    }
}

/// Empties every view of a manager's files, or of those under `base`, and lets go of their regions at once. A pane whose
/// memory was transferred elsewhere cannot be emptied; its region waits for the finalizer.
pub(crate) fn detach(owner: &Arc<Lingering>, base: Option<&Base>) {
    for hold in holds().iter().filter(|hold| hold.is_of(owner, base)) {
        if hold.detach() {
            drop(hold.take());
        }
    }
}

/// No view of the pane is left: its region loses this claim, and is unmapped if it was the last.
pub(crate) unsafe extern "C" fn finalize(env: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: Node-API calls once, with what `to_hint` gave.
    let Some(hold) = (unsafe { take_back(hint) }) else { return };
    let reference = hold.reference.swap(null_mut(), Ordering::Relaxed);
    if !reference.is_null() {
        // SAFETY: made by `watch` in this environment, and deleted once.
        unsafe { sys::napi_delete_reference(env, reference) };
    }
    drop(hold.take());
}

/// # Safety
/// `hint` is null, or from [`Hold::to_hint`] and not taken back before.
pub(crate) unsafe fn take_back(hint: *mut c_void) -> Option<Arc<Hold>> {
    // SAFETY: the caller's promise.
    (!hint.is_null()).then(|| unsafe { Arc::from_raw(hint.cast_const().cast::<Hold>()) })
}

/// At its end an environment finalizes every pane, also one whose memory `transfer()` moved to an `ArrayBuffer` that was
/// posted to another thread and is read there. Hooks run last in, first out, and each pane's finalizing is one: ours
/// must come before.
fn precede_other_hooks(env: &Env) {
    let argument = env.raw().cast::<c_void>();
    // SAFETY: removes our own hook, if it is there.
    unsafe { sys::napi_remove_env_cleanup_hook(env.raw(), Some(before_end), argument) };
    // SAFETY: a function of this library, which stays loaded (`build.rs`).
    unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(before_end), argument) };
}

/// Leaves the regions of moved panes mapped for good: who has them now cannot be asked.
unsafe extern "C" fn before_end(argument: *mut c_void) {
    let env: sys::napi_env = argument.cast();
    let mut scope = null_mut();
    // SAFETY: the environment is alive in its hooks; the scope is for the values looked at here.
    unsafe { sys::napi_open_handle_scope(env, &raw mut scope) };
    for hold in holds() {
        if hold.environment.load(Ordering::Relaxed) == env && hold.array_buffer().is_none() {
            std::mem::forget(hold.take());
        }
    }
    // SAFETY: opened above.
    unsafe { sys::napi_close_handle_scope(env, scope) };
}

fn holds() -> Vec<Arc<Hold>> {
    // Nothing is left to look at where the thread has ended further than its environment.
    HOLDS.try_with(|holds| holds.borrow().iter().filter_map(Weak::upgrade).collect()).unwrap_or_default()
}
