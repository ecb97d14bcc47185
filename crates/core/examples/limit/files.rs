//! Many small files, each opened, read and closed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::measure::{Sample, nanoseconds_per_step};
use crate::places::read_at;

const SPAN: usize = 16;

/// Of the files named `0` to `count - 1` in `folder`; the answer is that of one pass.
pub(crate) fn read_each(folder: &str, count: u32) -> io::Result<Sample> {
    let paths: Vec<PathBuf> = (0..count).map(|i| Path::new(folder).join(i.to_string())).collect();
    let mut buffer = [0; SPAN];
    nanoseconds_per_step(count, |steps| {
        paths
            .iter()
            .cycle()
            .take(steps as usize)
            .map(|path| {
                let read = read_at(&File::open(path)?, &mut buffer, 0)?;
                Ok(u64::from(buffer[0]) + u64::from(buffer[read - 1]))
            })
            .sum()
    })
}
