//! What a line can be searched for: bytes, or a regular expression that stays within a line. Knows no file.
#![forbid(unsafe_code)]

use std::fmt::Write;
use std::ops::Range;

use memchr::memmem::Finder;
use regex_automata::Input;
use regex_automata::meta::{Config, Regex};
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look,
};
use regex_syntax::{ParserBuilder, escape};

use crate::error::Error;
use crate::search::pattern::{LARGEST_REGEX, Pattern};

/// A pattern whose matches never contain a newline.
#[derive(Clone, Debug)]
pub struct LinePattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Bytes(Box<Finder<'static>>),
    Regex(Regex),
}

impl LinePattern {
    /// These very bytes, at least one; with `ignore_case` also where letters have the other case.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] when there are none, or a newline among them.
    pub fn bytes(bytes: &[u8], ignore_case: bool) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(invalid("there is nothing to look for: it is empty"));
        }
        if bytes.contains(&b'\n') {
            return Err(newline());
        }
        if !ignore_case {
            return Ok(Self(Kind::Bytes(Box::new(Finder::new(bytes).into_owned()))));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::regex(&escape(text), true),
            Err(_) => Self::regex(&format!("(?-u:{})", in_hex(bytes)), true),
        }
    }

    /// An expression in the syntax of the `regex` crate's `bytes::Regex`, matched against each line by itself: `^` and `$`
    /// are a line's begin and end, and so are `\A` and `\z`; `\s` and `[^x]` match no newline.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] with the parser's own message; when a newline is asked for; or when the compiled
    /// expression takes more than 10 MiB.
    pub fn regex(expression: &str, ignore_case: bool) -> Result<Self, Error> {
        let mut parser = ParserBuilder::new();
        let parser = parser.utf8(false).multi_line(true).case_insensitive(ignore_case);
        let hir = parser.build().parse(expression).map_err(|error| invalid(&error.to_string()))?;
        let mut builder = Regex::builder();
        builder.configure(Config::new().utf8_empty(false).nfa_size_limit(Some(LARGEST_REGEX)));
        let too_large =
            |_| invalid(&format!("the compiled expression takes more than {LARGEST_REGEX} bytes"));
        Ok(Self(Kind::Regex(builder.build_from_hir(&within_line(&hir)?).map_err(too_large)?)))
    }

    /// The first match in `lines` at or behind `from`.
    pub(crate) fn find(&self, lines: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.0 {
            Kind::Bytes(finder) => {
                let at = from + finder.find(&lines[from..])?;
                Some(at..at + finder.needle().len())
            }
            Kind::Regex(regex) => regex.search(&Input::new(lines).range(from..)).map(|found| found.range()),
        }
    }

    /// Where the first match in `lines` at or behind `from` ends. Costs less than to tell where it begins.
    pub(crate) fn find_end(&self, lines: &[u8], from: usize) -> Option<usize> {
        match &self.0 {
            Kind::Bytes(_) => self.find(lines, from).map(|found| found.end),
            Kind::Regex(regex) => {
                regex.search_half(&Input::new(lines).range(from..)).map(|found| found.offset())
            }
        }
    }

    /// The same to search for in a stretch of a file: that of a single line.
    pub(crate) fn to_pattern(&self) -> Result<Pattern, Error> {
        match &self.0 {
            Kind::Bytes(finder) => Pattern::bytes(finder.needle()),
            Kind::Regex(regex) => Ok(Pattern::Regex(regex.clone())),
        }
    }
}

/// The same expression for lines among others: without newlines in its classes, and with lines' borders for those of
/// the text. Without the first, a match of `[^x]+` goes on over lines, to be searched again for each of them.
fn within_line(hir: &Hir) -> Result<Hir, Error> {
    let all = |parts: &[Hir]| parts.iter().map(within_line).collect::<Result<Vec<_>, _>>();
    Ok(match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => return Err(newline()),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(class) => Hir::class(without_newline(class)),
        HirKind::Look(Look::Start) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End) => Hir::look(Look::EndLF),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(within_line(&repetition.sub)?)),
        HirKind::Capture(capture) => within_line(&capture.sub)?,
        HirKind::Concat(parts) => Hir::concat(all(parts)?),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)?),
    })
}

fn without_newline(class: &Class) -> Class {
    match class.clone() {
        Class::Unicode(mut class) => {
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Class::Unicode(class)
        }
        Class::Bytes(mut class) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Class::Bytes(class)
        }
    }
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "\\x{byte:02x}");
        hex
    })
}

fn newline() -> Error {
    invalid("a line has no newline in it, so one cannot be looked for there: search with find() instead")
}

fn invalid(message: &str) -> Error {
    Error::InvalidPattern { message: message.to_owned() }
}
