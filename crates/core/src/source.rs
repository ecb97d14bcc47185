//! Where bytes come from: a name the caller gave, and what the system says the file behind it is. Opens nothing.
#![forbid(unsafe_code)]

use std::fmt;
use std::path::PathBuf;

/// A file, as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path, to be opened.
    Path(PathBuf),
    /// A descriptor of the caller's, to be duplicated.
    Descriptor(i32),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "'{}'", path.display()),
            Self::Descriptor(fd) => write!(f, "file descriptor {fd}"),
        }
    }
}

/// Which file it is, whatever it is called: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device.
    pub device: u64,
    /// The inode on it.
    pub inode: u64,
}

/// What kind of file it is, as far as mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Can be mapped.
    Regular,
    /// Cannot: `EISDIR`.
    Directory,
    /// A pipe, a socket or a device; cannot.
    Other,
}

/// A file as it was at one moment: two that differ mean that its content may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which file.
    pub identity: Identity,
    /// What kind of file.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// Last written: seconds and nanoseconds since 1970.
    pub modified: (i64, i64),
    /// Last changed in any way, its attributes too: seconds and nanoseconds since 1970.
    pub changed: (i64, i64),
}

impl Snapshot {
    /// What happened to the file from `self` to `now`, in words that follow "the file"; `None` if nothing did.
    #[must_use]
    pub fn difference(&self, now: &Self) -> Option<&'static str> {
        if self.identity != now.identity {
            Some("was replaced by another one")
        } else if self.size != now.size {
            Some(if now.size > self.size { "has grown" } else { "was truncated" })
        } else if self.modified != now.modified {
            Some("was written to")
        } else if self.changed != now.changed {
            Some("had its attributes or content changed")
        } else {
            None
        }
    }
}
