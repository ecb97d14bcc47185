//! Measures work and says so, as `benchmark/measure.ts` does for Node. Knows no way of reading.

use std::fmt;
use std::fs;
use std::io;
use std::time::Instant;

/// In a smoke run, which only shows that all contenders do the same work.
fn is_brief() -> bool {
    std::env::var_os("SMMAP_BENCHMARK_BRIEF").is_some()
}

/// Steps before the clock starts, where a row names no number of its own.
pub(crate) fn warm_up() -> u32 {
    if is_brief() { 5_000 } else { 100_000 }
}

/// What one run found.
pub(crate) struct Sample {
    value: f64,
    answer: u64,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peak_rss = peak_rss().map_or("null".to_owned(), |bytes| bytes.to_string());
        let Self { value, answer } = self;
        write!(f, r#"{{"value": {value}, "answer": {answer}, "peakRss": {peak_rss}}}"#)
    }
}

/// Times one pass of `work` over `size` bytes.
pub(crate) fn gigabytes_per_second(size: u64, work: impl FnOnce() -> io::Result<u64>) -> io::Result<Sample> {
    let start = Instant::now();
    let answer = work()?;
    Ok(Sample { value: as_float(size) / nanoseconds_since(start), answer })
}

/// Times `run(count)`, which does `count` small steps and returns their sum; the answer is the sum of
/// `warm_up`.
pub(crate) fn nanoseconds_per_step(
    warm_up: u32,
    mut run: impl FnMut(u32) -> io::Result<u64>,
) -> io::Result<Sample> {
    let least = if is_brief() { 5e6 } else { 300e6 };
    run(warm_up)?;
    let warmed_up = Instant::now();
    let answer = run(warm_up)?;
    let a_step = nanoseconds_since(warmed_up) / f64::from(warm_up);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let count = (least / a_step).ceil() as u32;
    let start = Instant::now();
    run(count)?;
    Ok(Sample { value: nanoseconds_since(start) / f64::from(count), answer })
}

fn nanoseconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e9
}

#[expect(clippy::cast_precision_loss, reason = "a file of 2^53 bytes would still give a good figure")]
fn as_float(size: u64) -> f64 {
    size as f64
}

/// Bytes, by `VmHWM` (`benchmark/measure.ts` says why); nothing elsewhere than on Linux.
fn peak_rss() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
