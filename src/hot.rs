//! The calls that are hot enough to be written without napi's macros: opening and closing a file, moving a
//! cursor, reading without a map, letting go of regions.
//!
//! In nanoseconds, a call with three numbers took: a raw function that finds its cursor by a slot number, or
//! by an External, 22; one that unwraps a class's object 54, and one that checks its type tag first 92; a
//! function by napi's macro 90, one that takes a class's object, or is its method, 220. To make an External
//! took 300, an object 700. So hot calls know a cursor by an External, and cold calls are methods of an
//! object beside it.

use napi::bindgen_prelude::*;
use napi::sys;
use napi_derive::napi;
use smmap_core::{Source, Window};

use crate::call::{Call, external, function};
use crate::cursor::{self, NativeCursor};
use crate::error;
use crate::region;
use crate::seat::SeatCursor;

/// What names a cursor in the calls here.
#[napi]
#[expect(dead_code, reason = "for the declarations; `call` makes it")]
pub type HotCursor = External<NativeCursor>;

/// Makes `newCursor(manager)`: a cursor on no file.
#[napi(catch_unwind, ts_return_type = "(manager: NativeManager) => HotCursor")]
pub fn make_new_cursor(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, new_cursor)
}

/// Makes `openCursor(cursor, path, fd, flags)`: opens a path, a string or a `Uint8Array`, or where it is null
/// a descriptor. Returns 0, or -2 for an error. The mailbox gets the file's size and its number.
#[napi(
    catch_unwind,
    ts_return_type = "(cursor: HotCursor, path: string | Uint8Array | null, fd: number, flags: number) => \
                      number"
)]
pub fn make_open_cursor(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, open_cursor)
}

/// Makes `dropCursor(cursor)`: lets the region and the file go.
#[napi(catch_unwind, ts_return_type = "(cursor: HotCursor) => void")]
pub fn make_drop_cursor(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, drop_cursor)
}

/// Makes `useRegion(cursor, offset, size)`: moves a cursor, and returns the region's slot, -1 at or past the
/// end of the file, -2 for an error, or -3 if regions that this thread sees must be let go of first, by
/// `takeGone`. A size of -1 takes whatever the region at the offset has. The mailbox gets the region's
/// generation, offset and end.
#[napi(catch_unwind, ts_return_type = "(cursor: HotCursor, offset: number, size: number) => number")]
pub fn make_use_region(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, use_region)
}

/// Makes `standOn(cursor, slot, generation)`: catches up with TypeScript, which has moved the cursor to a
/// region that this thread sees; or to none, for a slot of -1. Returns 1, 0 if the region is gone, or -2 for
/// an error.
#[napi(catch_unwind, ts_return_type = "(cursor: HotCursor, slot: number, generation: number) => number")]
pub fn make_stand_on(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, stand_on)
}

/// Makes `readLone(cursor, target)`: reads bytes of the file into a `Uint8Array`. The mailbox says which:
/// where in the array they go, how many they are, their offset in the file, and 0 for a read that counts as
/// one with the read before. (As arguments these numbers cost 25 ns.) Returns 1, 0 if the bytes are to be
/// read by the map instead, or -2 for an error.
#[napi(catch_unwind, ts_return_type = "(cursor: HotCursor, target: Uint8Array) => number")]
pub fn make_read_lone(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, read_lone)
}

/// Makes `readInto(cursor, target, offset)`: fills a `Uint8Array` with the bytes from `offset` on, as far as
/// there are, without mapping. Returns 0, or -2 for an error.
#[napi(catch_unwind, ts_return_type = "(cursor: HotCursor, target: Uint8Array, offset: number) => number")]
pub fn make_read_into(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, read_into)
}

/// Makes `makePane(manager, slot, generation, start, end, isExposed)`: an `ArrayBuffer` over a region's bytes
/// from `start` to `end`; `undefined` if the runtime refuses or, for one that is exposed to the program, if
/// too much lingers already. Throws if the region is gone.
#[napi(
    catch_unwind,
    ts_return_type = "(manager: NativeManager, slot: number, generation: number, start: number, \
                      end: number, isExposed: boolean) => ArrayBuffer | undefined"
)]
pub fn make_make_pane(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, make_pane)
}

/// Makes `takeGone(manager)`: writes the regions that left the cache into the mailbox, as many as fit, each
/// as slot and generation, and returns how many. The regions of the call before are unmapped by this one: to
/// be called until there are none.
#[napi(catch_unwind, ts_return_type = "(manager: NativeManager) => number")]
pub fn make_take_gone(env: &Env) -> error::Result<Unknown<'_>> {
    function(env, take_gone)
}

unsafe extern "C" fn new_cursor(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's.
    let call = unsafe { Call::<1>::new(env, info) };
    call.answer_with(|env| {
        let seat = &call.manager(0).ok_or_else(|| error::stale("manager"))?.0;
        external(env, &SeatCursor::new(seat)).map(Some)
    })
}

unsafe extern "C" fn open_cursor(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<4>::new(env, info) };
    call.answer(|| {
        let source = call.path(1).map_or(Source::Descriptor(call.number(2) as i32), Source::Path);
        cursor::open(call.cursor(0)?, &source, call.number(3) as i32)
    })
}

unsafe extern "C" fn drop_cursor(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's.
    let call = unsafe { Call::<1>::new(env, info) };
    call.answer(|| {
        call.cursor(0)?.set(None);
        Some(0)
    })
}

unsafe extern "C" fn use_region(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<3>::new(env, info) };
    call.answer(|| cursor::move_to(call.cursor(0)?, call.number(1), call.number(2)))
}

unsafe extern "C" fn stand_on(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<3>::new(env, info) };
    call.answer(|| cursor::stand_on(call.cursor(0)?, call.number(1), call.number(2)))
}

unsafe extern "C" fn read_lone(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<2>::new(env, info) };
    // SAFETY: had once, and gone when this returns.
    let bytes = unsafe { call.bytes(1) };
    call.answer(|| cursor::read_lone(call.cursor(0)?, bytes?))
}

unsafe extern "C" fn take_gone(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's.
    let call = unsafe { Call::<1>::new(env, info) };
    call.answer(|| Some(call.manager(0)?.0.take_gone() as i32))
}

unsafe extern "C" fn read_into(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<3>::new(env, info) };
    // SAFETY: had once, and gone when this returns.
    let bytes = unsafe { call.bytes(1) };
    call.answer(|| cursor::read_into(call.cursor(0)?, bytes?, call.number(2)))
}

unsafe extern "C" fn make_pane(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this call's, as all that follows.
    let call = unsafe { Call::<6>::new(env, info) };
    call.answer_with(|env| {
        let seat = &call.manager(0).ok_or_else(|| error::stale("manager"))?.0;
        let key = region::to_key(call.number(1) as u32, call.number(2));
        let part = Window::between(call.number(3) as u64, call.number(4) as u64);
        region::make_pane(env, seat, key, part, call.flag(5))
    })
}
