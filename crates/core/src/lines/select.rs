//! Which of some lines at hand match a pattern. Knows no file, no window, and nothing of what stands around a
//! line.
#![forbid(unsafe_code)]

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use crate::error::Error;

/// How much is told of the lines that were selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// How many they are.
    #[default]
    Count,
    /// Each line.
    Lines,
    /// Each line, and every match in it.
    Matches,
}

/// What finds matches in lines; none of them goes over a line's end.
pub(crate) trait Search {
    /// The first match at or behind `from`.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    fn find(&self, lines: &[u8], from: usize) -> Result<Option<Range<usize>>, Error>;

    /// Where it ends. Costs less than to tell where it begins.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    fn find_end(&self, lines: &[u8], from: usize) -> Result<Option<usize>, Error>;
}

/// Which lines are wanted, and what is to be told of them.
pub(crate) struct Selection<'a, S> {
    pub(crate) search: &'a S,
    /// The lines without a match.
    pub(crate) invert: bool,
    pub(crate) detail: Detail,
    /// Whether lines are to be counted up to them.
    pub(crate) wants_numbers: bool,
    /// The most lines, and the most bytes of them, before it stops.
    pub(crate) most: u64,
    pub(crate) most_bytes: usize,
}

/// A line that was wanted; all by index in the bytes searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Without its newline.
    pub(crate) range: Range<usize>,
    /// How many newlines are before it.
    pub(crate) number: u64,
    pub(crate) matches: Vec<Range<usize>>,
    /// Whether there are more matches than are kept: then it is to be gone through by itself.
    pub(crate) is_crowded: bool,
}

impl Line {
    /// The same line in bytes that begin so much before, and so many lines.
    pub(crate) fn moved_by(self, bytes: usize, lines: u64) -> Self {
        let moved = |range: Range<usize>| bytes + range.start..bytes + range.end;
        let matches = self.matches.into_iter().map(moved).collect();
        Self { range: moved(self.range), number: lines + self.number, matches, ..self }
    }
}

/// So many matches of a line are kept.
const MOST_MATCHES: usize = 1 << 15;

#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) lines: Vec<Line>,
    pub(crate) count: u64,
    /// Newlines before `end`, where they are counted.
    pub(crate) newlines: u64,
    /// All lines that begin before have been looked at.
    pub(crate) end: usize,
    bytes: usize,
}

impl<S: Search> Selection<'_, S> {
    /// Looks through `bytes`, which begin with a line and end with one.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn of(&self, bytes: &[u8]) -> Result<Selected, Error> {
        let mut selected = Selected::default();
        while !self.is_enough(&selected) && selected.end < bytes.len() {
            // The search runs over all lines at once and then looks for the borders of the line it hit. Lines
            // without a match are never looked at one by one.
            let matching = self.next_matching(bytes, selected.end)?;
            let begin = matching.as_ref().map_or(bytes.len(), |line| line.start);
            // Inverted, the wanted lines are all those that it skipped.
            if self.invert {
                self.add_all(&mut selected, bytes, begin)?;
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

    /// The first line with a match, of those that begin at `from` or behind.
    fn next_matching(&self, bytes: &[u8], from: usize) -> Result<Option<Range<usize>>, Error> {
        let Some(at) = self.search.find_end(bytes, from)? else { return Ok(None) };
        // Behind the last newline there is no line, which an empty match would be in.
        // An expression such as `x*` matches the empty place at the very end.
        if at == bytes.len() && bytes.ends_with(b"\n") {
            return Ok(None);
        }
        // `at` is a match's end. No match has a newline in it, so the same line holds its begin.
        let begin = memrchr(b'\n', &bytes[from..at]).map_or(from, |newline| from + newline + 1);
        Ok(Some(begin..end_of_line(bytes, at)))
    }

    /// Every line from where it is up to `end`.
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
            let behind = (line.end + 1).min(bytes.len());
            self.add(selected, bytes, line)?;
            self.go_to(selected, bytes, behind);
        }
        Ok(())
    }

    fn add(&self, selected: &mut Selected, bytes: &[u8], range: Range<usize>) -> Result<(), Error> {
        // Counting goes no further: where the line begins and what is in it does not matter.
        selected.count += 1;
        if self.detail != Detail::Count {
            self.go_to(selected, bytes, range.start);
            let matches = match self.detail {
                Detail::Matches => self.matches(bytes, &range)?,
                _ => Vec::new(),
            };
            selected.bytes += range.len() + size_of_val(matches.as_slice());
            // One more than are kept was looked for, which says that there are more.
            let is_crowded = matches.len() > MOST_MATCHES;
            selected.lines.push(Line { range, number: selected.newlines, matches, is_crowded });
        }
        Ok(())
    }

    /// The matches in a line that do not overlap; empty ones are none.
    fn matches(&self, bytes: &[u8], line: &Range<usize>) -> Result<Vec<Range<usize>>, Error> {
        let mut matches = Vec::new();
        let mut at = line.start;
        while at < line.end && matches.len() <= MOST_MATCHES {
            // The slice ends with the line, so that `$` matches there and nothing goes beyond.
            let Some(found) = self.search.find(&bytes[..line.end], at)? else { break };
            // An empty match would be found again at the same place.
            at = found.end + usize::from(found.is_empty());
            if !found.is_empty() {
                matches.push(found);
            }
        }
        Ok(matches)
    }

    /// Goes behind a line. Where it was added, it has one newline, which need not be looked for: where all
    /// lines are wanted, that is a tenth of the time.
    fn pass(&self, selected: &mut Selected, bytes: &[u8], line: &Range<usize>) {
        self.go_to(selected, bytes, line.start);
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

/// Where the line that has the byte at `at`, or ends there, ends.
pub(crate) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline)
}
