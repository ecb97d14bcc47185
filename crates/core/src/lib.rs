//! Windows mapped into files: a cache of counted regions under handle and memory limits.
//!
//! The way of a byte, one direction all along: a [`Source`] is opened by a [`Manager`] through a [`Mapper`]; a request
//! of a [`Cursor`] is placed as a [`Window`]; the window is mapped as a [`Region`] and counted; the cursor reads its
//! bytes. When a limit is reached, the idle region used longest ago goes.
//!
//! No word of JavaScript here: the addon's crate translates.

mod budget;
mod cache;
mod cursor;
mod digest;
mod earning;
mod error;
mod files;
mod granularity;
mod grep;
mod job;
mod line_block;
mod line_context;
mod line_marks;
mod line_parts;
mod line_pattern;
mod line_select;
mod line_tally;
mod lines;
mod long_line;
mod manager;
mod mapping;
mod matches;
mod occurrences;
mod pace;
mod pass;
mod pattern;
mod placement;
mod prefetch;
mod recency;
mod regex_matches;
mod region;
mod region_list;
mod residency;
mod scan;
mod search;
mod source;
mod stamps;
mod sweep;
mod sync;
mod threads;
mod trace;
mod window;

pub use budget::Limits;
pub use cache::RegionKey;
pub use cursor::Cursor;
pub use digest::Blake3;
pub use earning::Access;
pub use error::Error;
pub use granularity::{align_down, align_up, granularity};
pub use grep::{Grep, GrepOptions};
pub use job::Job;
pub use line_marks::LineMarks;
pub use line_pattern::LinePattern;
pub use line_select::Detail;
pub use lines::{Decoded, decode, newlines};
pub use manager::{Manager, Options, Stats};
pub use mapping::{
    Advice, Call, FileMapper, FileMapping, Mapped, Mapper, MemoryFile, MemoryMapper, MemoryMapping, OsError,
};
pub use matches::Matches;
pub use pass::{Pass, Report};
pub use pattern::Pattern;
pub use placement::{Gap, Policy, needed, place};
pub use prefetch::Prefetch;
pub use region::{Lingering, Region};
pub use residency::Residency;
pub use scan::{Scan, Summary};
pub use search::{Needle, find, find_last};
pub use source::{Base, Identity, Kind, Origin, Snapshot, Source};
pub use stamps::Stamps;
pub use trace::{Event, EventKind, Trace};
pub use window::Window;
