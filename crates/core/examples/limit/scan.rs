//! A whole file, from its start to its end: newlines counted by memchr.

use std::fs::File;
use std::io;
use std::thread;

use memchr::memchr_iter;
use memmap2::MmapOptions;

use crate::measure::{Sample, gigabytes_per_second};
use crate::places::read_at;

/// The benchmark's own window: large enough that the number of maps does not show.
const WINDOW: u64 = 64 << 20;
/// The fastest of 64 KiB, 256 KiB and 1 MiB where it was tried: it stays in the processor's second cache.
const BUFFER: usize = 64 << 10;

/// Each of `threads` counts a stretch of its own.
pub(crate) fn count_over_mmap(path: &str, threads: u64) -> io::Result<Sample> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let stretch = size.div_ceil(threads).next_multiple_of(WINDOW);
    gigabytes_per_second(size, || {
        thread::scope(|scope| {
            let counting: Vec<_> = (0..threads)
                .map(|i| (i * stretch, size.min((i + 1) * stretch)))
                .map(|(start, end)| {
                    scope.spawn({
                        let file = &file;
                        move || newlines_between(file, start, end)
                    })
                })
                .collect();
            counting
                .into_iter()
                .map(|thread| thread.join().map_err(|_| io::Error::other("a counting thread panicked"))?)
                .sum()
        })
    })
}

fn newlines_between(file: &File, start: u64, end: u64) -> io::Result<u64> {
    let mut lines = 0;
    for offset in (start..end).step_by(usize::try_from(WINDOW).map_err(io::Error::other)?) {
        let len = usize::try_from(WINDOW.min(end - offset)).map_err(io::Error::other)?;
        // SAFETY: the benchmark made the file and nothing changes it while it is read.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map(file) }?;
        lines += newlines_in(&map);
    }
    Ok(lines)
}

pub(crate) fn count_over_pread(path: &str) -> io::Result<Sample> {
    let file = File::open(path)?;
    gigabytes_per_second(file.metadata()?.len(), || {
        let mut buffer = vec![0; BUFFER];
        let mut offset = 0;
        let mut lines = 0;
        loop {
            let read = read_at(&file, &mut buffer, offset)?;
            if read == 0 {
                return Ok(lines);
            }
            lines += newlines_in(&buffer[..read]);
            offset += read as u64;
        }
    })
}

fn newlines_in(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}
