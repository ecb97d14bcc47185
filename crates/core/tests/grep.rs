//! Lines that match, over windows as small as they can be, against a search of each line by itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use smmap_core::{
    Cursor, Detail, Error, Found, Grep, GrepOptions, Limits, LinePattern, Manager, MemoryMapper, Options,
    Pass, Policy, Source, Stop, Window, granularity,
};

const CASES: u32 = if cfg!(miri) { 3 } else { 1_500 };
const LONGEST: usize = 1 << 20;
const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
const FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
/// So small that short texts are cut for several threads.
const PART: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

fn open(bytes: &[u8], window: u64) -> Cursor<MemoryMapper> {
    open_as(bytes, window, false)
}

/// A file that is never mapped, if it `is_read`.
fn open_as(bytes: &[u8], window: u64, is_read: bool) -> Cursor<MemoryMapper> {
    let mapper = MemoryMapper::default();
    if is_read {
        mapper.set_costly_holes();
    }
    mapper.write("/file", bytes);
    let limits = Limits { memory: 3 * window, handles: 3, strict: false };
    let manager = Manager::new(Options { policy: Policy::Windows(window), limits }, mapper);
    manager.open(&Source::Path("/file".into()), 0).unwrap()
}

/// A line as it is reported; its bytes are `None` where it is too long for that.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    number: u64,
    offset: u64,
    end: u64,
    is_selected: bool,
    bytes: Option<Vec<u8>>,
    matches: Vec<[u64; 2]>,
}

fn run(mut pass: Grep, cursor: &mut Cursor<MemoryMapper>) -> (Vec<Line>, u64) {
    let (mut lines, mut position): (Vec<Line>, u64) = (Vec::new(), 0);
    let mut steps = 0;
    loop {
        steps += 1;
        assert!(steps < 50_000, "it never ends");
        let report = pass.step(cursor, &Stop::default()).unwrap();
        assert!(report.position >= position, "went back");
        assert_eq!(Manager::of(cursor).stats().used_regions, 0, "held between steps");
        position = report.position;
        let Found::Lines(found) = report.found else { unreachable!("it finds lines") };
        let size = found.bytes.len() + size_of_val(&found.lines[..]) + size_of_val(&found.matches[..]);
        assert!(size <= 4 << 20, "a report of {size} bytes");
        let (mut rest, mut matches) = (found.bytes.as_slice(), found.matches.iter());
        for line in &found.lines {
            let (own, others) = rest.split_at(line.size);
            rest = others;
            let line = Line {
                number: line.number,
                offset: line.offset,
                end: line.end,
                is_selected: line.is_selected,
                bytes: own.strip_suffix(b"\n").map(<[u8]>::to_vec),
                matches: matches
                    .by_ref()
                    .take(line.matches)
                    .map(|found| [found.offset, found.size])
                    .collect(),
            };
            match lines.last_mut() {
                Some(last) if last.offset == line.offset => last.matches.extend(line.matches),
                _ => lines.push(line),
            }
        }
        if report.is_done {
            return (lines, report.count);
        }
    }
}

/// Each line of `bounds` searched by itself.
fn model(
    text: &[u8],
    expression: &str,
    ignore_case: bool,
    options: GrepOptions,
    bounds: Window,
) -> (Vec<Line>, u64) {
    let syntax = syntax::Config::new().utf8(false).case_insensitive(ignore_case);
    let config = Config::new().utf8_empty(false);
    let regex = Regex::builder().configure(config).syntax(syntax).build(expression).unwrap();
    let mut start = bounds.offset;
    let mut all = Vec::new();
    let bytes = &text[usize::try_from(bounds.offset).unwrap()..usize::try_from(bounds.end()).unwrap()];
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let matches: Vec<[u64; 2]> = regex
            .find_iter(content)
            .filter(|found| !found.is_empty())
            .map(|found| [start + found.start() as u64, found.len() as u64])
            .collect();
        let is_selected = regex.is_match(content) != options.invert;
        all.push(Line {
            number: number as u64,
            offset: start,
            end: start + content.len() as u64,
            is_selected,
            bytes: (content.len() <= LONGEST).then(|| content.to_vec()),
            matches: if options.detail == Detail::Matches && is_selected && !options.invert {
                matches
            } else {
                Vec::new()
            },
        });
        start += line.len() as u64;
    }
    let whole = |count| usize::try_from(count).unwrap_or(usize::MAX);
    let most = if options.most == 0 { usize::MAX } else { whole(options.most) };
    let selected: Vec<usize> = (0..all.len()).filter(|at| all[*at].is_selected).collect();
    let count = selected.len().min(most);
    let around = [options.before, options.after].map(whole);
    let is_near = |at: usize| {
        let next = selected[..count].partition_point(|center| center.saturating_add(around[1]) < at);
        selected[..count].get(next).is_some_and(|center| at.saturating_add(around[0]) >= *center)
    };
    // Behind the last one that may be selected there is context alone.
    for at in &selected[count..] {
        (all[*at].is_selected, all[*at].matches) = (false, Vec::new());
    }
    let shown = (0..all.len()).filter(|at| is_near(*at)).map(|at| all[at].clone());
    (if options.detail == Detail::Count { Vec::new() } else { shown.collect() }, count as u64)
}

/// About three pages of lines of all lengths.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        6 => Just(b"a".as_slice()),
        3 => Just(b"b".as_slice()),
        2 => Just(b" ".as_slice()),
        4 => Just(b"\n".as_slice()),
        1 => Just("É".as_bytes()),
        1 => Just(b"\xff".as_slice()),
        1 => Just(b"A".as_slice()),
    ];
    let most = 7 * usize::try_from(granularity()).unwrap() / 2;
    (vec((word, 1..9_usize), 1..60), 0..most).prop_map(|(runs, size)| {
        let once: Vec<u8> = runs.iter().flat_map(|(word, times)| word.repeat(*times)).collect();
        once.iter().copied().cycle().take(size).collect()
    })
}

fn options() -> impl Strategy<Value = GrepOptions> {
    let around = || prop_oneof![Just(0_u64), 1..4_u64];
    let most = prop_oneof![3 => Just(0_u64), 1 => 1..40_u64];
    let details = select(&[Detail::Count, Detail::Lines, Detail::Matches]);
    (any::<bool>(), details, around(), around(), most).prop_map(|(invert, detail, before, after, most)| {
        GrepOptions { invert, detail, numbers: true, before, after, most }
    })
}

const EXPRESSIONS: [&str; 17] = [
    "ab",
    "a{1,9}b",
    "\\ba",
    "a\\b",
    "^a",
    "a$",
    "^$",
    "^",
    "\\Aa+\\z",
    "(?-m)^b",
    "",
    "[^a]+",
    "\\s",
    "é|\\xe9b",
    "(?-u)[^a]{2}",
    "(a|ab)(b| )",
    "zzz",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn lines_are_those_that_match_by_themselves_wherever_windows_are_cut(
        text in texts(),
        at in any::<[prop::sample::Index; 2]>(),
        is_whole in any::<bool>(),
        expression in select(&EXPRESSIONS),
        ignore_case in any::<bool>(),
        options in options(),
        pages in 1..5_u64,
        threads in select(&[NonZeroUsize::MIN, TWO, FOUR]),
        is_read in any::<bool>(),
    ) {
        let mut at = at.map(|place| place.index(text.len() + 1) as u64);
        at.sort_unstable();
        let bounds = if is_whole { Window::new(0, text.len() as u64) } else { Window::between(at[0], at[1]) };
        let expected = model(&text, expression, ignore_case, options, bounds);
        let pattern = LinePattern::regex(expression, ignore_case).unwrap();
        let grep = Grep::new(pattern, options, bounds, threads).least_part(PART);
        let mut cursor = open_as(&text, pages * granularity(), is_read);
        let found = run(grep, &mut cursor);
        prop_assert!(!is_read || Manager::of(&cursor).stats().maps == 0);
        let first = found.0.iter().zip(&expected.0).find(|(found, expected)| found != expected);
        prop_assert!(found == expected, "{:?} {:?} {} {first:?}", found.1, expected.1, found.0.len());
    }

    #[test]
    fn bytes_are_found_as_their_escaped_expression_is(
        text in texts(),
        needle in vec(select(b"abAB \xff".as_slice()), 1..4),
        ignore_case in any::<bool>(),
        options in options(),
    ) {
        let bounds = Window::new(0, text.len() as u64);
        let hex = needle.iter().fold(String::new(), |hex, byte| format!("{hex}\\x{byte:02x}"));
        let expected = model(&text, &format!("(?-u:{hex})"), ignore_case, options, bounds);
        let pattern = LinePattern::bytes(&needle, ignore_case).unwrap();
        let found = run(Grep::new(pattern, options, bounds, TWO), &mut open(&text, granularity()));
        prop_assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES / 30,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    #[cfg_attr(miri, ignore = "megabytes")]
    fn lines_too_long_for_one_piece_are_lines_too(
        parts in vec(
            (select(&[3, 900_000, LONGEST, LONGEST + 1, 2_500_000]), select(b"abn\n".as_slice())),
            1..9,
        ),
        expression in select(&["ab", "a$", "^b", "b{3}", "^$", "n", "[^a]{2}"]),
        options in options(),
        window in select(&[1_u64 << 16, 1 << 20, 1 << 26]),
    ) {
        let mut text = Vec::new();
        for (size, last) in parts {
            text.extend(std::iter::repeat_n(b'c', size));
            text.extend([b'a', b'b', b'b', b'b', last]);
        }
        let bounds = Window::new(0, text.len() as u64);
        let expected = model(&text, expression, false, options, bounds);
        let pattern = LinePattern::regex(expression, false).unwrap();
        let found = run(Grep::new(pattern, options, bounds, TWO), &mut open(&text, window));
        prop_assert!(found == expected, "{:?} {:?}", found.1, expected.1);
    }
}

#[test]
#[cfg_attr(miri, ignore = "megabytes")]
fn several_threads_together_find_what_one_does() {
    let lines: Vec<String> =
        (0..400_000).map(|n| format!("{n} {}", if n % 997 == 5 { "ERROR" } else { "fine" })).collect();
    let text = lines.join("\n").into_bytes();
    let bounds = Window::new(0, text.len() as u64);
    for (expression, invert) in [("ERROR", false), ("9.*ERROR", false), ("ERROR", true)] {
        let options = GrepOptions { numbers: true, invert, ..GrepOptions::default() };
        for detail in [Detail::Count, Detail::Lines] {
            let options = GrepOptions { detail, ..options };
            let pattern = LinePattern::regex(expression, false).unwrap();
            let found = run(Grep::new(pattern, options, bounds, TWO), &mut open(&text, 1 << 26));
            assert!(
                found == model(&text, expression, false, options, bounds),
                "{expression} {invert} {detail:?}"
            );
        }
    }
}

/// Each of several threads selected as many lines as were wanted at most, and once there were more together,
/// none was the last one any more: `-m 2` gave thousands.
#[test]
fn several_threads_together_select_no_more_lines_than_are_wanted() {
    let text = format!("ERROR\n{}{}", "nothing\n".repeat(200), "ERROR again\n".repeat(200)).into_bytes();
    let bounds = Window::new(0, text.len() as u64);
    for (most, after, detail) in [(1, 0, Detail::Lines), (2, 0, Detail::Count), (2, 3, Detail::Lines)] {
        let options = GrepOptions { most, after, detail, numbers: true, ..GrepOptions::default() };
        let grep = Grep::new(LinePattern::regex("ERROR", false).unwrap(), options, bounds, FOUR);
        let found = run(grep.least_part(PART), &mut open(&text, 1 << 20));
        assert_eq!(found, model(&text, "ERROR", false, options, bounds), "{options:?}");
    }
}

#[test]
fn what_no_line_can_have_is_refused() {
    let message = |pattern: Result<LinePattern, Error>| {
        let error = pattern.unwrap_err();
        assert_eq!(error.kind(), "invalid-pattern");
        error.to_string()
    };
    assert!(message(LinePattern::bytes(b"", false)).contains("empty"));
    assert!(message(LinePattern::bytes(b"a\nb", false)).contains("newline"));
    assert!(message(LinePattern::regex("a\\nb", false)).contains("newline"));
    assert!(message(LinePattern::regex("(a", false)).contains("unclosed group"));
    assert!(message(LinePattern::regex("(a{1000}){1000}", false)).contains("more than 10485760 bytes"));
}

/// They came in one report, which took seconds and hundreds of megabytes.
#[test]
#[cfg_attr(miri, ignore = "megabytes")]
fn lines_around_a_match_come_in_many_reports_where_they_are_many() {
    const LINES: usize = 300_000;
    for is_first in [true, false] {
        let mut text = vec![b'\n'; LINES];
        text[if is_first { 0 } else { LINES - 2 }] = b'a';
        let options = GrepOptions {
            before: 1 << 40,
            after: 1 << 40,
            detail: Detail::Lines,
            numbers: true,
            ..GrepOptions::default()
        };
        let bounds = Window::new(0, LINES as u64);
        for window in [granularity(), 1 << 20] {
            let grep = Grep::new(LinePattern::bytes(b"a", false).unwrap(), options, bounds, TWO);
            assert!(run(grep, &mut open(&text, window)) == model(&text, "a", false, options, bounds));
        }
    }
}

/// A match of more than 1 MiB in a line was found or not, depending on where windows lay.
#[test]
#[cfg_attr(miri, ignore = "megabytes")]
fn a_line_is_found_however_long_its_match_is_and_wherever_windows_are_cut() {
    let text = [b"ping\n{".to_vec(), vec![b'x'; 3_000_000], b"}\nend\n".to_vec()].concat();
    let bounds = Window::new(0, text.len() as u64);
    for window in [1 << 16, 1 << 20, 1 << 26] {
        for expression in ["\\{.*\\}", "^\\{x*\\}$", "\\{.*\\}$|d"] {
            for (invert, detail) in [(false, Detail::Matches), (true, Detail::Lines)] {
                let options = GrepOptions { invert, detail, numbers: true, ..GrepOptions::default() };
                let pattern = LinePattern::regex(expression, false).unwrap();
                let found = run(Grep::new(pattern, options, bounds, TWO), &mut open(&text, window));
                assert!(
                    found == model(&text, expression, false, options, bounds),
                    "{expression} {window} {invert}"
                );
            }
        }
    }
}
