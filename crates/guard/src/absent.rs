//! The same faces where there is nothing to guard: Windows refuses to cut a mapped file. Does nothing.

use crate::{Damage, Retired, Status};

/// Installs nothing here: [`Status::Off`].
#[expect(clippy::must_use_candidate, reason = "where there is a guard, it is called for what it does")]
pub fn install() -> Status {
    Status::Off
}

/// [`Status::Off`].
#[must_use]
pub fn status() -> Status {
    Status::Off
}

/// Never changes here.
#[must_use]
pub fn faults() -> &'static std::sync::atomic::AtomicU32 {
    static FAULTS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    &FAULTS
}

/// A watched range; there are none here.
#[derive(Debug)]
pub struct Watch(std::convert::Infallible);

impl Watch {
    /// Always `None`.
    ///
    /// # Safety
    ///
    /// As on the guarded systems; here nothing is asked.
    #[must_use]
    pub unsafe fn new(_address: usize, _len: usize, _fd: Option<i32>, _file_offset: u64) -> Option<Self> {
        None
    }

    /// Never called: there is no `Watch` here.
    #[must_use]
    pub fn damage(&self) -> Damage {
        match self.0 {}
    }

    /// Never called: there is no `Watch` here.
    #[must_use]
    pub fn forget_file(&self) -> bool {
        match self.0 {}
    }

    /// Never called: there is no `Watch` here.
    pub fn retire(self) -> Retired {
        match self.0 {}
    }
}
