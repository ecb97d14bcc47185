//! The calls hot enough to be written by hand: opening and closing a file, moving a cursor, reading without a
//! map. What the macro adds to every call (a scope for borrowed arguments, an error's making) took 60 of 170
//! ns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr::{null, null_mut};

use napi::bindgen_prelude::*;
use napi::sys;
use napi_derive::napi;
use smmap_core::Source;

use crate::cursor;
use crate::environment;
use crate::error::{self, refused};
use crate::manager::to_path;

/// Returned where something failed, a panic included: `take_error` says what.
const FAILED: i32 = -2;

/// Makes `openCursor(manager, path, fd, flags)`: opens a path, a string or a `Uint8Array`, or where it is
/// null a descriptor. Returns a cursor's handle, or -2 for an error, which `takeOpenError` throws. The
/// mailbox gets the file's size and its number.
#[napi(
    catch_unwind,
    ts_return_type = "(manager: number, path: string | Uint8Array | null, fd: number, flags: number) => \
                      number"
)]
pub fn make_open_cursor(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, open_cursor)
}

/// Makes `dropCursor(cursor)`: gives the handle back, and with it the region and the file.
#[napi(catch_unwind, ts_return_type = "(cursor: number) => void")]
pub fn make_drop_cursor(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, drop_cursor)
}

/// Makes `useRegion(cursor, offset, size)`: moves a cursor, and returns the region's slot, -1 at or past the
/// end of the file, -2 for an error, which `takeError` throws, or -3 where regions that this thread sees must
/// be let go of first, by `takeGone`. A size of -1 is content with whatever the region at the offset has. The
/// mailbox gets the region's generation, begin and end.
#[napi(catch_unwind, ts_return_type = "(cursor: number, offset: number, size: number) => number")]
pub fn make_use_region(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, use_region)
}

/// Makes `readLone(cursor, target)`: reads bytes of the file into a `Uint8Array`. The mailbox says which:
/// where in the array they go, how many they are, their offset in the file, and 0 for a read that counts as
/// one with the read before. (As arguments these numbers cost 25 ns.) Returns 1, 0 where the bytes are to be
/// had by the map instead, or -2 for an error, which `takeError` throws.
#[napi(catch_unwind, ts_return_type = "(cursor: number, target: Uint8Array) => number")]
pub fn make_read_lone(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, read_lone)
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

fn function(env: &Env, body: Callback) -> error::Result<Unknown<'_>> {
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

unsafe extern "C" fn open_cursor(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<4>::new(env, info) };
    let (manager, fd, flags) = (call.handle(0), call.number(2), call.number(3));
    call.answer(|| {
        let source = call.path(1).map_or(Source::Descriptor(fd as i32), Source::Path);
        cursor::open(manager, &source, flags as i32)
    })
}

unsafe extern "C" fn drop_cursor(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's.
    let call = unsafe { Call::<1>::new(env, info) };
    call.answer(|| {
        environment::drop_cursor(call.handle(0));
        Some(0)
    })
}

unsafe extern "C" fn use_region(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<3>::new(env, info) };
    let (handle, offset, size) = (call.handle(0), call.number(1), call.number(2));
    call.answer(|| cursor::move_to(handle, offset, size))
}

unsafe extern "C" fn read_lone(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<2>::new(env, info) };
    // SAFETY: had once, and gone when this returns.
    let bytes = unsafe { call.bytes(1) };
    call.answer(|| cursor::read_lone(call.handle(0), bytes?))
}

/// The bytes of UTF-8 a path may have to be copied once; a longer one is asked for its length first.
const SHORT_PATH: usize = 512;

/// A character has at most so many bytes of UTF-8: where as many are left free, none was cut off.
const CHARACTER: usize = 4;

/// One call from JavaScript with up to N arguments.
struct Call<const N: usize> {
    env: sys::napi_env,
    arguments: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// # Safety
    /// Both are those of a callback that has not returned.
    unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let mut arguments = [null_mut(); N];
        let mut count = N;
        // SAFETY: as many arguments are written as there is room for, undefined where missing.
        unsafe {
            sys::napi_get_cb_info(env, info, &raw mut count, arguments.as_mut_ptr(), null_mut(), null_mut());
        }
        Self { env, arguments }
    }

    /// A handle; the one nobody has for what is no number.
    fn handle(&self, index: usize) -> u32 {
        let mut handle = u32::MAX;
        // SAFETY: a value of this call.
        unsafe { sys::napi_get_value_uint32(self.env, self.arguments[index], &raw mut handle) };
        handle
    }

    /// A number; 0 for what is none.
    fn number(&self, index: usize) -> f64 {
        let mut number = 0.0;
        // SAFETY: a value of this call.
        unsafe { sys::napi_get_value_double(self.env, self.arguments[index], &raw mut number) };
        number
    }

    /// The bytes of a typed array, for us to fill; `None` of what is no such array.
    ///
    /// # Safety
    /// They are let go before the call returns, and not had twice.
    unsafe fn bytes<'call>(&self, index: usize) -> Option<&'call mut [u8]> {
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

    /// A path: a string, or bytes; none of what is neither.
    fn path(&self, index: usize) -> Option<PathBuf> {
        let mut short = [0_u8; SHORT_PATH];
        let Some(length) = self.text(index, &mut short) else {
            // SAFETY: had once, and copied at once.
            return unsafe { self.bytes(index) }.map(|bytes| to_path(bytes));
        };
        if length + CHARACTER < SHORT_PATH {
            return Some(to_path(&short[..length]));
        }
        let mut long = vec![0_u8; self.text(index, &mut [])? + CHARACTER];
        self.text(index, &mut long).map(|length| to_path(&long[..length]))
    }

    /// Copies a string as UTF-8 into `target`, as much as fits before a NUL: how many bytes. For an empty
    /// target, how many there are. None of what is no string.
    fn text(&self, index: usize, target: &mut [u8]) -> Option<usize> {
        let (mut length, room) = (0, target.len());
        let begin = if room == 0 { null_mut() } else { target.as_mut_ptr().cast() };
        let value = self.arguments[index];
        // SAFETY: a value of this call, and room for as many bytes as are named.
        let status =
            unsafe { sys::napi_get_value_string_utf8(self.env, value, begin, room, &raw mut length) };
        (status == sys::Status::napi_ok).then_some(length)
    }

    /// What the body answers, as a number; a panic is a failure too.
    fn answer(&self, body: impl FnOnce() -> Option<i32>) -> sys::napi_value {
        let answer = catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(FAILED);
        let mut result = null_mut();
        // SAFETY: makes a value of this environment and call.
        unsafe { sys::napi_create_int32(self.env, answer, &raw mut result) };
        result
    }
}
