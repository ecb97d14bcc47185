//! What lines can be searched for: bytes, or a regular expression that stays within a line. Knows no file.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::fmt::Write;
use std::ops::Range;

use regex_automata::meta::Cache;
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look,
};
use regex_syntax::{ParserBuilder, escape};

use crate::error::{Error, PatternFault};
use crate::lines::select::Search;
use crate::run::stop::Stop;
use crate::search::expression::{Engine, Expression};
use crate::search::pattern::{Pattern, parse};

/// A pattern whose matches never contain a newline.
#[derive(Clone, Debug)]
pub struct LinePattern(Pattern);

impl LinePattern {
    /// These very bytes, at least one; with `ignore_case`, letters match in either case.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] when there are none, or a newline among them.
    pub fn bytes(bytes: &[u8], ignore_case: bool) -> Result<Self, Error> {
        let pattern = Pattern::bytes(bytes)?;
        if bytes.contains(&b'\n') {
            return Err(newline());
        }
        if !ignore_case {
            return Ok(Self(pattern));
        }
        match std::str::from_utf8(bytes) {
            // Upper and lower case of a text are a matter of Unicode; of other bytes, only of ASCII letters.
            Ok(text) => Self::regex(&escape(text), true),
            Err(_) => Self::regex(&format!("(?-u:{})", in_hex(bytes)), true),
        }
    }

    /// An expression in the syntax of the `regex` crate's `bytes::Regex`, matched against one line at a time:
    /// `^` and `\A` match at a line's start, `$` and `\z` at its end; `\s` and `[^x]` match no newline.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] with the parser's own message; when the expression asks for a newline; or
    /// when it takes more than 10 MiB once compiled.
    pub fn regex(expression: &str, ignore_case: bool) -> Result<Self, Error> {
        let mut parser = ParserBuilder::new();
        // Multi-line, because the engine searches many lines at once: `^` and `$` must match at each of them.
        let hir = parse(expression, parser.multi_line(true).case_insensitive(ignore_case))?;
        Expression::compile(within_line(&hir)?, false).map(Pattern::Regex).map(Self)
    }

    /// A searcher for `lines`, with the engine that suits them.
    pub(crate) fn searcher<'a>(&'a self, lines: &[u8], stop: &'a Stop) -> Searcher<'a> {
        let engine = match &self.0 {
            Pattern::Bytes(_) => Engine::Fast,
            Pattern::Regex(expression) => expression.engine(lines),
        };
        Searcher { pattern: self, engine, stop }
    }

    /// How many of `all` bytes the fast engine may search at once.
    pub(crate) fn most_at_once(&self, all: u64) -> u64 {
        match &self.0 {
            Pattern::Bytes(_) => u64::MAX,
            Pattern::Regex(expression) => expression.most_at_once(all),
        }
    }

    /// The expression, if a match can be longer than `bytes`.
    pub(crate) fn longer_than(&self, bytes: u64) -> Option<&Expression> {
        let Pattern::Regex(expression) = &self.0 else { return None };
        let is_longer = expression.longest().is_none_or(|longest| longest as u64 > bytes);
        is_longer.then_some(expression)
    }

    /// The same pattern for a search in a range of a file, which must be a single line.
    pub(crate) fn to_pattern(&self) -> Pattern {
        self.0.clone()
    }
}

/// A pattern, and the engine that searches certain lines for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Searcher<'a> {
    pattern: &'a LinePattern,
    engine: Engine,
    stop: &'a Stop,
}

impl<'a> Searcher<'a> {
    /// The same for one thread, which keeps what the engine needs from line to line.
    pub(crate) fn of_thread(self) -> ThreadSearcher<'a> {
        ThreadSearcher { searcher: self, cache: RefCell::default() }
    }
}

/// See [`Searcher::of_thread`].
#[derive(Debug)]
pub(crate) struct ThreadSearcher<'a> {
    searcher: Searcher<'a>,
    cache: RefCell<Option<Cache>>,
}

impl ThreadSearcher<'_> {
    /// Calls `find` with this thread's cache of the fast engine.
    fn fast<T>(&self, expression: &Expression, find: impl FnOnce(&mut Cache) -> T) -> T {
        find(self.cache.borrow_mut().get_or_insert_with(|| expression.cache()))
    }
}

impl Search for ThreadSearcher<'_> {
    fn find(&self, lines: &[u8], from: usize) -> Result<Option<Range<usize>>, Error> {
        let Searcher { pattern, engine, stop } = self.searcher;
        stop.check()?;
        match &pattern.0 {
            Pattern::Bytes(needle) => Ok(needle.finder().find(&lines[from..]).map(|at| {
                let start = from + at;
                start..start + needle.len()
            })),
            Pattern::Regex(expression) if engine == Engine::Fast => {
                Ok(self.fast(expression, |cache| expression.find_fast(lines, from..lines.len(), cache)))
            }
            Pattern::Regex(expression) => expression.find_walking(lines, from..lines.len(), stop),
        }
    }

    fn find_end(&self, lines: &[u8], from: usize) -> Result<Option<usize>, Error> {
        let Searcher { pattern, engine, stop } = self.searcher;
        if let (Pattern::Regex(expression), Engine::Fast) = (&pattern.0, engine) {
            stop.check()?;
            return Ok(self.fast(expression, |cache| expression.find_end_fast(lines, from, cache)));
        }
        Ok(self.find(lines, from)?.map(|found| found.end))
    }
}

impl Drop for ThreadSearcher<'_> {
    fn drop(&mut self) {
        if let (Pattern::Regex(expression), Some(cache)) = (&self.searcher.pattern.0, self.cache.take()) {
            expression.keep(cache);
        }
    }
}

/// The same expression for lines among others: its classes match no newline, and `\A` and `\z` become a
/// line's start and end.
fn within_line(hir: &Hir) -> Result<Hir, Error> {
    // As ripgrep does it (`grep-regex`, "strip"): otherwise `[^x]+` would match across many lines, and each
    // of them would have to be searched again.
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
    PatternFault::Newline.into()
}
