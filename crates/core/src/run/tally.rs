//! What is made of bytes that come piece by piece, or in parts that several threads go over at once. Knows no
//! file.
#![forbid(unsafe_code)]

/// What comes out of going over bytes.
pub(crate) trait Tally: Send + Sized {
    /// The offset up to which it has gone.
    fn position(&self) -> u64;

    /// Goes over the next bytes. False: it has had enough, and wants to see these again, later.
    fn feed(&mut self, piece: &[u8]) -> bool;

    /// A tally of the bytes from `offset` on, for [`Tally::join`]; `None` where that cannot be had.
    fn fork(&self, offset: u64) -> Option<Self>;

    /// Adds what came out of the part that begins at the position. False: not all of it, and what follows
    /// must wait.
    fn join(&mut self, next: Self) -> bool;
}
