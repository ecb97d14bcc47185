//! The BLAKE3 hash of a range of a file, by several threads. Knows no other algorithm.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use blake3::Hasher;
use rayon::ThreadPool;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report};
use crate::run::pass::{Pass, STEP};
use crate::run::stop::Stop;
use crate::run::threads::start;
use crate::window::Window;

/// Bytes hashed at once, by several threads if there are any. Between two blocks the work can be stopped.
const BLOCK: usize = 4 << 20;

/// It finds a [`Found::Hash`] in the last step.
#[derive(Debug)]
pub struct Blake3 {
    hasher: Hasher,
    /// `None`: only the thread that does the steps works.
    pool: Option<ThreadPool>,
    position: u64,
    end: u64,
}

impl Blake3 {
    /// Of the bytes of `range`, which lies in the file; by that many threads, where the system gives them.
    #[must_use]
    pub fn new(range: Window, threads: NonZeroUsize) -> Self {
        // BLAKE3 hashes a tree of blocks, so several threads can hash one piece together.
        let pool = if threads.get() > 1 { start(threads.get()) } else { None };
        Self { hasher: Hasher::new(), pool, position: range.offset, end: range.end() }
    }
}

impl<M: Mapper> Pass<M> for Blake3 {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        if self.position < self.end {
            let mut read = Vec::new();
            let piece = if cursor.avoids_maps() {
                read.resize(BLOCK.min(usize::try_from(self.end - self.position).unwrap_or(BLOCK)), 0);
                cursor.read_at(&mut read, self.position)?;
                &read
            } else {
                cursor.use_piece(self.position)?;
                cursor.bytes().unwrap_or_default()
            };
            let size = usize::try_from(STEP.min(self.end - self.position)).unwrap_or(usize::MAX);
            let piece = &piece[..piece.len().min(size)];
            for block in piece.chunks(BLOCK) {
                stop.check()?;
                match &self.pool {
                    Some(pool) => pool.install(|| self.hasher.update_rayon(block)),
                    None => self.hasher.update(block),
                };
            }
            self.position += piece.len() as u64;
            // A hash over zeros of a cut file would be wrong without a sign of it.
            cursor.confirm()?;
            cursor.unuse_region();
        }
        let is_done = self.position >= self.end;
        let found = if is_done { Found::Hash(*self.hasher.finalize().as_bytes()) } else { Found::Nothing };
        Ok(Report { is_done, position: self.position, found, ..Report::default() })
    }
}
