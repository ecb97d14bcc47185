//! Bringing a range of a file into memory before it is read. Knows regions, and no bytes.
#![forbid(unsafe_code)]

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::window::Window;

/// Bytes that one call populates: the kernel holds the address space's lock that long, and other threads that
/// map wait for it.
const BLOCK: u64 = 4 << 20;
/// The most bytes in a step.
const MOST: u64 = 32 << 20;

/// Maps the windows of a range and brings their pages into memory, as far as the limits let them all stay
/// mapped: a window that would evict one prefetched before is left out.
#[derive(Debug)]
pub struct Prefetch {
    position: u64,
    end: u64,
    /// Bytes and regions that may still be mapped; asked for at the first step.
    room: Option<(u64, u64)>,
    /// Where the region that was counted last ends.
    counted: u64,
}

impl Prefetch {
    /// Of the bytes in `range` that the file has.
    #[must_use]
    pub fn new(range: Window) -> Self {
        Self { position: range.offset, end: range.end(), room: None, counted: 0 }
    }

    /// Whether the region at the position may be mapped and stay beside the others.
    fn has_room<M: Mapper>(&mut self, cursor: &Cursor<M>) -> bool {
        // Asked once, or regions of this prefetch would evict each other.
        let (bytes, regions) = self.room.unwrap_or_else(|| cursor.room());
        let size = cursor.window_at(self.position).size;
        // The first region is always taken: it is what the caller reads first.
        let fits = self.room.is_none() || (size <= bytes && regions > 0);
        self.room = Some((bytes.saturating_sub(size), regions.saturating_sub(1)));
        fits
    }
}

impl<M: Mapper> Pass<M> for Prefetch {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        let end = self.end.min(cursor.file_size());
        let report = |position| Report { is_done: position >= end, position, ..Report::default() };
        let done = Report { is_done: true, position: self.position, ..Report::default() };
        if self.position >= end
            || cursor.avoids_maps()
            || (self.position >= self.counted && !self.has_room(cursor))
        {
            return Ok(done);
        }
        match cursor.use_piece(self.position) {
            // Everything is in use. It was a hint.
            Err(Error::MemoryLimit { .. } | Error::HandleLimit { .. }) => return Ok(done),
            other => other?,
        };
        let Some(region) = cursor.region() else { return Ok(done) };
        let window = region.window();
        let last = window.end().min(end).min(self.position + MOST);
        while self.position < last && !stop.is_stopped() {
            let next = last.min(self.position + BLOCK);
            region.populate(Window::between(self.position, next));
            self.position = next;
        }
        self.counted = window.end();
        // Touching a page that the file has lost raises a fault; without an error here, the caller would
        // believe it is there.
        cursor.confirm()?;
        cursor.unuse_region();
        Ok(report(self.position))
    }
}
