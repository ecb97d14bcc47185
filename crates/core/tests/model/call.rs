//! The calls a sequence is made of, and what they are made to. Knows nothing of what they must do.

use std::path::PathBuf;

use smmap_core::{Error, Limits, OsError, Policy, Source};

/// The files of the model, all in one folder; the fourth name is the folder.
/// Absolute on each system: a file whose path is not cannot be opened again by it.
pub(crate) const NAMES: [&str; 4] = if cfg!(windows) {
    ["C:/model/a", "C:/model/ab", "C:/model/c", "C:/model"]
} else {
    ["/model/a", "/model/ab", "/model/c", "/model"]
};

/// What a manager of the model is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
}

/// One call. What it is done to is told by a number of any size: it counts round what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Open {
        file: usize,
    },
    UseRegion {
        cursor: usize,
        offset: u64,
        size: u64,
    },
    Unuse {
        cursor: usize,
    },
    Another {
        cursor: usize,
    },
    Duplicate {
        cursor: usize,
    },
    Drop {
        cursor: usize,
    },
    Check {
        cursor: usize,
    },
    ReadAt {
        cursor: usize,
        offset: u64,
        size: usize,
    },
    /// Holds a region's bytes, as whoever was handed them does.
    Keep {
        cursor: usize,
    },
    LetKept {
        kept: usize,
    },
    Claim {
        region: usize,
        by: i64,
    },
    Release {
        region: usize,
    },
    MapAlone {
        file: usize,
        offset: u64,
        size: u64,
    },
    Collect,
    ForceUnmap {
        name: usize,
    },
    RegionsOf {
        file: usize,
    },
    Write {
        file: usize,
        size: usize,
    },
    Remove {
        file: usize,
    },
    Close,
}

pub(crate) fn source(file: usize) -> Source {
    Source::Path(PathBuf::from(NAMES[file]))
}

/// What the system says of a name that leads nowhere.
pub(crate) fn missing(file: usize) -> Error {
    let cause = OsError { errno: libc::ENOENT, syscall: "open" };
    Error::Os { cause, name: source(file).to_string() }
}
