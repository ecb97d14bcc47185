//! What a file is: its name, its identity, what it was at one moment. Opens nothing.
#![forbid(unsafe_code)]

pub(crate) mod source;
