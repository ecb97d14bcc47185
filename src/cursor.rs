//! Cursors for `lib/panes/`: the class, and what the hot calls of `hot` do.
#![deny(unsafe_code)]

use std::rc::Rc;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{Error, Source, Window, find, find_last};

use crate::call;
use crate::error::{self, stale, to_js};
use crate::hold;
use crate::region::to_key;
use crate::seat::{FileCursor, SeatCursor};

/// A cursor of a manager, which is opened on one file after another. Hot calls know it only by a
/// [`HotCursor`]. This object, which takes a microsecond to make, is made for the first other call.
#[napi]
pub struct NativeCursor(pub(crate) Rc<SeatCursor>);

#[napi]
impl NativeCursor {
    /// The cursor that `hot` names.
    ///
    /// # Errors
    /// `hot` names none.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: &Env, #[napi(ts_arg_type = "HotCursor")] hot: Unknown<'_>) -> error::Result<Self> {
        call::to_cursor(env, &hot).map(Self).ok_or_else(|| stale("cursor"))
    }

    /// Throws why the last hot call with the cursor failed.
    ///
    /// # Errors
    /// So it says.
    #[napi(catch_unwind)]
    pub fn take_error(&self) -> error::Result<()> {
        Err(self.0.take_error().map_or_else(error::panicked, |error| to_js(&error)))
    }

    /// Whether the file has all its bytes up to `end` at this moment.
    ///
    /// # Errors
    /// What the core refuses.
    #[napi(catch_unwind)]
    pub fn reaches(&self, end: f64) -> error::Result<bool> {
        self.0.attempt(|cursor| cursor.reaches(end as u64))
    }

    /// Lets the region go.
    ///
    /// # Errors
    /// The cursor is on no file.
    #[napi(catch_unwind)]
    pub fn unuse_region(&self) -> error::Result<()> {
        self.0.with(FileCursor::unuse_region)
    }

    /// Whether nobody took the region away; throws if its file was cut below it.
    ///
    /// # Errors
    /// So it says.
    #[napi(catch_unwind)]
    pub fn verify(&self) -> error::Result<bool> {
        self.0.attempt(FileCursor::verify)
    }

    /// Puts `other` on the same open file, at the same position.
    ///
    /// # Errors
    /// What the core refuses.
    #[napi(catch_unwind)]
    pub fn copy_to(&self, other: &NativeCursor) -> error::Result<()> {
        other.0.set(Some(self.0.attempt(|cursor| cursor.duplicate())?));
        Ok(())
    }

    /// Throws if the file is no longer the one that was opened; with `may_grow` it may be longer.
    ///
    /// # Errors
    /// So it says.
    #[napi(catch_unwind)]
    pub fn check(&self, may_grow: bool) -> error::Result<()> {
        hold::note_damage();
        self.0.attempt(|cursor| cursor.check(may_grow))
    }

    /// The first, or last, offset of `needle` in the file's bytes from `start` to `end`; -1 if there is none.
    ///
    /// # Errors
    /// What the core refuses.
    #[napi(catch_unwind)]
    pub fn search(&self, needle: &[u8], start: f64, end: f64, last: bool) -> error::Result<f64> {
        self.0.attempt(|cursor| {
            let range = Window::between(start as u64, end as u64);
            let search = if last { find_last } else { find };
            let found = search(&mut cursor.another()?, needle, range)?;
            Ok(found.map_or(-1.0, |at| at as f64))
        })
    }

    /// What identifies the file and its content, as it was opened or, with `now`, as it is: 40 bytes, which
    /// are device, inode, size, and the times of the last write and the last change of any kind, in
    /// nanoseconds, little-endian. Both times, because tools that restore files put the first one back
    /// (`touch -r`).
    ///
    /// # Errors
    /// What the system says.
    #[napi(catch_unwind)]
    pub fn fingerprint(&self, now: bool) -> error::Result<Buffer> {
        let snapshot =
            self.0.attempt(|cursor| if now { cursor.snapshot_now() } else { Ok(cursor.snapshot()) })?;
        let identity = snapshot.identity;
        let numbers = [identity.device, identity.inode, snapshot.size].map(u64::to_le_bytes);
        let times = [snapshot.modified, snapshot.changed].map(|(seconds, nanoseconds)| {
            seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds).to_le_bytes()
        });
        Ok([numbers.as_flattened(), times.as_flattened()].concat().into())
    }
}

/// Opens a file, and returns 0. `None` for an error, which is kept.
pub(crate) fn open(cursor: &SeatCursor, source: &Source, flags: i32) -> Option<i32> {
    let seat = &cursor.seat;
    let opened = cursor.keep(seat.manager.open(source, flags))?.seen_by(seat.viewer());
    seat.mailbox.put(&[opened.file_size(), opened.file_number()]);
    cursor.set(Some(opened));
    Some(0)
}

/// Moves a cursor, and returns the region's slot; -1 at or past the end of the file, -3 if regions must be
/// let go of first. `None` for an error, which is kept. A negative size takes whatever the region has.
pub(crate) fn move_to(cursor: &SeatCursor, offset: f64, size: f64) -> Option<i32> {
    let offset = offset as u64;
    cursor.attempt_hot(|own| {
        let moved = if size < 0.0 { own.use_piece(offset) } else { own.use_region(offset, size as u64) };
        let key = match moved {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(-1),
            Err(Error::MustLetGo) => return Ok(-3),
            Err(error) => return Err(error),
        };
        let window = own.region().map_or(Window::new(0, 0), |region| region.window());
        cursor.seat.mailbox.put(&[key.generation, window.offset, window.end()]);
        Ok(key.slot as i32)
    })
}

/// Catches up with TypeScript, which has moved the cursor to a region that this thread sees; or to none, for
/// a negative slot. 1: it is on that region; 0: the region is gone.
pub(crate) fn stand_on(cursor: &SeatCursor, slot: f64, generation: f64) -> Option<i32> {
    let key = (slot >= 0.0).then(|| to_key(slot as u32, generation));
    cursor.attempt_hot(|own| Ok(i32::from(own.stand_on(key))))
}

/// Reads what the mailbox says into bytes of `array`, without mapping, and returns 1; 0 if the bytes are to
/// be read by the map. `None` for an error, which is kept. If this thread sees nothing in place, mapped bytes
/// are copied.
pub(crate) fn read_lone(cursor: &SeatCursor, array: &mut [u8]) -> Option<i32> {
    let [start, size, offset, is_use] = cursor.seat.mailbox.take();
    let (offset, is_use) = (offset as u64, is_use != 0.0);
    let target = array.get_mut(start as usize..(start + size) as usize)?;
    cursor.attempt_hot(|own| {
        let read = if cursor.seat.shows {
            own.read_lone(target, offset, is_use)?
        } else {
            Some(own.read_copy(target, offset, is_use)?)
        };
        Ok(i32::from(read.is_some()))
    })
}

/// Fills `target` with the bytes from `offset` on, without mapping, and returns 0. `None` for an error, which
/// is kept.
pub(crate) fn read_into(cursor: &SeatCursor, target: &mut [u8], offset: f64) -> Option<i32> {
    cursor.attempt_hot(|own| own.read_at(target, offset as u64)).map(|_| 0)
}
