//! Finding bytes and regular expressions, wherever windows are cut.
#![forbid(unsafe_code)]

pub(crate) mod expression;
pub(crate) mod find;
pub(crate) mod matches;
pub(crate) mod needle;
pub(crate) mod occurrences;
pub(crate) mod pattern;
pub(crate) mod regex;
pub(crate) mod walk;
