//! Lines that match, and the lines around them.
#![forbid(unsafe_code)]

pub(crate) mod block;
pub(crate) mod context;
pub(crate) mod grep;
pub(crate) mod long;
pub(crate) mod parts;
pub(crate) mod pattern;
pub(crate) mod select;
pub(crate) mod text;
