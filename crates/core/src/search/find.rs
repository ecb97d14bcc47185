//! The first and the last occurrence of some bytes in a range of a file, found in one call. Knows cursors,
//! and nothing of how their windows are placed.
#![forbid(unsafe_code)]

use memchr::memmem::rfind;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::search::needle::Needle;
use crate::window::Window;

/// The offset of the first match that lies whole in `range`.
///
/// # Errors
/// As [`Cursor::use_region`] and [`Cursor::confirm`].
pub fn find<M: Mapper>(cursor: &mut Cursor<M>, bytes: &[u8], range: Window) -> Result<Option<u64>, Error> {
    let Some(mut needle) = Needle::new(bytes) else { return Ok(Some(range.offset)) };
    let end = range.end().min(cursor.file_size());
    let mut position = range.offset;
    while position < end {
        // Any region will do: the needle also finds matches across pieces, so windows need no overlap.
        cursor.use_piece(position)?;
        let piece = cursor.bytes().unwrap_or_default();
        let piece = &piece[..piece.len().min(usize::try_from(end - position).unwrap_or(usize::MAX))];
        let found = needle.find(piece, position, range.offset);
        needle.leave(piece);
        position += piece.len() as u64;
        // Before a match is believed, and before bytes without one are: both may have been zeros.
        cursor.confirm()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The offset of the last match that lies whole in `range`.
///
/// # Errors
/// As [`Cursor::use_region`] and [`Cursor::confirm`].
pub fn find_last<M: Mapper>(
    cursor: &mut Cursor<M>,
    bytes: &[u8],
    range: Window,
) -> Result<Option<u64>, Error> {
    let mut end = range.end().min(cursor.file_size());
    if bytes.is_empty() {
        return Ok(Some(end.max(range.offset)));
    }
    let mut head: Vec<u8> = Vec::new();
    while end > range.offset {
        // Backwards, from the region that has the last byte.
        cursor.use_region(end - 1, 1)?;
        let Some(region) = cursor.region() else { break };
        let start = region.window().offset.max(range.offset);
        let piece = region.part(Window::between(start, end)).unwrap_or_default();
        // A match across the border has at least one of its bytes in each piece.
        let near = &piece[piece.len().saturating_sub(bytes.len() - 1)..];
        let border = [near, &head].concat();
        // The border comes first: a match there lies after every match in the piece.
        let across = rfind(&border, bytes).map(|at| end - near.len() as u64 + at as u64);
        let found = across.or_else(|| rfind(piece, bytes).map(|at| start + at as u64));
        // The first bytes of what has been searched, for the border with the piece before.
        head.splice(..0, piece[..piece.len().min(bytes.len() - 1)].iter().copied());
        head.truncate(bytes.len() - 1);
        end = start;
        cursor.confirm()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
