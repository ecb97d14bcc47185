//! Scans and searches over windows as small as they can be, against the naive ones over the bytes as a whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;

use proptest::collection::vec;
use proptest::prelude::*;
use smmap_core::{
    Cursor, Found, Limits, Manager, Matches, MemoryMapper, Needle, Options, Pass, Pattern, Policy, Scan,
    Source, Stats, Stop, Summary, Window, align_up, find, find_last, granularity,
};

const CASES: u32 = if cfg!(miri) { 2 } else { 1_500 };
const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn open(bytes: &[u8]) -> Cursor<MemoryMapper> {
    open_in_windows(bytes, granularity())
}

fn open_in_windows(bytes: &[u8], size: u64) -> Cursor<MemoryMapper> {
    let size = align_up(size, granularity());
    let mapper = MemoryMapper::default();
    mapper.write("/file", bytes);
    let limits = Limits { memory: 3 * size, handles: 3, strict: false };
    let manager = Manager::new(Options { policy: Policy::Windows(size), limits }, mapper);
    manager.open(&Source::Path("/file".into()), 0).unwrap()
}

fn matches(bytes: &[u8], needle: &[u8]) -> Vec<u64> {
    let all = bytes.windows(needle.len()).enumerate().filter(|(_, part)| *part == needle);
    all.map(|(at, _)| at as u64).collect()
}

fn summary(bytes: &[u8], needle: &[u8], max_offsets: usize) -> Summary {
    let (mut offsets, mut behind) = (Vec::new(), 0);
    for at in if needle.is_empty() { Vec::new() } else { matches(bytes, needle) } {
        if at >= behind {
            offsets.push(at);
            behind = at + needle.len() as u64;
        }
    }
    let found = offsets.len() as u64;
    offsets.truncate(max_offsets);
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let longest_line = lines.iter().map(|line| line.len()).max().unwrap() as u64;
    Summary { bytes: bytes.len() as u64, lines: lines.len() as u64 - 1, longest_line, found, offsets }
}

/// Bytes with many near matches: two letters, few newlines, long runs; up to three and a half pages.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let run = (
        prop_oneof![6 => Just(b'a'), 2 => Just(b'b'), 1 => Just(b'\n')],
        prop_oneof![8 => 1..4_usize, 1 => 1..3000_usize],
    );
    let runs = prop_oneof![vec(run.clone(), 0..20), vec(run, 0..400)];
    let most = 7 * usize::try_from(granularity()).unwrap() / 2;
    runs.prop_map(move |runs| {
        runs.into_iter().flat_map(|(byte, times)| std::iter::repeat_n(byte, times)).take(most).collect()
    })
}

/// A text, and a needle that is a part of it as often as not: a few letters, or longer than a window.
fn texts_and_needles() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    (texts(), any::<[prop::sample::Index; 2]>(), vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'\n')], 0..6))
        .prop_map(|(text, [first, second], other)| {
            let (from, to) = (first.index(text.len() + 1), second.index(text.len() + 1));
            let part = text[from.min(to)..from.max(to)].to_vec();
            let needle = if other.len() < 3 && !part.is_empty() { part } else { other };
            (text, needle)
        })
}

/// Cuts a text in pieces of the given lengths, round and round.
fn pieces<'a>(text: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = text;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_scan_sees_what_a_naive_one_sees_after_every_window(
        (text, needle) in texts_and_needles(),
        max_offsets in 0..4_usize,
    ) {
        let mut cursor = open(&text);
        let mut scan = Scan::new(&needle, max_offsets, ONE);
        let mut steps = 0;
        let mut is_done = false;
        while !is_done {
            is_done = scan.step(&mut cursor, &Stop::default()).unwrap().is_done;
            let seen = scan.summary();
            let so_far = &text[..usize::try_from(seen.bytes).unwrap()];
            prop_assert_eq!(seen, summary(so_far, &needle, max_offsets));
            steps += 1;
        }
        prop_assert_eq!(scan.summary().bytes, text.len() as u64);
        prop_assert_eq!(steps, text.len().div_ceil(usize::try_from(granularity()).unwrap()).max(1));
    }

    #[test]
    fn a_needle_is_found_wherever_it_begins_also_where_matches_overlap(
        (text, needle) in texts_and_needles(),
        lengths in vec(prop_oneof![1..8_usize, 1..5000_usize], 1..5),
    ) {
        let Some(mut search) = Needle::new(&needle) else { return Ok(()) };
        let (mut found, mut offset, mut from) = (Vec::new(), 0, 0);
        for piece in pieces(&text, &lengths) {
            while let Some(at) = search.find(piece, offset, from) {
                found.push(at);
                from = at + 1;
            }
            search.leave(piece);
            offset += piece.len() as u64;
        }
        prop_assert_eq!(found, matches(&text, &needle));
    }

    #[test]
    fn the_first_and_the_last_match_in_a_range_are_found_whatever_is_mapped_already(
        (text, needle) in texts_and_needles(),
        bounds in any::<[prop::sample::Index; 2]>(),
        is_open_ended in any::<bool>(),
        used in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut cursor = open(&text);
        for at in used {
            cursor.use_region(at.index(text.len() + 1) as u64, 1).unwrap();
        }
        let [first, second] = bounds.map(|bound| bound.index(text.len() + 1) as u64);
        let end = if is_open_ended { text.len() as u64 } else { first.max(second) };
        let range = if is_open_ended {
            Window::new(first, u64::MAX)
        } else {
            Window::between(first.min(second), end)
        };
        let inside = |at: &u64| range.offset <= *at && at + needle.len() as u64 <= end;
        let all: Vec<u64> = if needle.is_empty() {
            (0..=text.len() as u64).filter(inside).collect()
        } else {
            matches(&text, &needle).into_iter().filter(inside).collect()
        };
        prop_assert_eq!(find(&mut cursor, &needle, range).unwrap(), all.first().copied());
        prop_assert_eq!(find_last(&mut cursor, &needle, range).unwrap(), all.last().copied());
    }
}

#[test]
fn a_scan_of_an_empty_file_is_done_at_once_and_saw_nothing() {
    let mut scan = Scan::new(b"x", 10, ONE);
    assert!(scan.step(&mut open(b""), &Stop::default()).unwrap().is_done);
    assert_eq!(scan.summary(), Summary::default());
}

#[test]
fn a_line_longer_than_every_window_is_measured_whole_with_and_without_its_newline() {
    let long = usize::try_from(granularity()).unwrap() * 2 + 5;
    let line = vec![b'x'; long];
    for text in [line.clone(), [&line[..], b"\n"].concat(), [b"ab\n", &line[..], b"\nabc"].concat()] {
        let (mut scan, mut cursor) = (Scan::new(b"", 0, ONE), open(&text));
        while !scan.step(&mut cursor, &Stop::default()).unwrap().is_done {}
        assert_eq!(scan.summary().longest_line, long as u64);
    }
}

/// Larger than a block, and than the least a thread is given.
#[test]
fn every_number_of_threads_sees_the_same_mapped_and_read() {
    let mut text: Vec<u8> =
        (0..9_500_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 27) as u8 + 7).collect();
    for at in [0, (128 << 10) - 2, (1 << 20) - 1, (2 << 20) + 3, (4 << 20) - 2, 9_499_996] {
        text[at..at + 4].copy_from_slice(b"ab\nc");
    }
    let expected = summary(&text, b"ab\nc", 10);
    assert_eq!(expected.found, 6);
    for threads in (1..=5).filter_map(NonZeroUsize::new) {
        for windows in [1, 4 << 20, 64 << 20] {
            let mut cursor = open_in_windows(&text, windows);
            let mut scan = Scan::new(b"ab\nc", 10, threads);
            let mut steps = 1;
            while !scan.step(&mut cursor, &Stop::default()).unwrap().is_done {
                steps += 1;
            }
            assert_eq!(scan.summary(), expected, "{threads} threads, windows of {windows} bytes");
            let all = Window::new(0, text.len() as u64);
            let pattern = Pattern::bytes(b"ab\nc").unwrap();
            let mut matches = Matches::new(pattern, all, all, 2, threads);
            let mut offsets = Vec::new();
            loop {
                steps += 1;
                let report = matches.step(&mut cursor, &Stop::default()).unwrap();
                let Found::Matches(found) = report.found else { unreachable!("it finds matches") };
                offsets.extend(found.iter().map(|found| found.offset));
                if report.is_done {
                    break;
                }
            }
            assert_eq!(offsets, expected.offsets, "{threads} threads, windows of {windows} bytes");
            let Stats { hits, misses, .. } = Manager::of(&cursor).stats();
            assert!(steps < 4 || hits + misses < steps, "some were read");
        }
    }
}

#[test]
fn a_search_that_finds_nothing_holds_one_window_at_a_time() {
    let text = vec![b'x'; usize::try_from(granularity()).unwrap() * 9];
    let mut cursor = open(&text);
    assert_eq!(find(&mut cursor, b"y", Window::new(0, u64::MAX)).unwrap(), None);
    assert_eq!(find_last(&mut cursor, b"y", Window::new(0, u64::MAX)).unwrap(), None);
    assert_eq!(Manager::of(&cursor).stats().peak_mapped_memory, 3 * granularity(), "the limit");
    assert_eq!(Manager::of(&cursor).stats().used_regions, 1);
}

#[test]
fn no_needle_is_empty() {
    assert!(Needle::new(b"").is_none());
    assert_eq!(Needle::new(b"abc").unwrap().len(), 3);
}
