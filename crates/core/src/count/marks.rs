//! Counting newlines, and marking every n-th: what a line index is made of. Does not look at what is in a
//! line.
#![forbid(unsafe_code)]

use std::num::NonZeroUsize;

use memchr::memchr_iter;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::{Found, Report};
use crate::run::pass::Pass;
use crate::run::stop::Stop;
use crate::run::sweep::Sweep;
use crate::run::tally::Tally;
use crate::window::Window;

/// Bytes whose newlines are counted at once. Only a block with a mark in it is searched newline by newline.
const BLOCK: usize = 4 << 10;

/// [`Report::count`] is the number of newlines; it finds [`Found::Marks`].
#[derive(Debug)]
pub struct LineMarks {
    marked: Marked,
    end: u64,
    sweep: Sweep,
    /// Whether marks were too many for a step.
    is_dense: bool,
}

#[derive(Debug)]
struct Marked {
    position: u64,
    /// 0: there are no marks.
    every: u64,
    /// Newlines up to the next mark.
    left: u64,
    /// The most marks a step reports.
    most: usize,
    marks: Vec<u64>,
    count: u64,
}

impl LineMarks {
    /// Marks in `range`, after every `every`-th newline; with 0 there are none. At most `most` (at least 1)
    /// in a step.
    #[must_use]
    pub fn new(range: Window, every: u64, most: usize, threads: NonZeroUsize) -> Self {
        // Without marks, no block is ever searched newline by newline.
        let left = if every == 0 { u64::MAX } else { every };
        let most = most.max(1);
        let marked = Marked { position: range.offset, every, left, most, marks: Vec::new(), count: 0 };
        Self { marked, end: range.end(), sweep: Sweep::new(threads), is_dense: false }
    }

    /// The same, with another number of bytes that a thread is woken for.
    #[must_use]
    pub fn least_part(mut self, bytes: NonZeroUsize) -> Self {
        self.sweep.set_least_part(bytes);
        self
    }

    /// Does the next step with several threads. Where the marks lie in a part depends on all parts before it.
    /// So the threads only count, block by block, and the blocks with a mark are searched afterwards.
    fn step_together<M: Mapper>(
        &mut self,
        cursor: &mut Cursor<M>,
        end: u64,
        stop: &Stop,
    ) -> Result<(), Error> {
        // Two passes over a block with a mark cost little: with a mark for every 1,024th line, most blocks
        // have none.
        let mut counted = Counted { position: self.marked.position, blocks: Vec::new() };
        self.sweep.step(cursor, &mut counted, end, stop)?;
        let mut bytes = Vec::new();
        for (size, newlines) in counted.blocks {
            if u64::from(newlines) < self.marked.left {
                self.marked.count += u64::from(newlines);
                self.marked.left -= u64::from(newlines);
            } else {
                stop.check()?;
                // The step has let its region go; a block is read again by `pread`.
                bytes.resize(size as usize, 0);
                cursor.read_at(&mut bytes, self.marked.position)?;
                // The step's marks are full. What the threads counted after this block is dropped.
                if !self.marked.mark(&bytes) {
                    // Where marks are this dense, one thread is as fast as several.
                    self.is_dense = true;
                    return Ok(());
                }
            }
            self.marked.position += u64::from(size);
        }
        Ok(())
    }
}

impl<M: Mapper> Pass<M> for LineMarks {
    fn step(&mut self, cursor: &mut Cursor<M>, stop: &Stop) -> Result<Report, Error> {
        let end = self.end.min(cursor.file_size());
        if self.marked.position < end {
            if self.marked.every > 0 && self.sweep.is_shared() && !self.is_dense {
                self.step_together(cursor, end, stop)?;
            } else {
                self.sweep.step(cursor, &mut self.marked, end, stop)?;
            }
        }
        let marked = &mut self.marked;
        let found = Found::Marks(std::mem::take(&mut marked.marks));
        Ok(Report { is_done: marked.position >= end, position: marked.position, count: marked.count, found })
    }
}

/// How many newlines each block has.
#[derive(Debug)]
struct Counted {
    position: u64,
    /// Sizes and newlines.
    blocks: Vec<(u32, u32)>,
}

impl Tally for Counted {
    fn position(&self) -> u64 {
        self.position
    }

    #[expect(clippy::cast_possible_truncation, reason = "a block is short")]
    fn feed(&mut self, piece: &[u8]) -> bool {
        let blocks = piece.chunks(BLOCK);
        self.blocks
            .extend(blocks.map(|block| (block.len() as u32, memchr_iter(b'\n', block).count() as u32)));
        self.position += piece.len() as u64;
        true
    }

    fn fork(&self, offset: u64) -> Option<Self> {
        Some(Self { position: offset, blocks: Vec::new() })
    }

    fn join(&mut self, next: Self) -> bool {
        self.blocks.extend(next.blocks);
        self.position = next.position;
        true
    }
}

impl Marked {
    /// Marks newlines of this block. False: there was no room for all marks.
    fn mark(&mut self, block: &[u8]) -> bool {
        let start = self.position;
        for newline in memchr_iter(b'\n', block) {
            self.count += 1;
            self.left -= 1;
            if self.left == 0 {
                // A mark is where the next line begins.
                let next_line = start + newline as u64 + 1;
                self.left = self.every;
                self.marks.push(next_line);
                if self.marks.len() == self.most {
                    self.position = next_line;
                    return false;
                }
            }
        }
        true
    }
}

impl Tally for Marked {
    fn position(&self) -> u64 {
        self.position
    }

    fn feed(&mut self, piece: &[u8]) -> bool {
        // Blocks are small, so that few newlines are visited one by one; without marks, the larger the
        // better.
        for block in piece.chunks(if self.every == 0 { piece.len().max(1) } else { BLOCK }) {
            let newlines = memchr_iter(b'\n', block).count() as u64;
            if newlines < self.left {
                self.count += newlines;
                self.left -= newlines;
            } else if !self.mark(block) {
                return false;
            }
            self.position += block.len() as u64;
        }
        true
    }

    fn fork(&self, offset: u64) -> Option<Self> {
        // Where marks fall depends on all newlines before, so only plain counting can be divided here.
        let fork = Self { position: offset, marks: Vec::new(), count: 0, ..*self };
        (self.every == 0).then_some(fork)
    }

    fn join(&mut self, next: Self) -> bool {
        self.count += next.count;
        self.position = next.position;
        true
    }
}
