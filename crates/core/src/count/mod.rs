//! What one scan over a file computes: bytes, lines, where lines begin, a hash.
#![forbid(unsafe_code)]

pub(crate) mod hash;
pub(crate) mod line_tally;
pub(crate) mod marks;
pub(crate) mod scan;
