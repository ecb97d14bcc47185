//! The limit the benchmark measures against: newlines counted by memchr over plain memmap2, and over plain
//! pread, and a text found by memmem, with nothing of this package between. `limit mmap|pread PATH` and
//! `limit memmem PATH TEXT` print a sample as JSON.

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::time::Instant;

use memchr::memchr_iter;
use memmap2::MmapOptions;

/// The benchmark's own window: large enough that the number of maps does not show.
const WINDOW: u64 = 64 << 20;
/// The fastest of 64 KiB, 256 KiB and 1 MiB where it was tried: it stays in the processor's second cache.
const BUFFER: usize = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, path, rest @ ..] = arguments.as_slice() else {
        return Err("usage: limit mmap|pread PATH, limit memmem PATH TEXT".into());
    };
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let start = Instant::now();
    let answer = match (way.as_str(), rest) {
        ("mmap", []) => over_mmap(&file, size)?,
        ("pread", []) => over_pread(&file)?,
        ("memmem", [text]) => found_over_mmap(&file, text.as_bytes())?,
        _ => return Err(format!("no way \"{way}\" with {} more arguments", rest.len()).into()),
    };
    #[expect(clippy::cast_precision_loss, reason = "a file of 2^53 bytes would still give a good figure")]
    let gigabytes_per_second = size as f64 / start.elapsed().as_secs_f64() / 1e9;
    let peak_rss = peak_rss().map_or("null".to_owned(), |bytes| bytes.to_string());
    println!(r#"{{"value": {gigabytes_per_second}, "answer": {answer}, "peakRss": {peak_rss}}}"#);
    Ok(())
}

fn over_mmap(file: &File, size: u64) -> io::Result<usize> {
    let mut lines = 0;
    for offset in (0..size).step_by(usize::try_from(WINDOW).map_err(io::Error::other)?) {
        let len = usize::try_from(WINDOW.min(size - offset)).map_err(io::Error::other)?;
        // SAFETY: the benchmark made the file and nothing changes it while it is read.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map(file) }?;
        lines += newlines_in(&map);
    }
    Ok(lines)
}

/// Over one map of the whole file; the needle's offset, or the file's size.
fn found_over_mmap(file: &File, text: &[u8]) -> io::Result<usize> {
    // SAFETY: as above.
    let map = unsafe { MmapOptions::new().map(file) }?;
    Ok(memchr::memmem::find(&map, text).unwrap_or(map.len()))
}

fn over_pread(file: &File) -> io::Result<usize> {
    let mut buffer = vec![0; BUFFER];
    let mut offset = 0;
    let mut lines = 0;
    loop {
        let read = read_at(file, &mut buffer, offset)?;
        if read == 0 {
            return Ok(lines);
        }
        lines += newlines_in(&buffer[..read]);
        offset += read as u64;
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

fn newlines_in(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

/// Bytes, by `VmHWM` (`benchmark/measure.ts` says why); nothing elsewhere than on Linux.
fn peak_rss() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
