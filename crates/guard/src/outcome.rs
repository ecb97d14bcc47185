//! What the guard reports to its caller. Knows no system.
#![forbid(unsafe_code)]

/// Whether faults reach the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Ours is the process's `SIGBUS` handler.
    Active,
    /// Ours was installed and another has taken its place. If that one calls the handler it found, the guard
    /// still works; if not, a cut file kills the process or spins in the other handler.
    Replaced,
    /// Never installed: not asked for, `SMMAP_NO_GUARD=1`, refused by the system, or a system that needs
    /// none.
    Off,
}

impl Status {
    /// `"active"`, `"replaced"` or `"off"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Off => "off",
        }
    }
}

/// What has happened to a watched range so far; empty as long as its bytes are the file's.
///
/// It is set before the pages are replaced: who reads a byte first and the damage afterwards never takes a
/// replacement for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage(u32);

impl Damage {
    /// The file ended before the range did: from its new end on, the range reads as zeros.
    pub const TRUNCATED: Self = Self(1);
    /// A page inside the file could not be read (or the file was cut and grown again at once): it reads as
    /// zeros.
    pub const IO_ERROR: Self = Self(2);
    /// The system refused the replacing map until a spare map was given back, as at `vm.max_map_count`. There
    /// are eight, made again by the next registration that finds room; without one the process dies as
    /// without us.
    pub const MAP_LIMIT: Self = Self(4);

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The flags as a number: 1 truncated, 2 I/O error, 4 map limit.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Nothing happened.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// [`Self::TRUNCATED`] is among the flags.
    #[must_use]
    pub const fn is_truncated(self) -> bool {
        self.0 & Self::TRUNCATED.0 != 0
    }

    /// [`Self::IO_ERROR`] is among the flags.
    #[must_use]
    pub const fn is_io_error(self) -> bool {
        self.0 & Self::IO_ERROR.0 != 0
    }

    /// [`Self::MAP_LIMIT`] is among the flags.
    #[must_use]
    pub const fn is_map_limit(self) -> bool {
        self.0 & Self::MAP_LIMIT.0 != 0
    }
}

/// What the caller may do with a range that is no longer watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a range that must be leaked may not be unmapped"]
pub enum Retired {
    /// No handler knows the range any more: unmap it.
    Unmap,
    /// A handler was still at work on the range when the wait ended (its thread may be stopped, or was left
    /// behind by `fork`). Never unmap: the handler could map over whatever comes to lie there.
    Leak,
}
