//! Numbers for JavaScript beside a call's result, and from it beside a call's arguments, without a native
//! call for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use napi::bindgen_prelude::*;
use napi::sys;

use crate::error::{self, refused};
use crate::pane::{self, NO_EXTERNAL_BUFFERS};

/// How many numbers a mailbox holds. The last is no call's.
pub(crate) const LENGTH: usize = 64;

/// How many regions that left fit, two numbers each.
pub(crate) const MOST_GONE: usize = 31;

/// Numbers that both sides see.
pub(crate) enum Mailbox {
    /// Memory of ours: whatever JavaScript does with its view of it, it stays.
    Shared(Arc<[AtomicU64]>),
    /// Where the runtime shows no memory of ours, a `Float64Array`, which is looked at anew each time: its
    /// memory may have been moved since.
    Array { env: sys::napi_env, reference: sys::napi_ref },
}

impl Mailbox {
    /// A mailbox in memory of ours, or, where the runtime shows JavaScript none, in the array that it brings.
    pub(crate) fn new(env: &Env, array: &Float64ArraySlice<'_>, can_share: bool) -> error::Result<Self> {
        if can_share {
            return Ok(Self::Shared((0..LENGTH).map(|_| AtomicU64::new(0)).collect()));
        }
        let mut reference = std::ptr::null_mut();
        // SAFETY: the value is the array, alive in this call's handle scope.
        let status =
            unsafe { sys::napi_create_reference(env.raw(), array.value().value, 1, &raw mut reference) };
        if status != sys::Status::napi_ok {
            return Err(refused("napi_create_reference", status));
        }
        Ok(Self::Array { env: env.raw(), reference })
    }

    /// JavaScript's view of it, an `ArrayBuffer`; nothing where that is the array it brought.
    pub(crate) fn view<'env>(&self, env: &'env Env) -> error::Result<Option<Unknown<'env>>> {
        match self {
            Self::Shared(numbers) => pane::over_cells(env, numbers)?.map_or_else(
                || Err(refused("napi_create_external_arraybuffer", NO_EXTERNAL_BUFFERS)),
                |view| Ok(Some(view)),
            ),
            Self::Array { .. } => Ok(None),
        }
    }

    /// Numbers of which the last counts what this thread is to let go of. Nobody looks at those of an
    /// array's: there a call asks.
    pub(crate) fn board(&self) -> Arc<[AtomicU64]> {
        match self {
            Self::Shared(numbers) => Arc::clone(numbers),
            Self::Array { .. } => Arc::default(),
        }
    }

    /// The numbers that JavaScript wrote at the front. In a call from JavaScript only.
    pub(crate) fn take<const N: usize>(&self) -> [f64; N] {
        let mut numbers = [0.0; N];
        match self {
            Self::Shared(cells) => {
                for (number, cell) in numbers.iter_mut().zip(cells.iter()) {
                    *number = f64::from_bits(cell.load(Ordering::Relaxed));
                }
            }
            Self::Array { env, reference } => {
                // SAFETY: this thread is in a call, and what is had is let go before JavaScript runs again.
                let array = unsafe { doubles_of(*env, *reference) };
                for (number, place) in numbers.iter_mut().zip(array) {
                    *number = *place;
                }
            }
        }
        numbers
    }

    /// Writes `numbers` from the front, as many as there is room for. In a call from JavaScript only.
    pub(crate) fn put(&self, numbers: &[u64]) {
        match self {
            Self::Shared(cells) => {
                for (cell, number) in cells.iter().zip(numbers) {
                    cell.store((*number as f64).to_bits(), Ordering::Relaxed);
                }
            }
            Self::Array { env, reference } => {
                // SAFETY: this thread is in a call, and what is had is let go before JavaScript runs again.
                let array = unsafe { doubles_of(*env, *reference) };
                for (place, number) in array.iter_mut().zip(numbers) {
                    *place = *number as f64;
                }
            }
        }
    }
}

/// # Safety
/// In a call of the reference's environment; what is returned is let go before JavaScript runs again, and not
/// had twice.
unsafe fn doubles_of<'call>(env: sys::napi_env, reference: sys::napi_ref) -> &'call mut [f64] {
    let (mut value, mut length, mut data) = (std::ptr::null_mut(), 0, std::ptr::null_mut());
    // SAFETY: made in this environment, and not deleted before the mailbox goes.
    unsafe { sys::napi_get_reference_value(env, reference, &raw mut value) };
    // SAFETY: a value of this call; what is not asked for may be null.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            std::ptr::null_mut(),
            &raw mut length,
            &raw mut data,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok || data.is_null() {
        return &mut [];
    }
    // SAFETY: a Float64Array's own memory at this moment: `lib/panes` brings no other.
    unsafe { std::slice::from_raw_parts_mut(data.cast::<f64>(), length) }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        if let Self::Array { env, reference } = self {
            // SAFETY: made by `new` in the same environment, which is alive: it finalizes its objects before
            // it ends.
            unsafe { sys::napi_delete_reference(*env, *reference) };
        }
    }
}
