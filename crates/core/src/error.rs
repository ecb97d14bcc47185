//! What can go wrong, with the numbers and the remedy. Knows nothing of how it came about.
#![forbid(unsafe_code)]

use std::fmt;

/// Everything the crate refuses or fails at. [`Error::code`] is stable; the text is for people.
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
        kind: &'static str,
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
        /// What changed.
        what: &'static str,
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
        message: String,
    },
    /// Regions that the viewer was shown must go first. It lets go of what [`crate::Manager::take_gone`]
    /// tells it, and calls again.
    MustLetGo,
    /// The region has been released or evicted.
    Released,
    /// The manager is closed.
    Closed,
    /// The work was [stopped](crate::Stop).
    Stopped,
}

impl Error {
    /// The stable name of the kind: `OS` for what the system refused, else what the JavaScript error's `code`
    /// is.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Os { .. } => "OS",
            Self::NotRegularFile { .. } => "ERR_SMMAP_NOT_REGULAR_FILE",
            Self::FileTooLarge { .. } => "ERR_SMMAP_UNSUPPORTED",
            Self::HandleLimit { .. } => "ERR_SMMAP_HANDLE_LIMIT",
            Self::MemoryLimit { .. } => "ERR_SMMAP_MEMORY_LIMIT",
            Self::FileTruncated { .. } => "ERR_SMMAP_FILE_TRUNCATED",
            Self::FileChanged { .. } => "ERR_SMMAP_FILE_CHANGED",
            Self::BeyondEnd { .. } | Self::EmptyFile { .. } => "ERR_SMMAP_OFFSET_BEYOND_END",
            Self::Unaligned { .. } | Self::CountBelowZero { .. } => "ERR_OUT_OF_RANGE",
            Self::InvalidPattern { .. } => "ERR_INVALID_ARG_VALUE",
            Self::MustLetGo => "MUST_LET_GO",
            Self::Released => "ERR_SMMAP_RELEASED",
            Self::Closed => "ERR_SMMAP_CLOSED",
            Self::Stopped => "ABORT_ERR",
        }
    }

    pub(crate) fn os(cause: OsError, name: &impl fmt::Display) -> Self {
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
            Self::HandleLimit { limit, kind } => write!(
                f,
                "{limit} {kind} are in use and maxOpenHandles is {limit}: close a cursor, or raise the limit"
            ),
            Self::MemoryLimit { limit, used, wanted } => write!(
                f,
                "{wanted} more bytes do not fit the strict memory limit of {limit} bytes, {used} of them in \
                 use: close a cursor, make windows smaller, or raise maxMemorySize"
            ),
            Self::FileTruncated { name, opened, now: Some(now) } => write!(
                f,
                "the file was truncated from {opened} to {now} bytes while it was mapped: {name}; \
                 make a new cursor"
            ),
            Self::FileTruncated { name, opened, now: None } => write!(
                f,
                "the file of {opened} bytes was truncated while it was mapped: {name}; make a new cursor"
            ),
            Self::FileChanged { name, what } => {
                write!(
                    f,
                    "the file {what} since it was opened: {name}; make a new cursor to see it as it is now"
                )
            }
            Self::EmptyFile { name } => write!(f, "offset 0 is beyond the end of the file (0 bytes): {name}"),
            Self::Unaligned { offset, unit } => write!(
                f,
                "The value of \"ofs\" is out of range. It must be a multiple of {unit} \
                 (ALLOCATIONGRANULARITY). Received {offset}"
            ),
            Self::BeyondEnd { offset, size, name } => {
                write!(f, "offset {offset} is beyond the end of the file ({size} bytes): {name}")
            }
            Self::CountBelowZero { count, by } => write!(
                f,
                "The value of \"by\" is out of range. It must be >= -{count}, the client count that may be \
                 given back. Received {by}"
            ),
            Self::InvalidPattern { message } => f.write_str(message),
            Self::MustLetGo => write!(f, "regions that were evicted are still shown"),
            Self::Released => write!(f, "the region has been released or evicted"),
            Self::Closed => write!(f, "the manager is closed"),
            Self::Stopped => write!(f, "the work was stopped"),
        }
    }
}

impl std::error::Error for Error {}

/// A refusal of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsError {
    /// The C library's number of the error, positive; on Windows too.
    pub errno: i32,
    /// The call that was refused, as Node names it.
    pub syscall: &'static str,
}

impl OsError {
    /// Whether there was too little of something that unmapping idle regions gives back.
    #[must_use]
    pub fn is_shortage(self) -> bool {
        [libc::ENOMEM, libc::EMFILE, libc::ENFILE, libc::EAGAIN].contains(&self.errno)
    }
}

impl fmt::Display for OsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", std::io::Error::from_raw_os_error(self.errno), self.syscall)
    }
}
