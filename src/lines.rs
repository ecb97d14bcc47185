//! Lines for `lib/loops/` and `lib/jobs/`: over bytes that TypeScript has already.
#![deny(unsafe_code)]

use napi::bindgen_prelude::{Buffer, Uint8ArraySlice, Uint16ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use smmap_core::{Decoded, TextLine, TextPrefix, decode, newlines, to_text};

use crate::found;
use crate::pane;

/// Writes the indices of the newlines in `bytes` from `from` on into `ends`, and returns how many.
#[napi(catch_unwind)]
pub fn find_newlines(bytes: &[u8], from: u32, mut ends: Uint32ArraySlice<'_>) -> u32 {
    newlines(bytes, from as usize, pane::indices_mut(&mut ends)) as u32
}

/// Decodes UTF-8 into one of two arrays. Returns n for n units of Latin-1, -n for n units of UTF-16, or NaN
/// if there is no room.
#[napi(catch_unwind)]
pub fn decode_utf8(bytes: &[u8], mut latin1: Uint8ArraySlice<'_>, mut utf16: Uint16ArraySlice<'_>) -> f64 {
    match decode(bytes, pane::bytes_mut(&mut latin1), pane::units_mut(&mut utf16)) {
        Some(Decoded::Latin1(units)) => units as f64,
        Some(Decoded::Utf16(units)) => -(units as f64),
        None => f64::NAN,
    }
}

/// Lines of a report as grep prints them, with `first_line` and `first_offset` added to their numbers and
/// offsets.
#[napi(catch_unwind)]
pub fn lines_to_text(
    lines: &[f64],
    bytes: &[u8],
    first_line: f64,
    first_offset: f64,
    name: Option<&[u8]>,
    numbers: bool,
    offsets: bool,
) -> Buffer {
    let (first_line, first_offset) = (first_line as i64, first_offset as i64);
    let lines = found::lines_of(lines).map(|line| TextLine {
        number: line.number.saturating_add_signed(first_line),
        offset: line.offset.saturating_add_signed(first_offset),
        ..line
    });
    to_text(lines, bytes, TextPrefix { name, numbers, offsets }).into()
}
