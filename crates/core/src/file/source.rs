//! Where bytes come from: the name the caller gave, and what the system says of the file with that name.
//! Opens nothing.
#![forbid(unsafe_code)]

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Change;
use crate::sync::{AtomicBool, Mutex, Ordering, lock};

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
    /// Made: seconds and nanoseconds since 1970, where the file system knows.
    pub born: Option<(i64, i64)>,
}

impl Snapshot {
    /// What happened to the file from `self` to `now`; `None` if nothing did.
    #[must_use]
    pub fn difference(&self, now: &Self) -> Option<Change> {
        if self.identity != now.identity {
            Some(Change::Replaced)
        // Size before times: a write that changes the size changes the times too, and the size says more.
        } else if self.size != now.size {
            Some(if now.size > self.size { Change::Grown } else { Change::Truncated })
        } else if self.modified != now.modified {
            Some(Change::Written)
        } else if self.changed != now.changed {
            Some(Change::Touched)
        } else {
            None
        }
    }

    /// Whether `now` is of the same file, whatever was written to it since. Where the file system knows no
    /// time of birth, only a file that did not change at all counts as the same.
    #[must_use]
    pub fn is_same_file(&self, now: &Self) -> bool {
        // Device and inode are not enough: ext4 gives a free inode's number to the very next file made.
        // `changed` is not compared: renaming a file, or a link to it, changes that too.
        let is_same = self.identity == now.identity && self.born == now.born;
        is_same && (self.born.is_some() || self.difference(now).is_none())
    }
}

/// What identifies an open file: the name it was asked for by, which file it is, and every path it was opened
/// by.
#[derive(Debug)]
pub struct Origin {
    /// As it was first asked for; for messages, and for looking whether the name still leads here.
    pub source: Source,
    /// Which file.
    pub identity: Identity,
    /// Absolute paths it was opened by, except `source` if that is one: most files have no other name, and
    /// copying it took 150 of the 4,000 ns that opening a file takes.
    names: Mutex<Vec<PathBuf>>,
    is_damaged: AtomicBool,
}

impl Origin {
    pub(crate) fn new(source: &Source, identity: Identity) -> Self {
        let origin = Self {
            source: source.clone(),
            identity,
            names: Mutex::default(),
            is_damaged: AtomicBool::new(false),
        };
        origin.add_name(source);
        origin
    }

    /// A mapping of the file turned out to lack pages: reads through it see zeros.
    pub fn note_damage(&self) {
        self.is_damaged.store(true, Ordering::Relaxed);
    }

    /// Whether any mapping of the file, as it was opened, was found to lack pages.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// An absolute path of the file, which leads to it after `chdir(2)` too; `None` if it was only opened by
    /// a descriptor.
    pub(crate) fn path(&self) -> Option<Source> {
        match &self.source {
            Source::Path(path) if path.is_absolute() => Some(self.source.clone()),
            _ => lock(&self.names).first().cloned().map(Source::Path),
        }
    }

    pub(crate) fn add_name(&self, source: &Source) {
        let Source::Path(path) = source else { return };
        if path.is_absolute() && *source == self.source {
            return;
        }
        // Relative to the present working directory, which is what the caller meant; the process may change
        // it later.
        let absolute = absolute(path);
        let mut names = lock(&self.names);
        if !names.contains(&absolute) {
            names.push(absolute);
        }
    }

    /// Whether the file is, or lies under, what `base` names: by whole path segments, symbolic links
    /// resolved.
    #[must_use]
    pub fn lies_under(&self, base: &Base) -> bool {
        // `source` is not among `names` where it is absolute.
        let first = match &self.source {
            Source::Path(path) if path.is_absolute() => Some(absolute(path)),
            _ => None,
        };
        base.file == Some(self.identity)
            || first.is_some_and(|name| base.covers(&name))
            || lock(&self.names).iter().any(|name| base.covers(name))
    }
}

/// A file or folder whose files are meant, by every name it has.
#[derive(Debug)]
pub struct Base {
    absolute: PathBuf,
    resolved: Option<PathBuf>,
    file: Option<Identity>,
}

impl Base {
    /// What `path` names; `snapshot` is what it leads to now.
    #[must_use]
    pub fn new(path: &Path, snapshot: Option<Snapshot>) -> Self {
        let file =
            snapshot.filter(|snapshot| snapshot.kind == Kind::Regular).map(|snapshot| snapshot.identity);
        Self { absolute: absolute(path), resolved: std::fs::canonicalize(path).ok(), file }
    }

    fn covers(&self, name: &Path) -> bool {
        // Resolving a name costs system calls, so the spelling is compared first.
        let under = |base: &PathBuf| {
            name.starts_with(base) || std::fs::canonicalize(name).is_ok_and(|name| name.starts_with(base))
        };
        name.starts_with(&self.absolute) || self.resolved.as_ref().is_some_and(under)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
