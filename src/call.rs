//! A call from JavaScript without napi's macros: its arguments, its answer, and how a cursor is found in it.
//! Knows no call in particular.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::rc::Rc;

use napi::bindgen_prelude::*;
use napi::{JsError, sys};

use crate::error::{self, refused};
use crate::manager::{NativeManager, to_path};
use crate::seat::SeatCursor;

/// Returned where something failed, a panic included: `takeError` of the cursor says what.
const FAILED: i32 = -2;

pub(crate) type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// A function of JavaScript's that calls `body`.
pub(crate) fn function(env: &Env, body: Callback) -> error::Result<Unknown<'_>> {
    let mut function = null_mut();
    // SAFETY: the callback is a function of this library, which stays loaded (`build.rs`); no name, no data.
    let status =
        unsafe { sys::napi_create_function(env.raw(), null(), 0, Some(body), null_mut(), &raw mut function) };
    if status != sys::Status::napi_ok {
        return Err(refused("napi_create_function", status));
    }
    // SAFETY: a value of this environment and call.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

/// The External that names a cursor in hot calls. It keeps the cursor alive, as the class's object does.
pub(crate) fn external<'env>(env: &'env Env, cursor: &Rc<SeatCursor>) -> error::Result<Unknown<'env>> {
    let (data, mut value) = (Rc::into_raw(Rc::clone(cursor)).cast_mut().cast::<c_void>(), null_mut());
    // SAFETY: the claim in `data` keeps the cursor until `drop_external` takes it back.
    let status = unsafe {
        sys::napi_create_external(env.raw(), data, Some(drop_external), null_mut(), &raw mut value)
    };
    if status != sys::Status::napi_ok {
        // SAFETY: refused, so the finalizer will not run and the claim is still ours.
        drop(unsafe { Rc::from_raw(data.cast_const().cast::<SeatCursor>()) });
        return Err(refused("napi_create_external", status));
    }
    // SAFETY: a value of this environment and call.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), value) })
}

/// The cursor that an External of ours names.
pub(crate) fn to_cursor(env: &Env, value: &Unknown<'_>) -> Option<Rc<SeatCursor>> {
    let cursor = cursor_of(env.raw(), value.raw())?;
    // SAFETY: the External's claim, of which this makes another.
    unsafe { Rc::increment_strong_count(cursor) };
    // SAFETY: the claim just made.
    Some(unsafe { Rc::from_raw(cursor) })
}

/// The cursor that an External names, valid during the call that has it as an argument; `None` if the value
/// is no External.
fn cursor_of<'call>(env: sys::napi_env, value: sys::napi_value) -> Option<&'call SeatCursor> {
    let mut data = null_mut();
    // SAFETY: a value of this call; another kind of value leaves `data` as it is.
    unsafe { sys::napi_get_value_external(env, value, &raw mut data) };
    // SAFETY: this addon makes no other Externals than `external` does, and `lib/panes` has no others; the
    // argument keeps its claim alive as long as the call.
    unsafe { data.cast::<SeatCursor>().as_ref() }
}

unsafe extern "C" fn drop_external(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: Node-API calls once, on the environment's thread, with the claim that `external` gave.
    drop(unsafe { Rc::from_raw(data.cast_const().cast::<SeatCursor>()) });
}

/// A path of up to this many bytes of UTF-8 is copied with one call; a longer one is asked for its length
/// first.
const SHORT_PATH: usize = 512;

/// The most bytes of a character in UTF-8: if as many are left free, no character was cut off.
const CHARACTER: usize = 4;

/// One call from JavaScript with up to N arguments.
pub(crate) struct Call<const N: usize> {
    env: sys::napi_env,
    arguments: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// # Safety
    /// Both are those of a callback that has not returned.
    pub(crate) unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let mut arguments = [null_mut(); N];
        let mut count = N;
        // SAFETY: as many arguments are written as there is room for, undefined where missing.
        unsafe {
            sys::napi_get_cb_info(env, info, &raw mut count, arguments.as_mut_ptr(), null_mut(), null_mut());
        }
        Self { env, arguments }
    }

    /// A cursor; `None` if the argument is no External.
    pub(crate) fn cursor(&self, index: usize) -> Option<&SeatCursor> {
        cursor_of(self.env, self.arguments[index])
    }

    /// A manager; `None` if the argument is no object of that class.
    pub(crate) fn manager(&self, index: usize) -> Option<&NativeManager> {
        let (value, mut data) = (self.arguments[index], null_mut());
        // SAFETY: a value of this call.
        unsafe { validate_type_tag(self.env, value, &NativeManager::type_tag(), "NativeManager") }.ok()?;
        // SAFETY: as above.
        unsafe { sys::napi_unwrap(self.env, value, &raw mut data) };
        // SAFETY: the tag says what it is; the argument keeps it alive as long as the call.
        unsafe { data.cast::<NativeManager>().as_ref() }
    }

    /// A number; 0 if the argument is not one.
    pub(crate) fn number(&self, index: usize) -> f64 {
        let mut number = 0.0;
        // SAFETY: a value of this call.
        unsafe { sys::napi_get_value_double(self.env, self.arguments[index], &raw mut number) };
        number
    }

    /// The bytes of a typed array, for us to fill; `None` if the argument is not one.
    ///
    /// # Safety
    /// The slice is dropped before the call returns, and there is no other of the same array.
    pub(crate) unsafe fn bytes<'call>(&self, index: usize) -> Option<&'call mut [u8]> {
        let (mut length, mut data) = (0, null_mut());
        // SAFETY: a value of this call; whatever is not asked for may be null.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.arguments[index],
                null_mut(),
                &raw mut length,
                &raw mut data,
                null_mut(),
                null_mut(),
            )
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        if data.is_null() {
            return Some(&mut []);
        }
        // SAFETY: the array's own memory, which stays while this thread is in the call and runs no
        // JavaScript.
        Some(unsafe { std::slice::from_raw_parts_mut(data.cast::<u8>(), length) })
    }

    /// A path: a string, or bytes; `None` if the argument is neither.
    pub(crate) fn path(&self, index: usize) -> Option<PathBuf> {
        let mut short = [0_u8; SHORT_PATH];
        let Some(length) = self.text(index, &mut short) else {
            // SAFETY: the only slice of it, copied at once.
            return unsafe { self.bytes(index) }.map(|bytes| to_path(bytes));
        };
        if length + CHARACTER < SHORT_PATH {
            return Some(to_path(&short[..length]));
        }
        let mut long = vec![0_u8; self.text(index, &mut [])? + CHARACTER];
        self.text(index, &mut long).map(|length| to_path(&long[..length]))
    }

    /// Copies a string as UTF-8 into `target`, as much as fits before a NUL, and returns how many bytes; for
    /// an empty target, how many there are. `None` if the argument is not a string.
    fn text(&self, index: usize, target: &mut [u8]) -> Option<usize> {
        let (mut length, room) = (0, target.len());
        let start = if room == 0 { null_mut() } else { target.as_mut_ptr().cast() };
        let value = self.arguments[index];
        // SAFETY: a value of this call, and room for as many bytes as are named.
        let status =
            unsafe { sys::napi_get_value_string_utf8(self.env, value, start, room, &raw mut length) };
        (status == sys::Status::napi_ok).then_some(length)
    }

    /// A boolean; false if the argument is not one.
    pub(crate) fn flag(&self, index: usize) -> bool {
        let mut flag = false;
        // SAFETY: a value of this call.
        unsafe { sys::napi_get_value_bool(self.env, self.arguments[index], &raw mut flag) };
        flag
    }

    /// Returns the body's value to JavaScript, or `undefined`. An error or a panic is thrown.
    pub(crate) fn answer_with(
        &self,
        body: impl for<'env> FnOnce(&'env Env) -> error::Result<Option<Unknown<'env>>>,
    ) -> sys::napi_value {
        let env = Env::from_raw(self.env);
        match catch_unwind(AssertUnwindSafe(|| body(&env))).unwrap_or_else(|_| Err(error::panicked())) {
            Ok(value) => value.map_or(null_mut(), |value| value.raw()),
            Err(error) => {
                // SAFETY: the environment of this call, which returns now.
                unsafe { JsError::from(error).throw_into(self.env) };
                null_mut()
            }
        }
    }

    /// Returns the body's number to JavaScript. `None` or a panic is a failure.
    pub(crate) fn answer(&self, body: impl FnOnce() -> Option<i32>) -> sys::napi_value {
        let answer = catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(FAILED);
        let mut result = null_mut();
        // SAFETY: makes a value of this environment and call.
        unsafe { sys::napi_create_int32(self.env, answer, &raw mut result) };
        result
    }
}
