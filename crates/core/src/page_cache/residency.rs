//! Which pages of a stretch of a file are in memory. Maps windows, and reads none of their bytes.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::pass::Pass;
use crate::window::Window;

/// [`Report::numbers`] has begin and end of each run of resident bytes, [`Report::count`] is how many bytes they are. A run
/// may go on in the next step's.
#[derive(Debug)]
pub struct Residency {
    position: u64,
    end: u64,
    count: u64,
}

impl Residency {
    /// Of the bytes of `range`, which lies in the file.
    #[must_use]
    pub fn new(range: Window) -> Self {
        Self { position: range.offset, end: range.end(), count: 0 }
    }
}

impl<M: Mapper> Pass<M> for Residency {
    fn step(&mut self, cursor: &mut Cursor<M>) -> Result<Report, Error> {
        let mut numbers = Vec::new();
        if self.position < self.end {
            cursor.use_region(self.position, 0)?;
            let Some(region) = cursor.region() else { return Ok(Report::default()) };
            let window = region.window();
            let stop = window.end().min(self.end);
            let pages = region.resident_pages()?;
            let size = page_size::get() as u64;
            for (page, at) in pages.iter().zip((window.offset..).step_by(page_size::get())) {
                let (begin, end) = (at.max(self.position), (at + size).min(stop));
                if *page & 1 == 0 || begin >= end {
                    continue;
                }
                self.count += end - begin;
                match numbers.last_mut() {
                    Some(last) if *last == begin => *last = end,
                    _ => numbers.extend([begin, end]),
                }
            }
            self.position = stop;
            cursor.unuse_region();
        }
        let (is_done, position) = (self.position >= self.end, self.position);
        Ok(Report { is_done, position, count: self.count, numbers, ..Report::default() })
    }
}
