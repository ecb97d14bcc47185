//! Results computed from bytes that come piece by piece, or in parts for several threads. Knows no file.
#![forbid(unsafe_code)]

/// A result that grows as bytes are fed to it.
pub(crate) trait Tally: Send + Sized {
    /// The offset of the next byte it is to see.
    fn position(&self) -> u64;

    /// Takes in the next bytes. False: it has enough for now, and wants to see the bytes from its position on
    /// again, later.
    fn feed(&mut self, piece: &[u8]) -> bool;

    /// An empty tally for the bytes from `offset` on, for [`Tally::join`]. `None`: the work cannot be
    /// divided.
    fn fork(&self, offset: u64) -> Option<Self>;

    /// Adds the result of the part that begins at the position. False: not all of it could be added, and the
    /// parts after it must be dropped.
    fn join(&mut self, next: Self) -> bool;
}
