//! Windows mapped into files: a cache of counted regions under handle and memory limits.
//!
//! The way of a byte, one direction all along: a [`Source`] is opened by a [`Manager`] through a [`Mapper`];
//! a request of a [`Cursor`] is placed as a [`Window`]; the window is mapped as a [`Region`] and counted; the
//! cursor reads its bytes. When a limit is reached, the idle region used longest ago goes.
//!
//! It knows nothing of who uses it: the addon translates.

// Dependencies between these rooms point one way; `tests/rooms.rs` checks it. Below all are `error`, `sync`,
// `window` and `text`, which know nothing of files. `mapping` is the only room with `unsafe`.
mod cache;
mod count;
mod cursor;
mod error;
mod file;
mod lines;
mod manager;
mod mapping;
mod page_cache;
mod run;
mod search;
mod sync;
mod text;
mod window;

pub use cache::budget::Limits;
pub use cache::earning::Access;
pub use cache::placement::{Gap, Policy, needed, place};
pub use cache::region::{Lingering, Region, RegionKey};
pub use cache::stamps::{ROUND, STAMPS_A_BLOCK, StampBlock};
pub use cache::trace::{Event, EventKind, Trace};
pub use cache::viewers::{Sign, Viewer};
pub use count::hash::Blake3;
pub use count::marks::LineMarks;
pub use count::scan::Scan;
pub use cursor::Cursor;
pub use error::{Change, Error, Handles, OsError, PatternFault};
pub use file::source::{Base, Identity, Kind, Origin, Snapshot, Source};
pub use lines::grep::{Grep, GrepOptions};
pub use lines::pattern::LinePattern;
pub use lines::select::Detail;
pub use lines::text::{TextLine, TextPrefix, to_text};
// loom's `Arc` has no weak references.
#[cfg(not(loom))]
pub use manager::WeakManager;
pub use manager::{Manager, Options, Stats};
pub use mapping::{
    Advice, Call, FileMapper, FileMapping, Mapped, Mapper, MemoryFile, MemoryMapper, MemoryMapping, OpenFile,
};
pub use page_cache::prefetch::Prefetch;
pub use page_cache::residency::Residency;
pub use run::found::{Found, Line, Lines, Report, Summary};
pub use run::job::Job;
pub use run::pass::Pass;
pub use run::stop::Stop;
pub use search::find::{find, find_last};
pub use search::matches::Matches;
pub use search::needle::Needle;
pub use search::pattern::Pattern;
pub use text::{Decoded, decode, newlines};
pub use window::{Window, align_down, align_up, granularity};
