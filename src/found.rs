//! What jobs found, encoded for JavaScript: numbers in one typed array, bytes in one Buffer. The only file
//! that knows both the core's types and the order in which `lib/jobs/` reads their numbers.
#![forbid(unsafe_code)]

use napi::bindgen_prelude::{Buffer, Float64Array};
use napi_derive::napi;
use smmap_core::{Error, Found, Lines, Report, Summary, TextLine, Window};

use crate::error::to_json;

/// What a turn found. `numbers`:
///
/// - matches: offset and length of each;
/// - lines: the number, offset and end of each, 1 if it was selected else 0, how many of `bytes` are its own,
///   the number of its matches, and offset and length of each match;
/// - marks: their offsets;
/// - runs in memory: offset and end of each;
/// - of a scan: newlines, length of the longest line, number of matches, and offsets of the first matches;
/// - a hash is in `bytes`.
///
/// `error` is JSON, as all errors of the border.
#[napi(object)]
pub struct NativeReport {
    pub is_done: bool,
    pub position: f64,
    pub count: f64,
    pub numbers: Float64Array,
    pub bytes: Option<Buffer>,
    pub error: Option<String>,
}

pub(crate) fn to_report(outcome: Result<Report, Error>) -> NativeReport {
    let error = outcome.as_ref().err().map(to_json);
    let Report { is_done, position, count, found } = outcome.unwrap_or_default();
    let (numbers, bytes) = encode(found);
    NativeReport {
        is_done,
        position: position as f64,
        count: count as f64,
        numbers: Float64Array::new(numbers),
        bytes: (!bytes.is_empty()).then(|| bytes.into()),
        error,
    }
}

fn encode(found: Found) -> (Vec<f64>, Vec<u8>) {
    let pairs = |windows: Vec<Window>, second: fn(&Window) -> u64| {
        windows.iter().flat_map(|window| [window.offset as f64, second(window) as f64]).collect()
    };
    match found {
        Found::Nothing => (Vec::new(), Vec::new()),
        Found::Matches(matches) => (pairs(matches, |found| found.size), Vec::new()),
        Found::Resident(runs) => (pairs(runs, |run| run.end()), Vec::new()),
        Found::Marks(marks) => (marks.iter().map(|mark| *mark as f64).collect(), Vec::new()),
        Found::Lines(lines) => encode_lines(lines),
        Found::Summary(Summary { lines, longest_line, found, offsets, .. }) => {
            let numbers = [lines, longest_line, found].into_iter().chain(offsets);
            (numbers.map(|number| number as f64).collect(), Vec::new())
        }
        Found::Hash(hash) => (Vec::new(), hash.to_vec()),
    }
}

fn encode_lines(Lines { lines, matches, bytes }: Lines) -> (Vec<f64>, Vec<u8>) {
    let mut numbers = Vec::with_capacity(6 * lines.len() + 2 * matches.len());
    let mut matches = matches.iter();
    for line in &lines {
        let selected = f64::from(u8::from(line.is_selected));
        let (size, count) = (line.size as f64, line.matches as f64);
        numbers.extend([line.number as f64, line.offset as f64, line.end as f64, selected, size, count]);
        for found in matches.by_ref().take(line.matches) {
            numbers.extend([found.offset as f64, found.size as f64]);
        }
    }
    (numbers, bytes)
}

/// The same lines again, from their numbers.
pub(crate) fn lines_of(mut numbers: &[f64]) -> impl Iterator<Item = TextLine> {
    std::iter::from_fn(move || {
        let [number, offset, _end, selected, size, count] = *numbers.first_chunk()?;
        numbers = numbers.get(6 + 2 * count as usize..).unwrap_or_default();
        Some(TextLine {
            number: number as u64,
            offset: offset as u64,
            is_selected: selected > 0.0,
            size: size as usize,
        })
    })
}
