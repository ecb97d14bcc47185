//! What can go wrong, as a kind with its numbers. Knows neither where an error arose nor the messages that
//! users of the addon read.
#![forbid(unsafe_code)]

use std::fmt;

/// Everything the crate refuses or fails at. [`Error::kind`] is stable. The text is for users of this crate;
/// the addon writes its own, from the kind and the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a call.
    Os {
        /// What the system said, and to which call.
        cause: OsError,
        /// The file, as the caller named it.
        name: String,
    },
    /// The name is not that of a regular file: a directory is an [`Error::Os`], this is a pipe, a socket or a
    /// device.
    NotRegularFile {
        /// The file, as the caller named it.
        name: String,
    },
    /// The file has more bytes than offsets can count.
    FileTooLarge {
        /// The file, as the caller named it.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// One more mapping or file than the handle limit allows, and none of them idle.
    HandleLimit {
        /// The limit.
        limit: u64,
        /// What there are too many of.
        kind: Handles,
    },
    /// A strict memory limit has no room, and too little is idle.
    MemoryLimit {
        /// The limit in bytes.
        limit: u64,
        /// Bytes mapped and in use.
        used: u64,
        /// Bytes the new region takes.
        wanted: u64,
    },
    /// The file is shorter than when it was opened.
    FileTruncated {
        /// The file, as the caller named it.
        name: String,
        /// Its size in bytes when it was opened.
        opened: u64,
        /// Its size in bytes now, if it could be asked.
        now: Option<u64>,
    },
    /// The file was replaced, grown or rewritten since it was opened.
    FileChanged {
        /// The file, as the caller named it.
        name: String,
        /// What became of it.
        what: Change,
    },
    /// There is nothing to map in an empty file.
    EmptyFile {
        /// The file, as the caller named it.
        name: String,
    },
    /// A region must start on a multiple of the allocation granularity.
    Unaligned {
        /// The offset asked for.
        offset: u64,
        /// The allocation granularity.
        unit: u64,
    },
    /// The offset is at or past the end of the file.
    BeyondEnd {
        /// The offset asked for.
        offset: u64,
        /// The file's size in bytes.
        size: u64,
        /// The file, as the caller named it.
        name: String,
    },
    /// A client count cannot fall below zero, nor below its cursors.
    CountBelowZero {
        /// The count that may be given back.
        count: u64,
        /// The change asked for.
        by: i64,
    },
    /// What to search for makes no sense.
    InvalidPattern {
        /// Why.
        fault: PatternFault,
    },
    /// Regions that the viewer was shown must go first. It is to let go of what
    /// [`crate::Manager::take_gone`] returns, and call again.
    MustLetGo,
    /// The region has been released or evicted.
    Released,
    /// The manager is closed.
    Closed,
    /// The work was [stopped](crate::Stop).
    Stopped,
}

impl Error {
    /// The stable name of the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        // Without a wildcard, so that the compiler asks for the kind of a new variant.
        match self {
            Self::Os { .. } => "os",
            Self::NotRegularFile { .. } => "not-regular-file",
            Self::FileTooLarge { .. } => "file-too-large",
            Self::HandleLimit { .. } => "handle-limit",
            Self::MemoryLimit { .. } => "memory-limit",
            Self::FileTruncated { .. } => "file-truncated",
            Self::FileChanged { .. } => "file-changed",
            Self::EmptyFile { .. } => "empty-file",
            Self::BeyondEnd { .. } => "beyond-end",
            Self::Unaligned { .. } => "unaligned",
            Self::CountBelowZero { .. } => "count-below-zero",
            Self::InvalidPattern { .. } => "invalid-pattern",
            Self::MustLetGo => "must-let-go",
            Self::Released => "released",
            Self::Closed => "closed",
            Self::Stopped => "stopped",
        }
    }

    pub(crate) fn os(cause: OsError, name: &impl fmt::Display) -> Self {
        // The name is made text only here: a call that succeeds does not pay for it.
        Self::Os { cause, name: name.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Os { cause, name } => write!(f, "{cause}: {name}"),
            Self::NotRegularFile { name } => {
                write!(f, "only a regular file can be mapped, this is a pipe, a socket or a device: {name}")
            }
            Self::FileTooLarge { name, size } => {
                write!(f, "a file of {size} bytes is more than offsets can count (2^53 - 1): {name}")
            }
            Self::HandleLimit { limit, kind } => {
                write!(f, "{limit} {kind} are in use, which is the limit of handles")
            }
            Self::MemoryLimit { limit, used, wanted } => write!(
                f,
                "{wanted} more bytes do not fit the memory limit of {limit} bytes, {used} of them in use"
            ),
            Self::FileTruncated { name, opened, now: Some(now) } => {
                write!(f, "the file was truncated from {opened} to {now} bytes: {name}")
            }
            Self::FileTruncated { name, opened, now: None } => {
                write!(f, "the file of {opened} bytes was truncated: {name}")
            }
            Self::FileChanged { name, what } => write!(f, "the file {what} since it was opened: {name}"),
            Self::EmptyFile { name } => write!(f, "offset 0 is beyond the end of the file (0 bytes): {name}"),
            Self::Unaligned { offset, unit } => write!(f, "offset {offset} is not a multiple of {unit}"),
            Self::BeyondEnd { offset, size, name } => {
                write!(f, "offset {offset} is beyond the end of the file ({size} bytes): {name}")
            }
            Self::CountBelowZero { count, by } => {
                write!(f, "a count of {count} cannot be changed by {by}")
            }
            Self::InvalidPattern { fault } => fault.fmt(f),
            Self::MustLetGo => write!(f, "regions that were evicted are still shown"),
            Self::Released => write!(f, "the region has been released or evicted"),
            Self::Closed => write!(f, "the manager is closed"),
            Self::Stopped => write!(f, "the work was stopped"),
        }
    }
}

impl std::error::Error for Error {}

/// What a handle limit bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handles {
    /// Mappings in the cache.
    Mappings,
    /// Descriptors of open files.
    Files,
}

impl fmt::Display for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mappings => "mappings",
            Self::Files => "files",
        })
    }
}

/// What became of a file since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its name leads nowhere.
    Removed,
    /// Its name leads to another file.
    Replaced,
    /// It is longer.
    Grown,
    /// It is shorter.
    Truncated,
    /// Its time of writing is another.
    Written,
    /// Its time of any change is another.
    Touched,
}

impl Change {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::Grown => "grown",
            Self::Truncated => "truncated",
            Self::Written => "written",
            Self::Touched => "touched",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was {}", self.name())
    }
}

/// Why a pattern cannot be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// It has no bytes.
    Empty,
    /// Lines are searched, and it asks for a newline, which no line has.
    Newline,
    /// The compiled expression takes more than `most` bytes.
    TooLarge {
        /// The most bytes it may take.
        most: usize,
    },
    /// It is no expression.
    Syntax {
        /// The parser's own words.
        message: String,
    },
}

// For `?` and `into()` in functions that refuse a pattern.
impl From<PatternFault> for Error {
    fn from(fault: PatternFault) -> Self {
        Self::InvalidPattern { fault }
    }
}

impl fmt::Display for PatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the pattern is empty"),
            Self::Newline => f.write_str("the pattern asks for a newline, which no line has"),
            Self::TooLarge { most } => write!(f, "the compiled expression takes more than {most} bytes"),
            Self::Syntax { message } => f.write_str(message),
        }
    }
}

/// A refusal of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsError {
    /// The C library's number of the error, positive; on Windows too.
    pub errno: i32,
    /// The call that was refused, as libuv names it.
    pub syscall: &'static str,
}

impl OsError {
    /// Whether there was too little of something that unmapping idle regions gives back.
    #[must_use]
    pub fn is_shortage(self) -> bool {
        // `mmap(2)` says ENOMEM at the limit of maps too; EAGAIN is locked memory (`RLIMIT_MEMLOCK`).
        [libc::ENOMEM, libc::EMFILE, libc::ENFILE, libc::EAGAIN].contains(&self.errno)
    }
}

impl fmt::Display for OsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", std::io::Error::from_raw_os_error(self.errno), self.syscall)
    }
}
