//! A whole file searched over one map, by one thread or several: a text, a regular expression, where its
//! lines begin.

use std::error::Error;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::thread;

use memchr::{memchr, memchr_iter, memmem};
use memmap2::{Mmap, MmapOptions};
use regex_automata::meta;
use regex_automata::util::syntax;

use crate::measure::{Sample, gigabytes_per_second};

/// Newlines are counted by blocks of this size; only those with a mark in them are gone through one by one.
const BLOCK: usize = 4096;

/// The text's offset, or the file's size.
pub(crate) fn find(path: &str, text: &[u8], threads: usize) -> io::Result<Sample> {
    over_map(path, |map| {
        let overlap = text.len().saturating_sub(1);
        let found = in_stretches(map, threads, |stretch| {
            let end = map.len().min(stretch.end + overlap);
            memmem::find(&map[stretch.start..end], text).map(|at| stretch.start + at)
        })?;
        Ok(found.into_iter().flatten().min().unwrap_or(map.len()))
    })
}

/// The number of matches, none of which spans lines.
pub(crate) fn count_matches(path: &str, pattern: &str, threads: usize) -> Result<Sample, Box<dyn Error>> {
    let config = meta::Config::new().utf8_empty(false);
    let regex = meta::Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false).unicode(false))
        .build(pattern)?;
    Ok(over_map(path, |map| {
        // Each with its own: they would otherwise take turns at the memory a search needs.
        let counts = in_stretches(map, threads, |stretch| regex.clone().find_iter(&map[stretch]).count())?;
        Ok(counts.into_iter().sum())
    })?)
}

/// How many lines there are, plus where the last of every `every`-th begins.
pub(crate) fn index_lines(path: &str, every: usize, threads: usize) -> io::Result<Sample> {
    over_map(path, |map| {
        let counts = in_stretches(map, threads, |stretch| counts_of_blocks(&map[stretch]))?;
        let mut marks = vec![0];
        let mut newlines = 0;
        let mut start = 0;
        for (block, count) in counts.into_iter().flatten() {
            if newlines / every != (newlines + count) / every {
                let nth = every - newlines % every - 1;
                marks
                    .extend(memchr_iter(b'\n', &map[start..start + block]).nth(nth).map(|at| start + at + 1));
            }
            newlines += count;
            start += block;
        }
        let lines = newlines + usize::from(map.last().is_some_and(|&last| last != b'\n'));
        marks.truncate(lines.div_ceil(every));
        Ok(lines + marks.last().copied().unwrap_or(0))
    })
}

/// The length of each block and the newlines in it.
fn counts_of_blocks(bytes: &[u8]) -> Vec<(usize, usize)> {
    bytes.chunks(BLOCK).map(|block| (block.len(), memchr_iter(b'\n', block).count())).collect()
}

fn over_map(path: &str, work: impl FnOnce(&Mmap) -> io::Result<usize>) -> io::Result<Sample> {
    let file = File::open(path)?;
    gigabytes_per_second(file.metadata()?.len(), || {
        // SAFETY: the benchmark made the file and nothing changes it while it is read.
        let map = unsafe { MmapOptions::new().map(&file) }?;
        Ok(work(&map)? as u64)
    })
}

/// What `work` makes of each thread's stretch, in their order. Stretches end after a newline.
fn in_stretches<T: Send>(
    map: &Mmap,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> io::Result<Vec<T>> {
    let about = map.len().div_ceil(threads);
    let ends: Vec<usize> = (1..=threads).map(|i| end_of_line(map, map.len().min(i * about))).collect();
    thread::scope(|scope| {
        let starts = [0].into_iter().chain(ends.iter().copied());
        let working: Vec<_> = starts
            .zip(&ends)
            .map(|(start, &end)| {
                scope.spawn({
                    let work = &work;
                    move || work(start..end)
                })
            })
            .collect();
        working
            .into_iter()
            .map(|thread| thread.join().map_err(|_| io::Error::other("a searching thread panicked")))
            .collect()
    })
}

fn end_of_line(map: &[u8], at: usize) -> usize {
    memchr(b'\n', &map[at..]).map_or(map.len(), |newline| at + newline + 1)
}
