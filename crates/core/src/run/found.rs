//! What a step of a pass found: one kind for each kind of pass. Knows no pass, and no file.
#![forbid(unsafe_code)]

use crate::window::Window;

/// How far a pass is, and what the last step found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is nothing left to do.
    pub is_done: bool,
    /// The offset up to which the file has been processed.
    pub position: u64,
    /// How many, where things are counted: since the pass began.
    pub count: u64,
    /// What this step found.
    pub found: Found,
}

impl Report {
    /// Whether a later step's report may take its place.
    pub(crate) fn is_nothing_new(&self) -> bool {
        !self.is_done
            && match &self.found {
                Found::Nothing | Found::Summary(_) => true,
                Found::Matches(windows) | Found::Resident(windows) => windows.is_empty(),
                Found::Marks(marks) => marks.is_empty(),
                Found::Lines(lines) => lines.lines.is_empty(),
                Found::Hash(_) => false,
            }
    }
}

/// What a step may find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Found {
    /// Nothing, or nothing to report.
    #[default]
    Nothing,
    /// Matches, in order.
    Matches(Vec<Window>),
    /// Lines, in order.
    Lines(Lines),
    /// The offsets after every n-th newline.
    Marks(Vec<u64>),
    /// Runs of bytes that are in memory. The last run may continue in the next step's first.
    Resident(Vec<Window>),
    /// What has been seen since the pass began, as if the file ended at [`Report::position`].
    Summary(Summary),
    /// The hash of all the bytes, in the last step.
    Hash([u8; 32]),
}

/// What a scan has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes scanned: up to that offset in the file.
    pub bytes: u64,
    /// Newlines, as `wc -l` counts them.
    pub lines: u64,
    /// Bytes of the longest line, its newline not counted; the last line needs none.
    pub longest_line: u64,
    /// Matches that do not overlap.
    pub found: u64,
    /// Where the first of them begin.
    pub offsets: Vec<u64>,
}

/// Lines of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// In order. A line without bytes here may come again in a later step, with more of its matches.
    pub lines: Vec<Line>,
    /// The matches of all these lines, in order; each line says how many are its own.
    pub matches: Vec<Window>,
    /// The bytes of all these lines, in order, each followed by a newline; each line says how many are its
    /// own.
    pub bytes: Vec<u8>,
}

/// A line that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// How many lines are before it; meaningless where lines are not counted.
    pub number: u64,
    /// Its first byte.
    pub offset: u64,
    /// The offset of its newline, or of the end of the bytes.
    pub end: u64,
    /// Whether the line itself was looked for; otherwise it is context.
    pub is_selected: bool,
    /// How many of [`Lines::bytes`] are its, the newline included; 0 where it is too long to be given.
    pub size: usize,
    /// How many of [`Lines::matches`] are its.
    pub matches: usize,
}
