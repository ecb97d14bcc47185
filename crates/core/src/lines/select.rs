//! Which of the lines at hand match a pattern. Knows no file, no window, and no context lines.
#![forbid(unsafe_code)]

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use crate::error::Error;

/// How much is reported of the selected lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Their number.
    #[default]
    Count,
    /// Each line.
    Lines,
    /// Each line, and every match in it.
    Matches,
}

/// Finds matches in lines. No match crosses the end of a line.
pub(crate) trait Search {
    /// The first match at or after `from`.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    fn find(&self, lines: &[u8], from: usize) -> Result<Option<Range<usize>>, Error>;

    /// Where that match ends, which costs less to find than where it begins.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    fn find_end(&self, lines: &[u8], from: usize) -> Result<Option<usize>, Error>;
}

/// Which lines are wanted, and what is to be reported of them.
pub(crate) struct Selection<'a, S> {
    pub(crate) search: &'a S,
    /// Whether the lines without a match are wanted instead.
    pub(crate) invert: bool,
    pub(crate) detail: Detail,
    /// Whether their line numbers are wanted.
    pub(crate) wants_numbers: bool,
    /// It stops after this many lines, or this many bytes of them.
    pub(crate) most: u64,
    pub(crate) most_bytes: usize,
}

/// A selected line; its ranges are indices in the bytes searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Without its newline.
    pub(crate) range: Range<usize>,
    /// The number of newlines before it.
    pub(crate) number: u64,
    pub(crate) matches: Vec<Range<usize>>,
    /// Whether it has more matches than are kept: then it has to be searched on its own, step by step.
    pub(crate) is_crowded: bool,
}

impl Line {
    /// The same line, in bytes that begin `bytes` and `lines` earlier.
    pub(crate) fn moved_by(self, bytes: usize, lines: u64) -> Self {
        let moved = |range: Range<usize>| bytes + range.start..bytes + range.end;
        let matches = self.matches.into_iter().map(moved).collect();
        Self { range: moved(self.range), number: lines + self.number, matches, ..self }
    }
}

/// How many matches of a line are kept.
const MOST_MATCHES: usize = 1 << 15;

#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) lines: Vec<Line>,
    pub(crate) count: u64,
    /// Newlines before `end`, where they are counted.
    pub(crate) newlines: u64,
    /// All lines that begin before it have been searched.
    pub(crate) end: usize,
    bytes: usize,
}

impl<S: Search> Selection<'_, S> {
    /// Searches `bytes`, which are whole lines.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn of(&self, bytes: &[u8]) -> Result<Selected, Error> {
        let mut selected = Selected::default();
        while !self.is_enough(&selected) && selected.end < bytes.len() {
            // The search runs over all lines at once, and only then finds the borders of the line it hit.
            // Lines without a match are never visited one by one.
            let matching = self.next_matching(bytes, selected.end)?;
            let start = matching.as_ref().map_or(bytes.len(), |line| line.start);
            // Inverted, the wanted lines are those that the search skipped.
            if self.invert {
                self.add_all(&mut selected, bytes, start)?;
            } else if let Some(line) = &matching {
                self.add(&mut selected, bytes, line.clone())?;
            }
            if !self.is_enough(&selected) || !self.invert {
                match matching {
                    Some(line) => self.pass(&mut selected, bytes, &line),
                    None => self.go_to(&mut selected, bytes, bytes.len()),
                }
            }
        }
        Ok(selected)
    }

    fn is_enough(&self, selected: &Selected) -> bool {
        selected.count >= self.most || selected.bytes >= self.most_bytes
    }

    /// The first line with a match, from the line at `from` on.
    fn next_matching(&self, bytes: &[u8], from: usize) -> Result<Option<Range<usize>>, Error> {
        let Some(at) = self.search.find_end(bytes, from)? else { return Ok(None) };
        // An expression such as `x*` also matches at the very end, after the last newline, where no line is.
        if at == bytes.len() && bytes.ends_with(b"\n") {
            return Ok(None);
        }
        // `at` is a match's end. No match has a newline in it, so the same line holds its start.
        let start = memrchr(b'\n', &bytes[from..at]).map_or(from, |newline| from + newline + 1);
        Ok(Some(start..end_of_line(bytes, at)))
    }

    /// Adds every line from the present one up to `end`.
    fn add_all(&self, selected: &mut Selected, bytes: &[u8], end: usize) -> Result<(), Error> {
        // Counting needs only the number of newlines, at memory speed.
        if self.detail == Detail::Count && self.most == u64::MAX {
            let rest = &bytes[selected.end..end];
            let is_open = !rest.is_empty() && !rest.ends_with(b"\n");
            selected.count += memchr_iter(b'\n', rest).count() as u64 + u64::from(is_open);
            self.go_to(selected, bytes, end);
            return Ok(());
        }
        while selected.end < end && !self.is_enough(selected) {
            let line = selected.end..end_of_line(bytes, selected.end);
            let next = (line.end + 1).min(bytes.len());
            self.add(selected, bytes, line)?;
            self.go_to(selected, bytes, next);
        }
        Ok(())
    }

    fn add(&self, selected: &mut Selected, bytes: &[u8], range: Range<usize>) -> Result<(), Error> {
        // To count lines, nothing else of them matters.
        selected.count += 1;
        if self.detail != Detail::Count {
            self.go_to(selected, bytes, range.start);
            let matches = match self.detail {
                Detail::Matches => self.matches(bytes, &range)?,
                _ => Vec::new(),
            };
            selected.bytes += range.len() + size_of_val(matches.as_slice());
            // `matches` looks for one more than are kept, which shows that there are more.
            let is_crowded = matches.len() > MOST_MATCHES;
            selected.lines.push(Line { range, number: selected.newlines, matches, is_crowded });
        }
        Ok(())
    }

    /// The matches in a line that do not overlap and are not empty.
    fn matches(&self, bytes: &[u8], line: &Range<usize>) -> Result<Vec<Range<usize>>, Error> {
        let mut matches = Vec::new();
        let mut at = line.start;
        while at < line.end && matches.len() <= MOST_MATCHES {
            // The slice ends with the line, so that `$` matches there and no match goes beyond.
            let Some(found) = self.search.find(&bytes[..line.end], at)? else { break };
            // An empty match would be found again at the same offset.
            at = found.end + usize::from(found.is_empty());
            if !found.is_empty() {
                matches.push(found);
            }
        }
        Ok(matches)
    }

    /// Goes to the line after this one.
    fn pass(&self, selected: &mut Selected, bytes: &[u8], line: &Range<usize>) {
        self.go_to(selected, bytes, line.start);
        // The line has exactly one newline, at its end. Counting it by a search took a tenth of the time when
        // all lines are wanted.
        selected.end = (line.end + 1).min(bytes.len());
        if self.wants_numbers {
            selected.newlines += u64::from(selected.end > line.end);
        }
    }

    fn go_to(&self, selected: &mut Selected, bytes: &[u8], end: usize) {
        if self.wants_numbers && end > selected.end {
            selected.newlines += memchr_iter(b'\n', &bytes[selected.end..end]).count() as u64;
        }
        selected.end = end;
    }
}

/// The end of the line that has the byte at `at` or ends there.
pub(crate) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline)
}
