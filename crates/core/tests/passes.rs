//! Matches, line marks and prefetching over windows as small as they can be, against the same over the bytes
//! as a whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Input, meta};
use smmap_core::{
    Blake3, Cursor, Error, Found, Limits, LineMarks, Manager, Matches, MemoryMapper, Options, Pass, Pattern,
    Policy, Prefetch, Residency, Source, Stop, Window, granularity,
};

const CASES: u32 = if cfg!(miri) { 3 } else { 1_500 };
const ONE: NonZeroUsize = NonZeroUsize::MIN;
const TWO: NonZeroUsize = ONE.saturating_add(1);
const FOUR: NonZeroUsize = ONE.saturating_add(3);
/// So small that short texts are cut for several threads.
const PART: NonZeroUsize = ONE.saturating_add(63);
/// Matches of the tested expressions are found whole up to this length.
const REACH: u64 = 64;

fn open(bytes: &[u8], pages: u64) -> Cursor<MemoryMapper> {
    open_as(bytes, pages, false)
}

/// A file that is never mapped, if it `is_read`.
fn open_as(bytes: &[u8], pages: u64, is_read: bool) -> Cursor<MemoryMapper> {
    let mapper = MemoryMapper::default();
    if is_read {
        mapper.set_costly_holes();
    }
    mapper.write("/file", bytes);
    let limits = Limits { memory: 3 * pages * granularity(), handles: 3, strict: false };
    let manager = Manager::new(Options { policy: Policy::Windows(pages * granularity()), limits }, mapper);
    manager.open(&Source::Path("/file".into()), 0).unwrap()
}

/// All that the steps report, and how many they say there are.
fn run(pass: &mut dyn Pass<MemoryMapper>, cursor: &mut Cursor<MemoryMapper>, most: usize) -> (Vec<u64>, u64) {
    let (mut numbers, mut position) = (Vec::new(), 0);
    let used = Manager::of(cursor).stats().used_regions;
    loop {
        let report = pass.step(cursor, &Stop::default()).unwrap();
        let found: Vec<u64> = match report.found {
            Found::Matches(matches) => matches.iter().flat_map(|found| [found.offset, found.size]).collect(),
            Found::Resident(runs) => runs.iter().flat_map(|run| [run.offset, run.end()]).collect(),
            Found::Marks(marks) => marks,
            _ => Vec::new(),
        };
        assert!(most == 0 || found.len() <= most);
        assert!(report.position >= position, "went back");
        assert_eq!(Manager::of(cursor).stats().used_regions, used, "held between steps");
        position = report.position;
        numbers.extend(found);
        if report.is_done {
            return (numbers, report.count);
        }
    }
}

/// Two letters, spaces, newlines, a character of two bytes and one that is no UTF-8: about three pages.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        6 => Just(b"a".as_slice()),
        3 => Just(b"b".as_slice()),
        2 => Just(b" ".as_slice()),
        1 => Just(b"\n".as_slice()),
        1 => Just("é".as_bytes()),
        1 => Just(b"\xff".as_slice()),
    ];
    let most = 7 * usize::try_from(granularity()).unwrap() / 2;
    (vec((word, 1..9_usize), 1..60), 0..most).prop_map(|(runs, size)| {
        let once: Vec<u8> = runs.iter().flat_map(|(word, times)| word.repeat(*times)).collect();
        once.iter().copied().cycle().take(size).collect()
    })
}

/// A range within bounds within the text.
fn places() -> impl Strategy<Value = [Index; 4]> {
    any::<[Index; 4]>()
}

fn cut(places: [Index; 4], size: usize) -> (Window, Window) {
    let mut at = places.map(|place| place.index(size + 1) as u64);
    at.sort_unstable();
    (Window::between(at[0], at[3]), Window::between(at[1], at[2]))
}

/// No match is longer than `REACH`, whatever the text.
const EXPRESSIONS: [&str; 16] = [
    "ab",
    "a{1,9}b",
    "(?-u:\\b)a",
    "\\ba",
    "a\\b",
    "a\\B",
    "^a",
    "a$",
    "(?m)^.{1,20}$",
    "(?m)^",
    "(?m)$",
    "\\z",
    "a{0,3}",
    "é|\\xe9b",
    "(?-u)[^a]{1,30}",
    "(?i)B{2}|(a|ab)(b| )",
];

/// The same search over the text in one piece, which ends where the bounds do.
fn matches_in(text: &[u8], expression: &str, bounds: Window, range: Window) -> Vec<u64> {
    let config = meta::Config::new().utf8_empty(true);
    let regex = Regex::builder()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .build(expression)
        .unwrap();
    let [start, from, to, end] =
        [bounds.offset, range.offset, range.end(), bounds.end()].map(|at| usize::try_from(at).unwrap());
    let input = Input::new(&text[start..end]).range(from - start..to - start);
    let all = regex.find_iter(input);
    all.flat_map(|found| [(start + found.start()) as u64, found.len() as u64]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_expression_matches_as_in_one_piece_wherever_windows_are_cut(
        text in texts(),
        places in places(),
        is_whole in any::<bool>(),
        expression in select(&EXPRESSIONS),
        most in 0..50_usize,
        pages in 1..3_u64,
        threads in select(&[ONE, TWO, FOUR]),
        is_read in any::<bool>(),
    ) {
        let all = Window::new(0, text.len() as u64);
        let (bounds, range) = if is_whole { (all, all) } else { cut(places, text.len()) };
        let expected = matches_in(&text, expression, bounds, range);
        let pattern = Pattern::regex(expression).unwrap();
        let mut pass = Matches::new(pattern, bounds, range, most, threads).reach(REACH);
        let mut cursor = open_as(&text, pages, is_read);
        let (found, count) = run(&mut pass, &mut cursor, 2 * most);
        prop_assert!(!is_read || Manager::of(&cursor).stats().maps == 0);
        prop_assert_eq!(count, expected.len() as u64 / 2);
        prop_assert_eq!(found, if most == 0 { Vec::new() } else { expected });
    }

    #[test]
    fn bytes_match_as_in_one_piece_wherever_windows_are_cut(
        text in texts(),
        places in places(),
        part in any::<[Index; 2]>(),
        is_short in any::<bool>(),
        most in 0..50_usize,
    ) {
        let mut at = part.map(|place| place.index(text.len() + 1));
        at.sort_unstable();
        let needle = &text[at[0]..if is_short { at[1].min(at[0] + 3) } else { at[1] }];
        let Ok(pattern) = Pattern::bytes(needle) else { return Ok(()) };
        let (bounds, range) = cut(places, text.len());
        let mut expected = Vec::new();
        let (mut from, to) = (usize::try_from(range.offset).unwrap(), usize::try_from(range.end()).unwrap());
        while from + needle.len() <= to {
            let is_match = &text[from..from + needle.len()] == needle;
            if is_match {
                expected.extend([from as u64, needle.len() as u64]);
            }
            from += if is_match { needle.len() } else { 1 };
        }
        let mut pass = Matches::new(pattern, bounds, range, most, ONE);
        let (found, count) = run(&mut pass, &mut open(&text, 1), 2 * most);
        prop_assert_eq!(count, expected.len() as u64 / 2);
        prop_assert_eq!(found, if most == 0 { Vec::new() } else { expected });
    }

    #[test]
    fn every_nth_line_is_marked_and_all_are_counted(
        text in texts(),
        places in places(),
        every in prop_oneof![0..5_u64, 5..400_u64],
        most in 1..20_usize,
        threads in select(&[ONE, TWO, FOUR]),
        is_read in any::<bool>(),
    ) {
        let (range, _) = cut(places, text.len());
        let newlines: Vec<u64> = (range.offset..range.end())
            .filter(|at| text[usize::try_from(*at).unwrap()] == b'\n')
            .collect();
        let nth = usize::try_from(every).unwrap();
        let expected: Vec<u64> = if nth == 0 {
            Vec::new()
        } else {
            newlines.chunks_exact(nth).map(|lines| lines[nth - 1] + 1).collect()
        };
        let mut pass = LineMarks::new(range, every, most, threads).least_part(PART);
        let (marks, count) = run(&mut pass, &mut open_as(&text, 3, is_read), most);
        prop_assert_eq!(marks, expected);
        prop_assert_eq!(count, newlines.len() as u64);
    }
}

#[test]
fn a_match_longer_than_the_reach_is_never_made_up() {
    let page = usize::try_from(granularity()).unwrap();
    // A line of letters that does not end in one: with `$` believed at a border there would be a match.
    let text = [vec![b'a'; 5 * page], b"b\n".to_vec()].concat();
    let all = Window::new(0, text.len() as u64);
    let matches = |expression| {
        let mut pass = Matches::new(Pattern::regex(expression).unwrap(), all, all, 10, ONE).reach(REACH);
        run(&mut pass, &mut open(&text, 1), 20).0
    };
    assert_eq!(matches("(?m)a+$"), []);
    assert_eq!(matches("a+c"), []);
    let pieces = matches("a+");
    let cut = &pieces[..pieces.len() - 2];
    assert!(!cut.is_empty() && cut.chunks_exact(2).all(|piece| piece[1] >= REACH));
    assert_eq!(pieces.iter().skip(1).step_by(2).sum::<u64>(), 5 * page as u64, "in pieces, none left out");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_parsers_words() {
    let message = |pattern: Result<Pattern, Error>| {
        let error = pattern.unwrap_err();
        assert_eq!(error.kind(), "invalid-pattern");
        error.to_string()
    };
    assert!(message(Pattern::regex("a(b")).contains("unclosed group"));
    assert!(message(Pattern::regex("(?=a)")).contains("look-around"));
    assert!(message(Pattern::regex("(a{1000}){1000}")).contains("more than 10485760 bytes"));
    assert!(message(Pattern::bytes(b"")).contains("empty"));
}

#[test]
fn prefetching_maps_what_fits_the_limit_beside_what_is_in_use_and_evicts_nothing_of_it() {
    let text = vec![b'x'; 10 * usize::try_from(granularity()).unwrap()];
    let mut cursor = open(&text, 1);
    let manager = Manager::of(&cursor);
    let prefetch = |from: u64| {
        let mut other = cursor.another().unwrap();
        run(&mut Prefetch::new(Window::between(from * granularity(), u64::MAX)), &mut other, 0);
    };
    prefetch(0);
    assert_eq!((manager.stats().regions, manager.stats().maps, manager.stats().evictions), (3, 3, 0));
    prefetch(0);
    assert_eq!(manager.stats().maps, 3, "they were there");
    cursor.use_region(0, 1).unwrap();
    let mut other = cursor.another().unwrap();
    run(&mut Prefetch::new(Window::between(5 * granularity(), u64::MAX)), &mut other, 0);
    let windows = manager.regions_of(&Source::Path("/file".into()));
    let pages: Vec<u64> = windows.iter().map(|(_, window)| window.offset / granularity()).collect();
    assert_eq!(pages, [0, 5, 6]);
}

#[test]
fn prefetching_gives_up_without_an_error_where_nothing_can_be_mapped() {
    let mapper = MemoryMapper::default();
    mapper.write("/file", &vec![b'x'; 4 * usize::try_from(granularity()).unwrap()]);
    let limits = Limits { memory: granularity(), handles: 1, strict: true };
    let manager = Manager::new(Options { policy: Policy::Windows(granularity()), limits }, mapper);
    let mut cursor = manager.open(&Source::Path("/file".into()), 0).unwrap();
    let mut other = cursor.another().unwrap();
    cursor.use_region(0, 1).unwrap();
    let report =
        Prefetch::new(Window::between(granularity(), u64::MAX)).step(&mut other, &Stop::default()).unwrap();
    assert!(report.is_done);
    assert_eq!(report.position, granularity());
}

#[test]
fn all_pages_of_memory_are_resident_and_runs_are_as_long_as_windows() {
    let text = vec![b'x'; 5 * usize::try_from(granularity()).unwrap() / 2];
    let unit = granularity();
    let mut cursor = open(&text, 2);
    let (runs, count) = run(&mut Residency::new(Window::between(10, 9 * unit / 4)), &mut cursor, 0);
    assert_eq!(runs, [10, 2 * unit, 2 * unit, 9 * unit / 4]);
    assert_eq!(count, 9 * unit / 4 - 10);
}

#[test]
#[cfg_attr(miri, ignore = "the hash is computed by foreign code")]
fn a_hash_is_that_of_the_bytes_in_one_piece() {
    let text: Vec<u8> = (0..=250_u8).cycle().take(3 << 20).collect();
    for (start, end) in [(0, text.len()), (1, 70_000), (5, 5)] {
        let mut pass = Blake3::new(Window::between(start as u64, end as u64), TWO);
        let mut cursor = open_as(&text, 16, start == 1);
        let hash = loop {
            let report = pass.step(&mut cursor, &Stop::default()).unwrap();
            if report.is_done {
                break report.found;
            }
        };
        assert_eq!(hash, Found::Hash(*blake3::hash(&text[start..end]).as_bytes()));
    }
}
