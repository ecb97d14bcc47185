//! Recorders: their bounds, their ends, and several at once. That they tell the truth is the model's to
//! check.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use smmap_core::{
    Cursor, EventKind, Limits, Manager, MemoryMapper, Options, Policy, Source, Trace, granularity,
};

/// A manager of one region at a time, and a cursor on a file of four pages.
fn one_region() -> (Manager<MemoryMapper>, Cursor<MemoryMapper>) {
    let mapper = MemoryMapper::default();
    mapper.write("/file", &vec![7; usize::try_from(4 * granularity()).unwrap()]);
    let limits = Limits { memory: granularity(), handles: u64::MAX, strict: false };
    let manager = Manager::new(Options { policy: Policy::Windows(granularity()), limits }, mapper);
    let cursor = manager.open(&Source::Path("/file".into()), 0).unwrap();
    (manager, cursor)
}

fn kinds(trace: &Trace) -> Vec<EventKind> {
    trace.read(0, usize::MAX).1.iter().map(|event| event.kind).collect()
}

fn go_to(cursor: &mut Cursor<MemoryMapper>, page: u64) {
    cursor.use_region(page * granularity(), 1).unwrap();
}

#[test]
fn a_full_ring_drops_its_first_events_and_counts_them() {
    let (manager, mut cursor) = one_region();
    let trace = manager.trace(4, false);
    for page in 0..3 {
        go_to(&mut cursor, page);
    }
    // Miss and map, then twice miss, evict and map.
    assert_eq!(trace.dropped(), 4);
    assert_eq!(kinds(&trace), [EventKind::Map, EventKind::Miss, EventKind::Evict, EventKind::Map]);
    let (first, rest) = trace.read(6, 1);
    assert_eq!((first, rest.len(), rest[0].kind), (6, 1, EventKind::Evict));
    assert_eq!(trace.read(100, 1).1.len(), 0);
}

#[test]
fn hits_are_counted_in_every_event_and_are_events_where_they_were_asked_for() {
    let (manager, mut cursor) = one_region();
    go_to(&mut cursor, 0);
    go_to(&mut cursor, 0);
    let (without, with) = (manager.trace(100, false), manager.trace(100, true));
    go_to(&mut cursor, 0);
    go_to(&mut cursor, 0);
    go_to(&mut cursor, 1);
    assert_eq!(kinds(&without), [EventKind::Miss, EventKind::Evict, EventKind::Map]);
    assert_eq!(kinds(&with)[..2], [EventKind::Hit, EventKind::Hit]);
    assert!(without.read(0, 100).1.iter().all(|event| event.hits == 2));
}

#[test]
fn a_stopped_trace_keeps_what_it_has_and_another_one_goes_on() {
    let (manager, mut cursor) = one_region();
    let (stopped, running) = (manager.trace(100, false), manager.trace(100, false));
    go_to(&mut cursor, 0);
    stopped.stop();
    go_to(&mut cursor, 1);
    assert_eq!(kinds(&stopped).len(), 2);
    assert_eq!(kinds(&running).len(), 5);
}
