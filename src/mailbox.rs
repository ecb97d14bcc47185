//! Memory for more numbers than a call's arguments and result: both sides see it, so that passing a number
//! takes no native call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use napi::bindgen_prelude::*;
use napi::sys;

use crate::error::{self, refused};
use crate::pane::{self, NO_EXTERNAL_BUFFERS};

/// How many numbers a mailbox holds. Calls do not use the last three, see [`Mailbox::board`].
pub(crate) const LENGTH: usize = 64;

/// How many regions that left the cache fit, two numbers each.
pub(crate) const MOST_GONE: usize = 30;

/// Numbers that both sides see.
pub(crate) enum Mailbox {
    /// Memory of ours. It stays, whatever JavaScript does with its view of it.
    Shared(Arc<[AtomicU64]>),
    /// A `Float64Array`, if the runtime shows no memory of ours. Its memory is looked up for each call,
    /// because it may have been moved.
    Array { env: sys::napi_env, reference: sys::napi_ref },
}

impl Mailbox {
    /// A mailbox in memory of ours, or in `array` if the runtime does not show JavaScript such memory.
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

    /// JavaScript's view of it, an `ArrayBuffer`; `None` if the mailbox is JavaScript's own array.
    pub(crate) fn view<'env>(&self, env: &'env Env) -> error::Result<Option<Unknown<'env>>> {
        match self {
            Self::Shared(numbers) => pane::over_cells(env, numbers)?.map_or_else(
                || Err(refused("napi_create_external_arraybuffer", NO_EXTERNAL_BUFFERS)),
                |view| Ok(Some(view)),
            ),
            Self::Array { .. } => Ok(None),
        }
    }

    /// Numbers for a viewer's [`Sign`](smmap_core::Sign): its uses, and at the end how many regions it was to
    /// let go of. Empty for an array: there, JavaScript asks by a call.
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
                // SAFETY: this thread is in a call, and drops the slice before JavaScript runs again.
                let array = unsafe { doubles_of(*env, *reference) };
                for (number, cell) in numbers.iter_mut().zip(array) {
                    *number = *cell;
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
                // SAFETY: this thread is in a call, and drops the slice before JavaScript runs again.
                let array = unsafe { doubles_of(*env, *reference) };
                for (cell, number) in array.iter_mut().zip(numbers) {
                    *cell = *number as f64;
                }
            }
        }
    }
}

/// # Safety
/// In a call of the reference's environment. The slice is dropped before JavaScript runs again, and there is
/// no other.
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
