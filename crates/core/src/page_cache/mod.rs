//! What of a file is in memory, and bringing it there.
#![forbid(unsafe_code)]

pub(crate) mod prefetch;
pub(crate) mod residency;
