//! Searching bytes that come in pieces: a needle is found wherever the pieces were cut, even if it is longer
//! than a piece. Knows no file.
#![forbid(unsafe_code)]

use memchr::memmem::Finder;

/// A needle, and the end of what has been searched so far: a match may begin there and end in the next piece.
#[derive(Clone, Debug)]
pub struct Needle {
    finder: Finder<'static>,
    tail: Vec<u8>,
}

impl Needle {
    /// A needle of at least one byte that has searched nothing yet; `None` for an empty one.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self { finder: Finder::new(bytes).into_owned(), tail: Vec::new() })
    }

    /// Its length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.finder.needle().len()
    }

    /// Searches `piece`, which begins at `offset` and follows the piece before without a gap, for matches
    /// that begin at `from` or later. Returns the first one's offset; call again with a later `from` for the
    /// next, and [`Needle::leave`] after the last.
    #[must_use]
    pub fn find(&self, piece: &[u8], offset: u64, from: u64) -> Option<u64> {
        let tail_at = offset - self.tail.len() as u64;
        // First the border: the kept tail, then as many of the piece's first bytes as a match across the
        // border can have.
        if from < offset && !self.tail.is_empty() {
            let head = &piece[..piece.len().min(self.len() - 1)];
            let border = [&self.tail, head].concat();
            // `from` may lie in the tail itself, after a match that ended there.
            let skip = usize::try_from(from.saturating_sub(tail_at)).unwrap_or(usize::MAX);
            let found = border.get(skip..).and_then(|rest| self.finder.find(rest));
            if let Some(at) = found {
                return Some(tail_at + (skip + at) as u64);
            }
        }
        let skip = usize::try_from(from.saturating_sub(offset)).unwrap_or(usize::MAX);
        let found = piece.get(skip..).and_then(|rest| self.finder.find(rest));
        found.map(|at| offset + (skip + at) as u64)
    }

    /// What finds it in bytes that are all at hand.
    pub(crate) fn finder(&self) -> &Finder<'static> {
        &self.finder
    }

    /// The same needle, having searched nothing yet.
    pub(crate) fn fresh(&self) -> Self {
        Self { finder: self.finder.clone(), tail: Vec::new() }
    }

    /// Whether a match may begin within another one.
    pub(crate) fn overlaps_itself(&self) -> bool {
        let bytes = self.finder.needle();
        (1..bytes.len()).any(|size| bytes.ends_with(&bytes[..size]))
    }

    /// Continues after the pieces that `next` has searched; their first bytes were [left](Self::leave) here.
    pub(crate) fn follow(&mut self, next: Self) {
        // A part shorter than the needle keeps only its own bytes; then the tail before still counts, and
        // `leave` with the head has joined the two already.
        if next.tail.len() + 1 >= self.len() {
            self.tail = next.tail;
        }
    }

    /// Remembers the end of `piece` for the matches that reach into the next one.
    pub fn leave(&mut self, piece: &[u8]) {
        let keep = self.len() - 1;
        // One byte less than the needle is long: a match within the piece has been found already.
        if piece.len() >= keep {
            self.tail.clear();
            self.tail.extend_from_slice(&piece[piece.len() - keep..]);
        } else {
            self.tail.extend_from_slice(piece);
            let surplus = self.tail.len().saturating_sub(keep);
            self.tail.drain(..surplus);
        }
    }
}
