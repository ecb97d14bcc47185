//! The one call hot enough to be written by hand: moving a cursor. What the macro adds to every call (a scope for
//! borrowed arguments, an error's making) took 60 of 170 ns.

use std::panic::catch_unwind;
use std::ptr::{null, null_mut};

use napi::bindgen_prelude::*;
use napi::sys;
use napi_derive::napi;

use crate::cursor;
use crate::error::{self, refused};

/// Returned where something failed, a panic included: `take_error` says what.
const FAILED: i32 = -2;

/// Makes `useRegion(cursor, offset, size)`: moves a cursor, and returns the region's slot, -1 at or past the end of
/// the file, or -2 for an error, which `takeError` throws. The mailbox gets the region's generation, begin and end.
#[napi(catch_unwind, ts_return_type = "(cursor: number, offset: number, size: number) => number")]
pub fn make_use_region(env: &Env) -> error::Result<Unknown<'_>> {
    let mut function = null_mut();
    // SAFETY: the callback is a function of this library, which stays loaded (`build.rs`); no name, no data.
    let status = unsafe {
        sys::napi_create_function(env.raw(), null(), 0, Some(use_region), null_mut(), &raw mut function)
    };
    if status != sys::Status::napi_ok {
        return Err(refused("napi_create_function", status));
    }
    // SAFETY: a value of this environment and call.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

unsafe extern "C" fn use_region(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut arguments = [null_mut(); 3];
    let mut count = arguments.len();
    // SAFETY: `info` is this call's; as many arguments are written as there is room for, undefined where missing.
    unsafe {
        sys::napi_get_cb_info(env, info, &raw mut count, arguments.as_mut_ptr(), null_mut(), null_mut());
    }
    let (mut handle, mut offset, mut size) = (u32::MAX, 0.0, 0.0);
    // SAFETY: a value of this call; one that is no number leaves the handle nobody has.
    unsafe { sys::napi_get_value_uint32(env, arguments[0], &raw mut handle) };
    // SAFETY: as above; no number leaves 0.
    unsafe { sys::napi_get_value_double(env, arguments[1], &raw mut offset) };
    // SAFETY: as above.
    unsafe { sys::napi_get_value_double(env, arguments[2], &raw mut size) };
    let slot =
        catch_unwind(|| cursor::move_to(handle, offset, size)).unwrap_or(Some(FAILED)).unwrap_or(FAILED);
    let mut result = null_mut();
    // SAFETY: makes a value of this environment and call.
    unsafe { sys::napi_create_int32(env, slot, &raw mut result) };
    result
}
