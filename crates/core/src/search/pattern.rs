//! What can be searched for: bytes, or a regular expression over bytes. Knows no file.
#![forbid(unsafe_code)]

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use crate::error::{Error, PatternFault};
use crate::search::expression::Expression;
use crate::search::needle::Needle;

/// Something to search for. A clone is the same, having searched nothing yet.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// These very bytes.
    Bytes(Box<Needle>),
    /// What matches the expression.
    Regex(Expression),
}

impl Pattern {
    /// Bytes, at least one.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] when there are none.
    pub fn bytes(bytes: &[u8]) -> Result<Self, Error> {
        Needle::new(bytes)
            .map(|needle| Self::Bytes(Box::new(needle)))
            .ok_or_else(|| PatternFault::Empty.into())
    }

    /// An expression in the syntax of the `regex` crate's `bytes::Regex`, whose engine is used: the bytes
    /// searched need not be UTF-8, and `(?-u:…)` matches any of them. Unlike there, no empty match lies
    /// within a character.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] with the parser's own message, or when the compiled expression takes more
    /// than 10 MiB.
    pub fn regex(expression: &str) -> Result<Self, Error> {
        Expression::compile(parse(expression, &mut ParserBuilder::new())?, true).map(Self::Regex)
    }
}

/// An expression over bytes, in the syntax of the `regex` crate.
pub(crate) fn parse(expression: &str, parser: &mut ParserBuilder) -> Result<Hir, Error> {
    parser
        .utf8(false)
        .build()
        .parse(expression)
        .map_err(|error| PatternFault::Syntax { message: error.to_string() }.into())
}
