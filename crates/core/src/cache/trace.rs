//! What a manager did, kept in rings of bounded length. Knows events; the cache decides when they happen.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::file::source::Origin;
use crate::sync::{Arc, Mutex, lock};
use crate::window::Window;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A file was opened that was not open, or had changed since. The window is all of it.
    Open,
    /// A region that was asked for was there; the window is the region's. Recorded only on request.
    Hit,
    /// No region covered what was asked for; the window is what was asked for.
    Miss,
    /// A region was mapped.
    Map,
    /// A region had to go: for another, for the system, or because everything idle was collected.
    Evict,
    /// A region left the cache for another reason: given back, taken by force, its file changed or was cut,
    /// all closed.
    Release,
}

/// What happened, when, to what, and how things stood afterwards.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// How long after the trace began.
    pub time: Duration,
    /// The file.
    pub origin: Arc<Origin>,
    /// The part of the file.
    pub window: Window,
    /// Bytes mapped by regions in the cache.
    pub mapped: u64,
    /// Hits since the trace began.
    pub hits: u64,
}

/// How a manager stands, for the event that brought it there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    pub(crate) mapped: u64,
    pub(crate) hits: u64,
}

/// A recorder of events, running until it is stopped. A clone is the same recorder.
#[derive(Clone, Debug)]
pub struct Trace(Arc<Mutex<Ring>>);

#[derive(Debug)]
struct Ring {
    begun: Instant,
    capacity: usize,
    with_hits: bool,
    /// The manager's hits when it began.
    hits: u64,
    events: VecDeque<Event>,
    /// How many were dropped to make room.
    dropped: u64,
    is_stopped: bool,
}

impl Trace {
    /// Keeps the last `capacity` events; those of [`EventKind::Hit`] with `with_hits` only.
    pub(crate) fn new(capacity: usize, with_hits: bool, hits: u64) -> Self {
        Self(Arc::new(Mutex::new(Ring {
            begun: Instant::now(),
            capacity,
            with_hits,
            hits,
            events: VecDeque::new(),
            dropped: 0,
            is_stopped: false,
        })))
    }

    /// Records nothing more. What was recorded stays.
    pub fn stop(&self) {
        lock(&self.0).is_stopped = true;
    }

    /// How many of the first events are gone.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        lock(&self.0).dropped
    }

    /// The number of the first event given, and at most `most` events: those from number `from` on that are
    /// not gone.
    #[must_use]
    pub fn read(&self, from: u64, most: usize) -> (u64, Vec<Event>) {
        let ring = lock(&self.0);
        let first = from.max(ring.dropped);
        let skipped = usize::try_from(first - ring.dropped).unwrap_or(usize::MAX);
        (first, ring.events.iter().skip(skipped).take(most).cloned().collect())
    }

    /// False: it wants no more events.
    fn record(&self, kind: EventKind, event: &dyn Fn(&Ring) -> Event) -> bool {
        let ring = &mut *lock(&self.0);
        if ring.is_stopped || (kind == EventKind::Hit && !ring.with_hits) {
            return !ring.is_stopped;
        }
        let event = event(ring);
        // The newest events are the ones that explain what is seen now.
        if ring.events.len() >= ring.capacity {
            ring.events.pop_front();
            ring.dropped += 1;
        }
        ring.events.push_back(event);
        true
    }
}

/// The recorders of one manager; nearly always none, and then an event costs a comparison.
#[derive(Debug, Default)]
pub(crate) struct Traces(Vec<Trace>);

impl Traces {
    pub(crate) fn add(&mut self, trace: Trace) {
        self.0.push(trace);
    }

    #[inline]
    pub(crate) fn record(&mut self, kind: EventKind, origin: &Arc<Origin>, window: Window, totals: Totals) {
        // Before anything is computed: nearly no manager is traced.
        if self.0.is_empty() {
            return;
        }
        self.0.retain(|trace| {
            trace.record(kind, &|ring| Event {
                kind,
                time: ring.begun.elapsed(),
                origin: Arc::clone(origin),
                window,
                mapped: totals.mapped,
                hits: totals.hits - ring.hits,
            })
        });
    }
}
