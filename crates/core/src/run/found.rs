//! What a step of a pass found. Knows no kind of pass, and no file.
#![forbid(unsafe_code)]

/// What a step found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is nothing left to do.
    pub is_done: bool,
    /// The offset up to which the file has been gone over.
    pub position: u64,
    /// How many, where things are counted: since the pass began.
    pub count: u64,
    /// What is known since the pass began, in the terms of the pass.
    pub totals: Vec<u64>,
    /// What this step found, in the terms of the pass.
    pub numbers: Vec<u64>,
    /// And bytes, where the pass gives some.
    pub bytes: Vec<u8>,
}

impl Report {
    /// Whether a later step's report may take its place.
    pub(crate) fn is_nothing_new(&self) -> bool {
        !self.is_done && self.numbers.is_empty() && self.bytes.is_empty()
    }
}
