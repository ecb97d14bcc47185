//! How work on a file is done: steps, turns, threads, mapped or read. Knows no kind of work.
#![forbid(unsafe_code)]

pub(crate) mod found;
pub(crate) mod job;
pub(crate) mod pace;
pub(crate) mod pass;
pub(crate) mod stop;
pub(crate) mod sweep;
pub(crate) mod tally;
pub(crate) mod threads;
