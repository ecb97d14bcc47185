//! A compiled regular expression, and which of two engines may search which bytes with it. Knows no file.
//!
//! The fast engine cannot be stopped. It takes about a nanosecond a byte as long as it can turn the
//! expression into a table. If the table would be too large, or cannot handle these bytes, it takes time for
//! each state the expression may be in: `(?-u:.){0,5000}x` takes 5,000 times as long, minutes for some
//! megabytes. Such searches are done by `walk` instead, which is as slow but can be stopped.
#![forbid(unsafe_code)]

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex_automata::dfa::{StartKind, dense};
use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::Hir;

use crate::error::{Error, PatternFault};
use crate::run::stop::Stop;
use crate::search::walk::{Automaton, Piece, Walk};
use crate::sync::{Mutex, lock};

/// The `regex` crate's own limit for a compiled expression (10 MiB); more is a mistake, or an attack.
const LARGEST: usize = 10 << 20;
/// The most bytes of each of the fast engine's two tables, forward and backward.
const LARGEST_TABLE: usize = 4 << 20;
/// States times bytes: with this many, any search takes less than 50 ms.
const QUICK: usize = 1 << 23;

/// An expression. A clone is the same.
#[derive(Clone, Debug)]
pub struct Expression(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    fast: Regex,
    automaton: Arc<Automaton>,
    /// Whether no empty match lies within a character of UTF-8.
    keeps_characters: bool,
    /// The length of the longest match; `None`: it has no bound.
    longest: Option<usize>,
    hir: Hir,
    is_tame: OnceLock<bool>,
    /// Caches that no thread uses now.
    caches: Mutex<Vec<Cache>>,
}

/// What searches some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Fast,
    Walk,
}

impl Expression {
    /// Without empty matches within characters, if it `keeps_characters`.
    ///
    /// # Errors
    /// [`Error::InvalidPattern`] when it takes more than 10 MiB.
    pub(crate) fn compile(hir: Hir, keeps_characters: bool) -> Result<Self, Error> {
        let too_large = || Error::from(PatternFault::TooLarge { most: LARGEST });
        let config = Config::new().utf8_empty(keeps_characters).nfa_size_limit(Some(LARGEST));
        // Room for both tables, so that the lazy automaton never has to throw its states away and start over.
        let config = config.hybrid_cache_capacity(2 * LARGEST_TABLE);
        let fast = Regex::builder().configure(config).build_from_hir(&hir).map_err(|_| too_large())?;
        let nfa = automaton(&hir, false).ok_or_else(too_large)?;
        let prefilter = Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir);
        let longest = hir.properties().maximum_len();
        let automaton = Arc::new(Automaton { nfa, prefilter });
        let (is_tame, caches) = (OnceLock::new(), Mutex::default());
        Ok(Self(Arc::new(Compiled { fast, automaton, keeps_characters, longest, hir, is_tame, caches })))
    }

    /// The length of the longest match; `None`: it has no bound.
    pub(crate) fn longest(&self) -> Option<usize> {
        self.0.longest
    }

    /// How many of `all` bytes the fast engine may search at once, whatever they are. A search of more may
    /// have to be walked.
    pub(crate) fn most_at_once(&self, all: u64) -> u64 {
        let most = (QUICK / self.0.automaton.nfa.states().len().max(1)) as u64;
        // `is_tame` is asked only for more bytes than that: it builds two tables.
        if all <= most || (self.is_tame() && !self.knows_ascii_only()) { u64::MAX } else { most }
    }

    /// What may search `bytes`.
    pub(crate) fn engine(&self, bytes: &[u8]) -> Engine {
        let is_quick = self.0.automaton.nfa.states().len().saturating_mul(bytes.len()) <= QUICK;
        // Looking for bytes that are not ASCII costs far less than a search.
        let is_known = || !self.knows_ascii_only() || bytes.is_ascii();
        if is_quick || (self.is_tame() && is_known()) { Engine::Fast } else { Engine::Walk }
    }

    /// Whether the table gives up at bytes that are not ASCII, because it cannot decide Unicode's word
    /// borders (`\b`).
    fn knows_ascii_only(&self) -> bool {
        self.0.automaton.nfa.look_set_any().contains_word_unicode()
    }

    /// Whether the fast engine's tables for it never grow too large.
    fn is_tame(&self) -> bool {
        *self.0.is_tame.get_or_init(|| {
            let fits = |nfa: &NFA, config: dense::Config| {
                let limit = Some(LARGEST_TABLE);
                let config = config.dfa_size_limit(limit).determinize_size_limit(limit);
                let config = config.unicode_word_boundary(true).accelerate(false);
                dense::Builder::new().configure(config).build_from_nfa(nfa).is_ok()
            };
            // The fast engine finds a match's end forwards and its start backwards: both tables have to fit.
            let forward = dense::Config::new().start_kind(StartKind::Unanchored);
            let backward = dense::Config::new().start_kind(StartKind::Anchored).match_kind(MatchKind::All);
            fits(&self.0.automaton.nfa, forward)
                && automaton(&self.0.hir, true).is_some_and(|nfa| fits(&nfa, backward))
        })
    }

    /// The first match in `range` of `bytes`, by walking; assertions see the bytes around `range`.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn find_walking(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        stop: &Stop,
    ) -> Result<Option<Range<usize>>, Error> {
        let mut from = range.start;
        while from <= range.end {
            let (start, end) = (from as u64, range.end as u64);
            let piece = Piece { bytes, origin: 0, start, end, is_last: true };
            let Some(found) = self.walk().feed(piece, stop)? else { break };
            let index = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
            let found = index(found.start)..index(found.end);
            // A continuation byte of UTF-8 there: an empty match before it would cut a character in two.
            let splits = bytes.get(found.start).is_some_and(|byte| byte & 0xC0 == 0x80);
            if !(found.is_empty() && self.0.keeps_characters && splits) {
                return Ok(Some(found));
            }
            from = found.start + 1;
        }
        Ok(None)
    }

    /// What the fast engine needs for a search, for a thread that does many: getting one for each search took
    /// 30 % of the time, if every line or every 2 KiB has a match. To be given [back](Self::keep).
    pub(crate) fn cache(&self) -> Cache {
        let kept = lock(&self.0.caches).pop();
        kept.unwrap_or_else(|| self.0.fast.create_cache())
    }

    /// Takes a cache back, for the next thread.
    pub(crate) fn keep(&self, cache: Cache) {
        lock(&self.0.caches).push(cache);
    }

    /// As [`Self::find_walking`], by the fast engine.
    pub(crate) fn find_fast(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        cache: &mut Cache,
    ) -> Option<Range<usize>> {
        self.0.fast.search_with(cache, &Input::new(bytes).range(range)).map(|found| found.range())
    }

    /// Where that match ends, which costs less to find than where it begins.
    pub(crate) fn find_end_fast(&self, bytes: &[u8], from: usize, cache: &mut Cache) -> Option<usize> {
        let input = Input::new(bytes).range(from..);
        self.0.fast.search_half_with(cache, &input).map(|found| found.offset())
    }

    /// A search over bytes that come piece by piece.
    pub(crate) fn walk(&self) -> Walk {
        Walk::new(&self.0.automaton)
    }
}

fn automaton(hir: &Hir, is_backward: bool) -> Option<NFA> {
    // `utf8(false)`: the bytes may be anything. `find_walking` drops empty matches within characters.
    let config = thompson::Config::new().utf8(false).reverse(is_backward);
    let config = config.which_captures(WhichCaptures::None).nfa_size_limit(Some(LARGEST));
    thompson::Compiler::new().configure(config).build_from_hir(hir).ok()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use regex_syntax::ParserBuilder;

    use super::*;
    use crate::search::pattern::parse;

    const CASES: u32 = if cfg!(miri) { 3 } else { 2_000 };
    const EXPRESSIONS: [&str; 18] = [
        "ab",
        "a{1,9}b",
        r"\ba",
        r"a\b",
        r"\b\w+\b",
        "^a",
        "a$",
        "(?m)^.{1,20}$",
        "(?m)$",
        r"\z",
        "a{0,3}?",
        "é|b",
        "(?-u)[^a]{1,30}",
        "(?i)B{2}|(a|ab)(b| )",
        "",
        "(a|ab|b)*b",
        "a.*b|a",
        r"(?-u:\xc3)",
    ];

    fn compile(expression: &str, keeps_characters: bool) -> Expression {
        let hir = parse(expression, &mut ParserBuilder::new()).expect("it is right");
        Expression::compile(hir, keeps_characters).expect("it is small")
    }

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let words = select(vec![b"a".as_slice(), b"b", b" ", b"\n", "é".as_bytes(), b"\xff", b"B"]);
        vec((words, 1..4_usize), 0..20)
            .prop_map(|runs| runs.iter().flat_map(|(word, times)| word.repeat(*times)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: CASES,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn both_engines_find_the_same(
            text in texts(),
            expression in select(&EXPRESSIONS),
            at in any::<[prop::sample::Index; 2]>(),
            keeps_characters in any::<bool>(),
        ) {
            let mut at = at.map(|at| at.index(text.len() + 1));
            at.sort_unstable();
            let expression = compile(expression, keeps_characters);
            let walked = expression.find_walking(&text, at[0]..at[1], &Stop::default());
            prop_assert_eq!(walked, Ok(expression.find_fast(&text, at[0]..at[1], &mut expression.cache())));
        }

        #[test]
        fn a_walk_finds_the_same_wherever_its_bytes_are_cut(
            text in texts(),
            expression in select(&EXPRESSIONS),
            cuts in vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let expression = compile(expression, false);
            let whole = expression.find_fast(&text, 0..text.len(), &mut expression.cache());
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            ends.sort_unstable();
            ends.push(text.len());
            let (mut walk, mut start, mut found) = (expression.walk(), 0, None);
            for (number, end) in ends.iter().enumerate() {
                let from = start - start.min(4);
                let piece = Piece {
                    bytes: &text[from..text.len().min(end + 4)],
                    origin: from as u64,
                    start: start as u64,
                    end: *end as u64,
                    is_last: number + 1 == ends.len(),
                };
                found = walk.feed(piece, &Stop::default()).expect("nobody stops it");
                start = *end;
                if found.is_some() {
                    break;
                }
            }
            let whole = whole.map(|found| found.start as u64..found.end as u64);
            prop_assert_eq!(found, whole);
        }
    }

    /// It kept a thread for minutes, which neither a signal nor the end of the process ended.
    #[test]
    fn what_takes_long_can_be_stopped() {
        let bytes = vec![b'a'; 1 << 20];
        let expression = compile("(?-u:.){0,5000}x", true);
        assert_eq!(expression.engine(&bytes), Engine::Walk);
        assert_eq!(compile("(?-u:.){0,5}x|[a-z]+y", true).engine(&bytes), Engine::Fast);
        let stop = Stop::default();
        std::thread::scope(|scope| {
            let found = scope.spawn(|| expression.find_walking(&bytes, 0..bytes.len(), &stop));
            std::thread::sleep(std::time::Duration::from_millis(50));
            let begun = std::time::Instant::now();
            stop.stop();
            assert_eq!(found.join().expect("it does not panic"), Err(Error::Stopped));
            assert!(begun.elapsed().as_millis() < 500, "stopped after {:?}", begun.elapsed());
        });
    }
}
