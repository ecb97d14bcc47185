//! The claims of exposed panes on their regions, and how each ends: by the finalizer, by force, or with its
//! environment. Knows no manager.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use napi::bindgen_prelude::*;
use napi::sys;
use smmap_core::{Base, FileMapping, Lingering, Region};

/// An exposed pane's claim on its region: V8 may read the memory until it calls [`finalize`].
pub(crate) struct Hold {
    region: Mutex<Option<Arc<Region<FileMapping>>>>,
    /// Weak, to the `ArrayBuffer`. Used only on its environment's thread.
    reference: AtomicPtr<sys::napi_ref__>,
    environment: AtomicPtr<sys::napi_env__>,
    /// The environment ends, and the memory was not moved before.
    is_unmoved: AtomicBool,
}

thread_local! {
    /// The claims made on this thread that may be alive.
    static HOLDS: RefCell<Vec<Weak<Hold>>> = const { RefCell::new(Vec::new()) };
}

thread_local! {
    /// Whether this thread is a worker of Node's, which ends before the process does.
    static ENDS_EARLY: Cell<bool> = const { Cell::new(false) };
    /// Reports that the environment ends: a strong reference to an `ArrayBuffer` newer than all panes, and
    /// its byte.
    static SENTINEL: Cell<(sys::napi_ref, *mut c_void)> = const { Cell::new((null_mut(), null_mut())) };
    /// Whether it has reported that.
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// Notes whether this thread is a worker of Node's. Called before anything of it is exposed.
pub(crate) fn enter(ends_early: bool) {
    ENDS_EARLY.set(ends_early);
}

/// Claims alive in the process.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// How many panes the program may have views of.
pub(crate) fn alive() -> usize {
    ALIVE.load(Ordering::Relaxed)
}

impl Drop for Hold {
    fn drop(&mut self) {
        drop(self.take());
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hold {
    pub(crate) fn new(env: &Env, region: &Arc<Region<FileMapping>>) -> Arc<Self> {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        region.expose();
        Arc::new(Self {
            region: Mutex::new(Some(Arc::clone(region))),
            reference: AtomicPtr::new(null_mut()),
            environment: AtomicPtr::new(env.raw()),
            is_unmoved: AtomicBool::new(false),
        })
    }

    /// The claim as [`finalize`] and [`take_back`] want it.
    pub(crate) fn to_hint(self: &Arc<Self>) -> *mut c_void {
        Arc::into_raw(Arc::clone(self)).cast_mut().cast()
    }

    /// Keeps a weak reference to the `ArrayBuffer` just made, and adds the claim to the thread's list. It is
    /// looked at when the environment ends.
    pub(crate) fn watch(self: &Arc<Self>, env: &Env, value: sys::napi_value) {
        let mut reference = null_mut();
        // SAFETY: `value` is an ArrayBuffer alive in this call's handle scope. Without a reference the pane
        // cannot be detached by force, and counts as moved at the environment's end.
        unsafe { sys::napi_create_reference(env.raw(), value, 0, &raw mut reference) };
        self.reference.store(reference, Ordering::Relaxed);
        HOLDS.with_borrow_mut(|holds| {
            if holds.len() == holds.capacity() {
                holds.retain(|hold| hold.strong_count() > 0);
            }
            holds.push(Arc::downgrade(self));
        });
        if ENDS_EARLY.get() {
            watch_end(env.raw());
        }
    }

    /// The `ArrayBuffer`, unless it was collected or detached: then its memory was moved, or is about to be
    /// released.
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

    /// Detaches the `ArrayBuffer`. True: nobody sees the region through it any more.
    fn detach(&self) -> bool {
        let env = self.environment.load(Ordering::Relaxed);
        self.array_buffer().is_some_and(|value| {
            // SAFETY: an ArrayBuffer of this environment.
            let status = unsafe { sys::napi_detach_arraybuffer(env, value) };
            status == sys::Status::napi_ok
        })
    }

    fn take(&self) -> Option<Arc<Region<FileMapping>>> {
        let region = self.region.lock().unwrap_or_else(PoisonError::into_inner).take();
        region.inspect(|region| region.conceal())
    }

    /// Whether it holds a region of that manager, under `base` if there is one.
    fn is_of(&self, owner: &Arc<Lingering>, base: Option<&Base>) -> bool {
        let region = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        region.as_ref().is_some_and(|region| {
            region.is_counted_by(owner) && base.is_none_or(|base| region.origin().lies_under(base))
        })
    }
}

/// Empties every view of a manager's files, or of those under `base`, and lets go of their regions at once. A
/// pane whose memory was transferred elsewhere cannot be emptied; its region waits for the finalizer.
pub(crate) fn detach(owner: &Arc<Lingering>, base: Option<&Base>) {
    for hold in holds().iter().filter(|hold| hold.is_of(owner, base)) {
        if hold.detach() {
            drop(hold.take());
        }
    }
}

/// No view of the pane is left: its region loses this claim, and is unmapped if it was the last.
///
/// When an environment ends, Node calls this for every pane, also for one whose memory `transfer()` moved to
/// an `ArrayBuffer` that was posted to another thread and is read there. By then a moved one looks like any
/// other. So only those that [`note_unmoved`] has seen before are let go; the rest stays mapped for good. It
/// is also called for what the garbage collector finds, even while the environment ends.
pub(crate) unsafe extern "C" fn finalize(env: sys::napi_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: Node-API calls once, with what `to_hint` gave.
    let Some(hold) = (unsafe { take_back(hint) }) else { return };
    let reference = hold.reference.swap(null_mut(), Ordering::Relaxed);
    if !reference.is_null() {
        // SAFETY: made by `watch` in this environment, and deleted once.
        unsafe { sys::napi_delete_reference(env, reference) };
    }
    let region = hold.take();
    let was_collected = ENDS_EARLY.get() && !HAS_ENDED.get();
    if !hold.is_unmoved.load(Ordering::Relaxed) && !was_collected && is_ending(env) {
        region.into_iter().for_each(Region::abandon);
    }
}

/// # Safety
/// `hint` is null, or from [`Hold::to_hint`] and not taken back before.
pub(crate) unsafe fn take_back(hint: *mut c_void) -> Option<Arc<Hold>> {
    // SAFETY: the caller's promise.
    (!hint.is_null()).then(|| unsafe { Arc::from_raw(hint.cast_const().cast::<Hold>()) })
}

/// Notes which regions are damaged that views of this thread see, so that a cursor's check finds it.
pub(crate) fn note_damage() {
    for hold in holds() {
        let region = hold.region.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(region) = region.as_ref().filter(|region| region.is_damaged()) {
            region.origin().note_damage();
        }
    }
}

/// Makes sure that the panes made so far are looked at when the environment ends, before any of them is
/// finalized. Node finalizes the newest external `ArrayBuffer` first, and before it calls cleanup hooks. So
/// each new pane is followed by a sentinel: an `ArrayBuffer` of one byte that no program sees, whose
/// finalizer looks.
fn watch_end(env: sys::napi_env) {
    let byte = Box::into_raw(Box::new(0_u8)).cast::<c_void>();
    let (mut value, mut reference) = (null_mut(), null_mut());
    // SAFETY: the byte stays until the finalizer drops it.
    let status = unsafe {
        sys::napi_create_external_arraybuffer(env, byte, 1, Some(drop_sentinel), byte, &raw mut value)
    };
    if status != sys::Status::napi_ok {
        // SAFETY: refused, so the finalizer will not run.
        drop(unsafe { Box::from_raw(byte.cast::<u8>()) });
        // A worker that is being terminated refuses everything, and runs no JavaScript any more.
        if is_ending(env) {
            note_unmoved(env);
        }
        return;
    }
    // SAFETY: the value is alive in this call's handle scope.
    unsafe { sys::napi_create_reference(env, value, 1, &raw mut reference) };
    let (last, _) = SENTINEL.replace((reference, byte));
    if !last.is_null() {
        // SAFETY: made here, in this environment: a worker has one.
        unsafe { sys::napi_delete_reference(env, last) };
    }
}

/// A sentinel is finalized: with its environment, or because there is a newer one. The collector may find an
/// older one while the environment ends; only the newest means that panes are being finalized.
unsafe extern "C" fn drop_sentinel(env: sys::napi_env, _data: *mut c_void, byte: *mut c_void) {
    // SAFETY: called once, with what `watch_end` made.
    drop(unsafe { Box::from_raw(byte.cast::<u8>()) });
    if SENTINEL.get().1 == byte && is_ending(env) {
        HAS_ENDED.set(true);
        note_unmoved(env);
    }
}

/// The environment's JavaScript has run for the last time: notes which panes' memory was not moved, and so
/// cannot be moved any more.
pub(crate) fn note_unmoved(env: sys::napi_env) {
    for hold in holds() {
        let is_here = hold.environment.load(Ordering::Relaxed) == env && hold.array_buffer().is_some();
        hold.is_unmoved.fetch_or(is_here, Ordering::Relaxed);
    }
}

/// Whether the environment is being torn down: it then refuses whatever might run JavaScript.
fn is_ending(env: sys::napi_env) -> bool {
    let (mut scope, mut global, mut answer) = (null_mut(), null_mut(), false);
    // SAFETY: the scope is for the one value looked at here.
    unsafe { sys::napi_open_handle_scope(env, &raw mut scope) };
    // SAFETY: asks nothing of its caller.
    unsafe { sys::napi_get_global(env, &raw mut global) };
    // SAFETY: a value of this scope, and a name that ends with a NUL.
    let status =
        unsafe { sys::napi_has_named_property(env, global, c"globalThis".as_ptr(), &raw mut answer) };
    // SAFETY: opened above.
    unsafe { sys::napi_close_handle_scope(env, scope) };
    status != sys::Status::napi_ok
}

fn holds() -> Vec<Arc<Hold>> {
    // The thread's own values are dropped already if it has ended further than its environment.
    HOLDS.try_with(|holds| holds.borrow().iter().filter_map(Weak::upgrade).collect()).unwrap_or_default()
}
