//! A file that is not in the page cache: how it leaves it, and its first touch.

use std::error::Error;
use std::fs::File;
use std::io;

use memmap2::MmapOptions;

use crate::measure::{Sample, gigabytes_per_second};

const PAGE: usize = 4096;

/// A byte of each page, over one map.
pub(crate) fn touch(path: &str) -> io::Result<Sample> {
    let file = File::open(path)?;
    gigabytes_per_second(file.metadata()?.len(), || {
        // SAFETY: the benchmark made the file and nothing changes it while it is read.
        let map = unsafe { MmapOptions::new().map(&file) }?;
        Ok(map.iter().step_by(PAGE).map(|&byte| u64::from(byte)).sum())
    })
}

/// Empties the page cache of a file, and sees that it is so: a page that someone maps, or that is still being
/// written, stays.
#[cfg(target_os = "linux")]
pub(crate) fn forget(path: &str) -> Result<(), Box<dyn Error>> {
    use std::os::fd::AsRawFd;

    let file = File::open(path)?;
    file.sync_all()?;
    // SAFETY: a descriptor that is open, and no pointer.
    let refused = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    if refused != 0 {
        return Err(io::Error::from_raw_os_error(refused).into());
    }
    let (resident, pages) = resident_pages(&file)?;
    // A few stay where a folio is shared with someone's read-ahead.
    if resident > pages / 100 {
        return Err(format!("error: {resident} of {pages} pages of {path} stay in the page cache").into());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn forget(_path: &str) -> Result<(), Box<dyn Error>> {
    Err("error: no way to empty the page cache of one file on this system".into())
}

/// How many pages are in the page cache (mincore(2)), and of how many.
#[cfg(target_os = "linux")]
fn resident_pages(file: &File) -> io::Result<(usize, usize)> {
    // SAFETY: as above.
    let map = unsafe { MmapOptions::new().map(file) }?;
    let mut states = vec![0_u8; map.len().div_ceil(PAGE)];
    // SAFETY: `states` has a byte for each page of the map, which lives meanwhile.
    if unsafe { libc::mincore(map.as_ptr().cast_mut().cast(), map.len(), states.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((states.iter().filter(|&state| state & 1 == 1).count(), states.len()))
}
