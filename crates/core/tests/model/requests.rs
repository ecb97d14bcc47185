//! What a request must be answered with: which region serves it, what a new one may be, which refusals are
//! right. Changes nothing but the counts of hits and misses.

use std::ops::RangeInclusive;
use std::sync::Arc;

use smmap_core::{Error, Handles, Policy, Window, align_down, align_up, granularity};

use super::{ModelRegion, World};
use crate::call::{NAMES, missing};

impl World {
    /// What a region must cover to serve the request.
    pub(crate) fn needed(&self, file: usize, offset: u64, size: u64) -> Option<Window> {
        let rest = (self.files[file].bytes.len() as u64).checked_sub(offset).filter(|rest| *rest > 0)?;
        let size = match self.setup.policy {
            Policy::Windows(window) if size == 0 || size > window => window,
            Policy::Windows(_) => size,
            Policy::WholeFile => 1,
        };
        Some(Window::new(offset, size.min(rest)))
    }

    pub(crate) fn hit(&mut self, file: usize, needed: Window) -> Option<usize> {
        let covers =
            |region: &ModelRegion| region.cached && region.file == Some(file) && region.window.covers(needed);
        let covering = (0..self.regions.len()).filter(|id| covers(&self.regions[*id]));
        let hit = covering.max_by_key(|id| self.regions[*id].window);
        self.counted.hits += u64::from(hit.is_some());
        self.counted.misses += u64::from(hit.is_none());
        hit
    }

    /// What every new region must be, wherever the manager put it.
    pub(crate) fn place(&self, file: usize, needed: Window, window: Window) {
        let (unit, file_size) = (granularity(), self.files[file].bytes.len() as u64);
        assert!(window.covers(needed), "{window:?} does not serve {needed:?}");
        assert!(window.end() <= file_size, "{window:?} in a file of {file_size} bytes");
        let Policy::Windows(longest) = self.setup.policy else {
            return assert_eq!(window, Window::new(0, file_size), "the whole file");
        };
        let pages = Window::between(align_down(needed.offset, unit), align_up(needed.end(), unit));
        assert_eq!(window.offset % unit, 0, "{window:?}");
        assert!(
            window.end() == file_size || window.end().is_multiple_of(unit),
            "{window:?} ends within a page"
        );
        assert!(window.size <= align_up(longest, unit).max(pages.size), "{window:?} for {needed:?}");
        for other in self.regions.iter().filter(|other| other.cached && other.file == Some(file)) {
            let (start, end) = (window.offset.max(other.window.offset), window.end().min(other.window.end()));
            let overlap = Window::between(start, end);
            assert!(
                overlap.size == 0 || pages.covers(overlap),
                "{window:?} over {:?} for {needed:?}",
                other.window
            );
        }
    }

    /// What a cursor may show of the region that serves its request.
    pub(crate) fn span(&self, region: usize, needed: Window, size: u64) -> Window {
        let longest = match self.setup.policy {
            Policy::Windows(window) => window,
            Policy::WholeFile => u64::MAX,
        };
        let wanted = if size == 0 { longest } else { size.min(longest) };
        let span = Window::new(needed.offset, wanted.min(self.regions[region].window.end() - needed.offset));
        assert!(span.size >= needed.size, "{span:?} is less than {needed:?}");
        span
    }

    /// The part of an opened file that is there by now, when it was cut in place.
    pub(crate) fn left_of(&self, file: usize) -> u64 {
        let opened = &self.files[file];
        let on_disk = self.disk[opened.name].as_ref().filter(|now| now.identity == opened.identity);
        on_disk.map_or(opened.bytes.len(), |now| now.bytes.len()) as u64
    }

    /// A refusal must be one, and tell the truth; `sizes` are those that may have been asked for.
    pub(crate) fn refused(&self, error: &Error, sizes: RangeInclusive<u64>) {
        let limits = self.setup.limits;
        match error {
            Error::MemoryLimit { limit, used, wanted } => {
                assert_eq!((limits.strict, limits.memory, self.used_bytes()), (true, *limit, *used));
                assert!(used + wanted > *limit && sizes.contains(wanted), "{error}");
            }
            Error::HandleLimit { limit, kind: Handles::Mappings } => {
                assert_eq!((limits.handles, self.used_regions()), (*limit, *limit));
            }
            other => panic!("no reason to refuse: {other}"),
        }
    }

    /// The window a region mapped alone must have, and the file's bytes.
    pub(crate) fn alone(&self, name: usize, offset: u64, size: u64) -> Result<(Window, Arc<[u8]>), Error> {
        let unit = granularity();
        if !offset.is_multiple_of(unit) {
            return Err(Error::Unaligned { offset, unit });
        }
        if self.is_closed {
            return Err(Error::Closed);
        }
        let on_disk = self.disk[name].as_ref().ok_or_else(|| missing(name))?;
        let (end, quoted) = (on_disk.bytes.len() as u64, format!("'{}'", NAMES[name]));
        if end == 0 {
            return Err(Error::EmptyFile { name: quoted });
        }
        if offset >= end {
            return Err(Error::BeyondEnd { offset, size: end, name: quoted });
        }
        let size = if size == 0 { end - offset } else { size.min(end - offset) };
        Ok((Window::new(offset, size), Arc::clone(&on_disk.bytes)))
    }

    /// What is to be said of a file as it was opened, now.
    pub(crate) fn check(&mut self, file: usize) -> Result<(), &'static str> {
        self.reopen(file).map_err(|error| error.kind())?;
        let opened = &self.files[file];
        match &self.disk[opened.name] {
            Some(now) if now.identity == opened.identity && now.version == opened.version => Ok(()),
            Some(now) if now.identity == opened.identity && now.bytes.len() < opened.bytes.len() => {
                Err("file-truncated")
            }
            _ => Err("file-changed"),
        }
    }
}
