//! Cursors for `lib/panes/`: the hot way across the border, and reading without a map.
#![deny(unsafe_code)]

use std::cell::Cell;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use smmap_core::{Error, Source, Window, find, find_last};

use crate::environment::{self, CursorEntry};
use crate::error::{self, BorderError, to_js};
use crate::hold;
use crate::pane;
use crate::region::to_key;

thread_local! {
    /// Why the last file could not be opened, until it is asked for.
    static OPEN_ERROR: Cell<Option<BorderError>> = const { Cell::new(None) };
}

/// Opens a file, for `hot`: a cursor's handle, nothing for an error, which is kept for [`take_open_error`].
pub(crate) fn open(manager: u32, source: &Source, flags: i32) -> Option<i32> {
    let opened = environment::manager(manager).and_then(|owner| {
        let cursor = owner.manager.open(source, flags).map_err(|error| to_js(&error))?;
        let cursor = cursor.seen_by(owner.seat.viewer());
        owner.mailbox.put(&[cursor.file_size(), cursor.file_number().map_err(|error| to_js(&error))?]);
        Ok(environment::add_cursor(CursorEntry { cursor, owner, manager, error: None }))
    });
    opened.map(|handle| handle as i32).map_err(|error| OPEN_ERROR.set(Some(error))).ok()
}

/// Throws why the last file could not be opened.
#[napi(catch_unwind)]
pub fn take_open_error() -> error::Result<()> {
    OPEN_ERROR.take().map_or(Ok(()), Err)
}

/// Moves a cursor, for `hot`: the region's slot, -1 at or past the end of the file, -3 where regions must be
/// let go of first, nothing for an error, which is kept for [`take_error`]. A negative size is content with
/// what the region has.
pub(crate) fn move_to(cursor: u32, offset: f64, size: f64) -> Option<i32> {
    let outcome = environment::with_cursor(cursor, |entry| {
        let offset = offset as u64;
        let moved = if size < 0.0 {
            entry.cursor.use_piece(offset)
        } else {
            entry.cursor.use_region(offset, size as u64)
        };
        let key = match moved {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(Some(-1)),
            Err(Error::MustLetGo) => return Ok(Some(-3)),
            Err(error) => {
                entry.error = Some(error);
                return Ok(None);
            }
        };
        let window = entry.cursor.region().map_or(Window::new(0, 0), |region| region.window());
        entry.owner.mailbox.put(&[key.generation, window.offset, window.end()]);
        Ok(Some(key.slot as i32))
    });
    outcome.ok().flatten()
}

/// Reads without mapping what the mailbox says into bytes of `array`, for `hot`: 1 when that was done, 0
/// where the map is the way, nothing for an error, which is kept for [`take_error`]. Where nothing is seen in
/// place, what is mapped is copied.
pub(crate) fn read_lone(cursor: u32, array: &mut [u8]) -> Option<i32> {
    let outcome = environment::with_cursor(cursor, |entry| {
        let [start, size, offset, is_use] = entry.owner.mailbox.take();
        let (offset, is_use) = (offset as u64, is_use != 0.0);
        let Some(target) = array.get_mut(start as usize..(start + size) as usize) else { return Ok(None) };
        let read = if entry.owner.shows {
            entry.cursor.read_lone(target, offset, is_use)
        } else {
            entry.cursor.read_copy(target, offset, is_use).map(Some)
        };
        match read {
            Ok(read) => Ok(Some(i32::from(read.is_some()))),
            Err(error) => {
                entry.error = Some(error);
                Ok(None)
            }
        }
    });
    outcome.ok().flatten()
}

/// The cursor has been on a region that this thread sees, since it left the one that is known here; or on
/// none, for a negative slot. Whether it still is.
#[napi(catch_unwind)]
pub fn stand_on(cursor: u32, slot: i32, generation: f64) -> error::Result<bool> {
    let key = u32::try_from(slot).ok().map(|slot| to_key(slot, generation));
    environment::with_cursor(cursor, |entry| Ok(entry.cursor.stand_on(key)))
}

/// Whether the file has all its bytes up to `end` at this moment.
#[napi(catch_unwind)]
pub fn reaches(cursor: u32, end: f64) -> error::Result<bool> {
    environment::with_cursor(cursor, |entry| entry.cursor.reaches(end as u64).map_err(|error| to_js(&error)))
}

/// Throws why the cursor's last move or lone read failed.
#[napi(catch_unwind)]
pub fn take_error(cursor: u32) -> error::Result<()> {
    let error = environment::with_cursor(cursor, |entry| Ok(entry.error.take()))?;
    error.map_or(Ok(()), |error| Err(to_js(&error)))
}

/// Lets the cursor's region go.
#[napi(catch_unwind)]
pub fn unuse_region(cursor: u32) -> error::Result<()> {
    environment::with_cursor(cursor, |entry| {
        entry.cursor.unuse_region();
        Ok(())
    })
}

/// Whether nobody took the cursor's region away; throws if its file was cut below it.
#[napi(catch_unwind)]
pub fn verify_cursor(cursor: u32) -> error::Result<bool> {
    environment::with_cursor(cursor, |entry| entry.cursor.verify().map_err(|error| to_js(&error)))
}

/// Another cursor on the same open file, in the same place; its handle.
#[napi(catch_unwind)]
pub fn copy_cursor(cursor: u32) -> error::Result<u32> {
    let copy = environment::with_cursor(cursor, |entry| {
        let copy = entry.cursor.duplicate().map_err(|error| to_js(&error))?;
        Ok(CursorEntry { cursor: copy, owner: entry.owner.clone(), manager: entry.manager, error: None })
    })?;
    Ok(environment::add_cursor(copy))
}

/// Throws if the file is no longer the one that was opened; with `may_grow` it may be longer.
#[napi(catch_unwind)]
pub fn check_cursor(cursor: u32, may_grow: bool) -> error::Result<()> {
    hold::note_damage();
    environment::with_cursor(cursor, |entry| entry.cursor.check(may_grow).map_err(|error| to_js(&error)))
}

/// Reads into `target` from `offset` without mapping; how many bytes there were.
#[napi(catch_unwind)]
pub fn read_into(cursor: u32, mut target: Uint8ArraySlice<'_>, offset: f64) -> error::Result<f64> {
    environment::with_cursor(cursor, |entry| {
        entry
            .cursor
            .read_at(pane::bytes_mut(&mut target), offset as u64)
            .map(|read| read as f64)
            .map_err(|error| to_js(&error))
    })
}

/// The first, or last, offset of `needle` in the file's bytes from `begin` to `end`; -1 if there is none.
#[napi(catch_unwind)]
pub fn search(cursor: u32, needle: &[u8], begin: f64, end: f64, last: bool) -> error::Result<f64> {
    environment::with_cursor(cursor, |entry| {
        let mut own = entry.cursor.another().map_err(|error| to_js(&error))?;
        let range = Window::between(begin as u64, end as u64);
        let search = if last { find_last } else { find };
        let found = search(&mut own, needle, range).map_err(|error| to_js(&error))?;
        Ok(found.map_or(-1.0, |at| at as f64))
    })
}
