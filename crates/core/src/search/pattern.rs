//! What can be searched for: bytes, or a regular expression over bytes. Knows no file.
#![forbid(unsafe_code)]

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

use crate::error::Error;
use crate::search::needle::Needle;

/// What the `regex` crate allows a compiled expression to take; more is a mistake, or an attack.
pub(crate) const LARGEST_REGEX: usize = 10 << 20;

/// Something to search for.
#[derive(Debug)]
pub enum Pattern {
    /// These very bytes.
    Bytes(Box<Needle>),
    /// What matches the expression.
    Regex(Regex),
}

impl Pattern {
    /// Bytes, at least one.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] when there are none.
    pub fn bytes(bytes: &[u8]) -> Result<Self, Error> {
        let empty =
            || Error::InvalidPattern { message: "there is nothing to look for: it is empty".to_owned() };
        Needle::new(bytes).map(|needle| Self::Bytes(Box::new(needle))).ok_or_else(empty)
    }

    /// An expression in the syntax of the `regex` crate's `bytes::Regex`, of which this is the engine: the bytes need not be
    /// UTF-8, and `(?-u:…)` matches any of them. Unlike there, no empty match lies within a character.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] with the parser's own message, or when the compiled expression takes more than 10 MiB.
    pub fn regex(expression: &str) -> Result<Self, Error> {
        let config = Config::new().utf8_empty(true).nfa_size_limit(Some(LARGEST_REGEX));
        let mut builder = Regex::builder();
        builder.configure(config).syntax(syntax::Config::new().utf8(false));
        builder.build(expression).map(Self::Regex).map_err(|error| {
            let too_large = || format!("the compiled expression takes more than {LARGEST_REGEX} bytes");
            let message = error.syntax_error().map_or_else(too_large, ToString::to_string);
            Error::InvalidPattern { message }
        })
    }
}
