//! A few bytes at the places a file of 32-bit offsets lists (`benchmark/places.ts` makes it).

use std::fs::{self, File};
use std::io;

use memmap2::{Mmap, MmapOptions};

use crate::measure::{Sample, nanoseconds_per_step, warm_up};

const PAGE: usize = 4096;
const SPAN: usize = 64;

/// Of one map of the file's first `size` bytes, every page of it touched before.
pub(crate) fn at(path: &str, places: &str, size: usize) -> io::Result<Sample> {
    let (file, places) = (File::open(path)?, load(places)?);
    // SAFETY: the benchmark made the file and nothing changes it while it is read.
    let map = unsafe { MmapOptions::new().len(size).map(&file) }?;
    std::hint::black_box(map.iter().step_by(PAGE).map(|&byte| u64::from(byte)).sum::<u64>());
    nanoseconds_per_step(warm_up(), |count| {
        Ok(places
            .iter()
            .cycle()
            .take(count as usize)
            .map(|&place| {
                let place = place as usize;
                u64::from(u32::from_le_bytes([map[place], map[place + 1], map[place + 2], map[place + 3]]))
            })
            .sum())
    })
}

pub(crate) fn lone_pread(path: &str, places: &str, steps: u32) -> io::Result<Sample> {
    let mut buffer = [0; SPAN];
    at_each(path, places, steps, |file, place| {
        let read = read_at(file, &mut buffer, place)?;
        Ok(u64::from(buffer[0]) + u64::from(buffer[read - 1]))
    })
}

pub(crate) fn lone_mmap(path: &str, places: &str, steps: u32) -> io::Result<Sample> {
    let mut buffer = [0; SPAN];
    at_each(path, places, steps, |file, place| {
        let map = map_at(file, place, SPAN)?;
        buffer.copy_from_slice(&map);
        Ok(u64::from(buffer[0]) + u64::from(buffer[SPAN - 1]))
    })
}

/// Windows begin at multiples of their size.
pub(crate) fn churn(path: &str, places: &str, steps: u32, size: usize) -> io::Result<Sample> {
    at_each(path, places, steps, |file, place| {
        let within = place % size as u64;
        let map = map_at(file, place - within, size)?;
        Ok(u64::from(map[usize::try_from(within).map_err(io::Error::other)?]))
    })
}

fn at_each(
    path: &str,
    places: &str,
    steps: u32,
    mut read: impl FnMut(&File, u64) -> io::Result<u64>,
) -> io::Result<Sample> {
    let (file, places) = (File::open(path)?, load(places)?);
    nanoseconds_per_step(steps, |count| {
        places.iter().cycle().take(count as usize).map(|&place| read(&file, u64::from(place))).sum()
    })
}

fn map_at(file: &File, offset: u64, len: usize) -> io::Result<Mmap> {
    // SAFETY: as above.
    unsafe { MmapOptions::new().offset(offset).len(len).map(file) }
}

fn load(path: &str) -> io::Result<Vec<u32>> {
    let bytes = fs::read(path)?;
    Ok(bytes
        .chunks_exact(4)
        .map(|place| u32::from_le_bytes([place[0], place[1], place[2], place[3]]))
        .collect())
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
