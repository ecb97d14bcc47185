//! Copying bytes out of a cursor's file while the cursor stays where it is: read, or copied from a map. Of
//! the region the cursor is on, it knows only the key.
#![forbid(unsafe_code)]

use super::Cursor;
use crate::cache::earning::Access;
use crate::cache::lone::LoneRead;
use crate::cache::obtain::Request;
use crate::cache::placement::needed;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::window::Window;

impl<M: Mapper> Cursor<M> {
    /// Reads without mapping: fills `target`, or up to the end of the file as it was opened. Returns how many
    /// bytes.
    ///
    /// # Errors
    /// What `pread(2)` says; [`Error::FileTruncated`] when bytes the file had are gone; [`Error::Closed`].
    pub fn read_at(&self, target: &mut [u8], offset: u64) -> Result<usize, Error> {
        self.read_from(&self.opened()?.0, target, offset)
    }

    fn read_from(&self, file: &M::File, target: &mut [u8], offset: u64) -> Result<usize, Error> {
        let rest = usize::try_from(self.snapshot.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = target.len().min(rest);
        let mut done = 0;
        while done < wanted {
            match self.shared.mapper().read_at(file, &mut target[done..wanted], offset + done as u64) {
                // `pread(2)` returns 0 at the end of the file: it is shorter than when it was opened.
                Ok(0) => {
                    let now = self.shared.mapper().snapshot(file).ok().map(|now| now.size);
                    return Err(self.as_opened()?.truncated(now));
                }
                Ok(more) => done += more,
                Err(cause) => return Err(Error::os(cause, &self.as_opened()?.origin.source)),
            }
        }
        Ok(done)
    }

    /// Fills `target` from `offset` on without mapping, up to the end of the file. Returns how many bytes;
    /// `None` if that part of the file is mapped, or has earned a map: then nothing was read, and
    /// [`Cursor::use_region`] is what to call. `is_use`: whether it counts as a use of its own, or as one
    /// with the read before.
    ///
    /// # Errors
    /// As [`Cursor::read_at`].
    pub fn read_lone(
        &mut self,
        target: &mut [u8],
        offset: u64,
        is_use: bool,
    ) -> Result<Option<usize>, Error> {
        let Some(needed) = self.piece(offset, target.len()) else { return Ok(Some(0)) };
        let (file, number, file_size) = (self.file, self.number, self.snapshot.size);
        let read = LoneRead { file, number, file_size, needed, own: self.key(), is_use };
        if !self.shared.is_lone(&self.reads, read)? {
            return Ok(None);
        }
        let kept = self.lent.as_ref().and_then(|lent| lent.take());
        let file = kept.map_or_else(|| self.shared.lend(file, &mut self.lent), Ok)?;
        let read = self.read_from(&file, target, offset);
        if let Some(lent) = &self.lent {
            drop(lent.put_back(file));
        }
        read.map(Some)
    }

    /// As [`Cursor::read_lone`], for a reader that is shown nothing in place: if that part of the file is
    /// mapped, or has earned a map, it is copied from the map.
    ///
    /// # Errors
    /// As [`Cursor::read_at`].
    pub fn read_copy(&mut self, target: &mut [u8], offset: u64, is_use: bool) -> Result<usize, Error> {
        let Some(needed) = self.piece(offset, target.len()) else { return Ok(0) };
        let may_glance = self.shared.access() != Access::Read;
        let seen = if may_glance { self.shared.cache().glance(self.file, needed) } else { None };
        if seen.is_some_and(|region| region.copy_whole(target, offset)) {
            return Ok(target.len());
        }
        if let Some(read) = self.read_lone(target, offset, is_use)? {
            return Ok(read);
        }
        let mut request = Request::new(self.file, needed, None);
        let found = self.shared.cache().look_for(request);
        let (key, region) = match self.shared.obtain(found, &mut request) {
            // There is no room for a map, or it lacks pages. Reading the file may still work.
            Err(
                Error::MemoryLimit { .. }
                | Error::HandleLimit { .. }
                | Error::FileTruncated { .. }
                | Error::Os { .. },
            ) => return self.read_at(target, offset),
            other => other?,
        };
        let is_whole = region.copy_whole(target, offset);
        // `obtain` made this read a client; the copy was its last use.
        self.shared.cache().let_go(key);
        if is_whole { Ok(target.len()) } else { self.read_at(target, offset) }
    }

    /// What of the file must lie in one region for a read of `size` bytes: all of them, up to a window.
    fn piece(&self, offset: u64, size: usize) -> Option<Window> {
        let policy = self.shared.policy();
        // No region has all of a longer read: it is decided by its first byte, and never copied from a map.
        let size = if size as u64 > policy.most() { 1 } else { size as u64 };
        needed(offset, size.max(1), policy, self.snapshot.size)
    }
}
