//! Numbers for JavaScript beside a call's result: a `Float64Array` written without a native call for each.

use napi::bindgen_prelude::*;
use napi::sys;

use crate::error::{self, refused};

/// How many numbers a mailbox holds.
pub(crate) const LENGTH: usize = 64;

/// A `Float64Array` of TypeScript's, kept alive as long as this.
pub(crate) struct Mailbox {
    env: sys::napi_env,
    reference: sys::napi_ref,
    numbers: *mut f64,
}

impl Mailbox {
    pub(crate) fn new(env: &Env, mut array: Float64ArraySlice<'_>) -> error::Result<Self> {
        let value = array.value().value;
        // SAFETY: nobody else touches the array during this call.
        let numbers = unsafe { array.as_mut() };
        if numbers.len() != LENGTH {
            return Err(refused("mailbox", -1));
        }
        let numbers = numbers.as_mut_ptr();
        let mut reference = std::ptr::null_mut();
        // SAFETY: `value` is the array, alive in this call's handle scope.
        let status = unsafe { sys::napi_create_reference(env.raw(), value, 1, &raw mut reference) };
        if status != sys::Status::napi_ok {
            return Err(refused("napi_create_reference", status));
        }
        Ok(Self { env: env.raw(), reference, numbers })
    }

    /// Writes `numbers` from the front.
    #[expect(clippy::cast_precision_loss, reason = "offsets are checked in TypeScript to be safe integers")]
    pub(crate) fn put(&self, numbers: &[u64]) {
        for (index, number) in numbers.iter().enumerate().take(LENGTH) {
            // SAFETY: the array has LENGTH numbers and the index is below.
            let place = unsafe { self.numbers.add(index) };
            // SAFETY: the reference keeps the array alive, `lib/native.ts` never detaches it, and both sides run on
            // this thread.
            unsafe { place.write(*number as f64) };
        }
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // SAFETY: made by `new` in the same environment, which is alive: the table is emptied by its cleanup hook.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
