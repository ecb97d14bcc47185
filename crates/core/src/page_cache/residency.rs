//! Which pages of a range of a file are in memory. Maps windows, and reads none of their bytes.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::window::{Window, align_down};

/// How many pages a step asks about; this makes some 65,000 runs at most.
const MOST_PAGES: u64 = 1 << 17;

/// It finds [`Found::Resident`] runs; [`Report::count`] is how many bytes they are.
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
    fn step(&mut self, cursor: &mut Cursor<M>, _stop: &Stop) -> Result<Report, Error> {
        let mut runs: Vec<Window> = Vec::new();
        if self.position < self.end {
            cursor.use_piece(self.position)?;
            let Some(region) = cursor.region() else { return Ok(Report::default()) };
            let size = page_size::get() as u64;
            // `mincore(2)` wants the address of a page.
            let first = align_down(self.position, size);
            let end = region.window().end().min(self.end).min(first + MOST_PAGES * size);
            let pages = region.resident_pages(Window::between(first, end))?;
            for (page, at) in pages.iter().zip((first..).step_by(page_size::get())) {
                let page_in = Window::between(at.max(self.position), (at + size).min(end));
                // Only the lowest bit has a meaning; the others are reserved.
                if *page & 1 == 0 || page_in.size == 0 {
                    continue;
                }
                self.count += page_in.size;
                match runs.last_mut() {
                    // Pages side by side make one run, so that a file that is all in memory is one.
                    Some(last) if last.end() == page_in.offset => last.size += page_in.size,
                    _ => runs.push(page_in),
                }
            }
            self.position = end;
            cursor.unuse_region();
        }
        let (is_done, position) = (self.position >= self.end, self.position);
        Ok(Report { is_done, position, count: self.count, found: Found::Resident(runs) })
    }
}
