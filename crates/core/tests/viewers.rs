//! Memory that a viewer was shown stays mapped until it has let go: whoever takes the region out of the
//! cache, and whatever else happens. Beside a naive list of what the viewer may still read.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use proptest::prelude::*;
use smmap_core::{
    Cursor, Error, Limits, Manager, MemoryMapper, MemoryMapping, Options, Policy, Region, RegionKey, Sign,
    Source, Viewer, granularity,
};

const WINDOWS: u64 = 6;

struct Place {
    manager: Manager<MemoryMapper>,
    mapper: MemoryMapper,
    viewer: Viewer,
    board: Arc<[AtomicU64]>,
}

fn place(room: u64) -> Place {
    let mapper = MemoryMapper::default();
    mapper.write("file", &vec![7; usize::try_from(WINDOWS * granularity()).unwrap()]);
    let limits = Limits { memory: room * granularity(), handles: 100, strict: false };
    let manager = Manager::new(Options { policy: Policy::Windows(granularity()), limits }, mapper.clone());
    let board: Arc<[AtomicU64]> = (0..3).map(|_| AtomicU64::new(0)).collect();
    let viewer = manager.attach(Sign { board: Arc::clone(&board), bell: None });
    Place { manager, mapper, viewer, board }
}

impl Place {
    fn open(&self) -> Cursor<MemoryMapper> {
        self.manager.open(&Source::Path("file".into()), 0).unwrap().seen_by(self.viewer)
    }

    /// How many regions the viewer was told of. Everything it was told of is let go of then.
    fn sweep(&self) -> Vec<RegionKey> {
        let mut all = Vec::new();
        loop {
            let gone = self.manager.take_gone(self.viewer, 2);
            if gone.is_empty() {
                return all;
            }
            all.extend(gone);
        }
    }

    fn losses(&self) -> f64 {
        f64::from_bits(self.board.last().unwrap().load(std::sync::atomic::Ordering::Relaxed))
    }
}

#[test]
fn a_shown_region_stays_mapped_until_its_viewer_was_told_and_came_back() {
    // It was: a region given back by release() while a cursor was on it was unmapped when that cursor moved
    // on, and read afterwards by a reader that nobody had told.
    let place = place(WINDOWS);
    let mut cursor = place.open();
    let key = cursor.use_region(0, 1).unwrap().unwrap();
    place.manager.release(key);
    assert_eq!(cursor.use_region(granularity(), 1), Err(Error::MustLetGo));
    assert_eq!((place.manager.stats().regions, place.mapper.live_mappings()), (0, 1));
    assert!(place.manager.region(key).is_none() && place.manager.shown(place.viewer, key).is_some());
    assert_eq!((place.manager.take_gone(place.viewer, 5), place.mapper.live_mappings()), (vec![key], 1));
    assert_eq!((place.manager.take_gone(place.viewer, 5), place.mapper.live_mappings()), (vec![], 0));
    assert!(cursor.use_region(granularity(), 1).unwrap().is_some());
    assert!(place.manager.shown(place.viewer, key).is_none());
    assert!(place.losses() > 0.0);
}

#[test]
fn a_viewer_must_let_go_before_what_it_keeps_makes_room_and_the_limit_holds_to_the_byte() {
    let place = place(2);
    let mut cursor = place.open();
    for window in 0..WINDOWS {
        let moved = cursor.use_region(window * granularity(), 1);
        if window < 2 {
            assert!(moved.unwrap().is_some());
            continue;
        }
        assert_eq!(moved, Err(Error::MustLetGo));
        assert_eq!(place.sweep().len(), 1);
        assert!(place.mapper.live_mappings() < 2);
        assert!(cursor.use_region(window * granularity(), 1).unwrap().is_some());
        assert_eq!(place.mapper.live_mappings(), 2);
    }
    let stats = place.manager.stats();
    assert_eq!((stats.misses, stats.maps, stats.evictions), (WINDOWS, WINDOWS, WINDOWS - 2));
    assert_eq!(stats.lingering_bytes, 0);
}

#[test]
fn what_nobody_is_shown_goes_before_what_somebody_reads_in_place() {
    let place = place(3);
    let mut reader = place.open();
    for window in 0..2 {
        reader.use_region(window * granularity(), 1).unwrap();
    }
    reader.unuse_region();
    let mut pass = reader.another().unwrap();
    for window in 2..WINDOWS {
        pass.use_region(window * granularity(), 1).unwrap();
        pass.unuse_region();
    }
    assert!(place.sweep().is_empty(), "a pass over the file pushed out what is read in place");
    assert_eq!(place.manager.stats().mapped_memory, 3 * granularity());
}

#[test]
fn a_cursor_that_was_somewhere_for_a_while_is_used_there_and_its_region_before_was_left_when_it_was_stamped()
{
    let place = place(WINDOWS);
    let mut cursor = place.open();
    let first = cursor.use_region(0, 1).unwrap().unwrap();
    let second = cursor.use_region(granularity(), 1).unwrap().unwrap();
    assert!(cursor.stand_on(Some(first)));
    assert_eq!((place.manager.client_count(first), place.manager.client_count(second)), (2, 1));
    assert_eq!(place.manager.collect(), 1);
    assert!(cursor.stand_on(Some(second)), "evicted, and not let go of yet");
    assert!(cursor.is_valid() && cursor.bytes().is_some());
    place.sweep();
    assert!(cursor.is_valid() && place.mapper.live_mappings() == 2, "the cursor holds it by itself");
    assert!(!cursor.stand_on(None) && !cursor.is_valid());
    assert_eq!(place.mapper.live_mappings(), 1);
    assert!(!cursor.stand_on(Some(second)), "gone for good");
}

#[test]
fn a_viewer_that_detaches_keeps_nothing() {
    let place = place(WINDOWS);
    let mut cursor = place.open();
    cursor.use_region(0, 1).unwrap();
    drop(cursor);
    assert_eq!((place.manager.collect(), place.mapper.live_mappings()), (1, 1));
    place.manager.detach(place.viewer);
    assert_eq!(place.mapper.live_mappings(), 0);
    assert!(place.manager.take_gone(place.viewer, 1).is_empty());
}

#[test]
fn a_viewer_that_does_not_come_back_keeps_what_it_was_shown_by_then_and_no_more() {
    let place = place(2);
    let mut blocked = place.open();
    for window in 0..2 {
        blocked.use_region(window * granularity(), 1).unwrap();
    }
    blocked.unuse_region();
    let busy = place.manager.attach(Sign { board: Arc::new([]), bell: None });
    let mut cursor = place.manager.open(&Source::Path("file".into()), 0).unwrap().seen_by(busy);
    for window in (0..WINDOWS).rev().chain(0..WINDOWS) {
        while cursor.use_region(window * granularity(), 1) == Err(Error::MustLetGo) {
            while !place.manager.take_gone(busy, 1).is_empty() {}
        }
        let stats = place.manager.stats();
        assert!(stats.mapped_memory <= 2 * granularity(), "{stats:?}");
        assert!(stats.lingering_bytes <= 2 * granularity(), "{stats:?}");
    }
    assert_eq!(place.manager.stats().lingering_bytes, 2 * granularity());
    assert_eq!(place.sweep().len(), 2);
    assert_eq!(place.manager.stats().lingering_bytes, 0);
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Move(usize, u64),
    Unuse(usize),
    Reopen(usize),
    Release(usize),
    Collect,
    ForceUnmap,
    Sweep,
    Elsewhere(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        12 => (0..3_usize, 0..WINDOWS).prop_map(|(cursor, window)| Op::Move(cursor, window)),
        3 => (0..3_usize).prop_map(Op::Unuse),
        2 => (0..3_usize).prop_map(Op::Reopen),
        3 => (0..20_usize).prop_map(Op::Release),
        2 => Just(Op::Collect),
        1 => Just(Op::ForceUnmap),
        4 => Just(Op::Sweep),
        3 => (0..WINDOWS).prop_map(Op::Elsewhere),
    ];
    prop::collection::vec(op, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 3_000 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_a_viewer_can_read_what_it_was_shown_until_it_let_go(
        ops in ops(),
        room in 1..=WINDOWS,
    ) {
        let place = place(room);
        let mut cursors: Vec<_> = (0..3).map(|_| place.open()).collect();
        let mut other = place.manager.open(&Source::Path("file".into()), 0).unwrap();
        // What the viewer reads without asking: kept here only to be looked at, never to keep it mapped.
        let mut seen: BTreeMap<(usize, u64), RegionKey> = BTreeMap::new();
        for op in ops {
            match op {
                Op::Move(cursor, window) => loop {
                    match cursors[cursor].use_region(window * granularity(), 1) {
                        Err(Error::MustLetGo) => {
                            let gone = place.sweep();
                            prop_assert!(!gone.is_empty(), "asked to let go of nothing");
                            for key in gone {
                                seen.remove(&(key.slot, key.generation));
                            }
                        }
                        moved => {
                            let key = moved.unwrap().unwrap();
                            seen.insert((key.slot, key.generation), key);
                            break;
                        }
                    }
                },
                Op::Unuse(cursor) => cursors[cursor].unuse_region(),
                Op::Reopen(cursor) => cursors[cursor] = place.open(),
                Op::Release(at) => {
                    if let Some(key) = seen.values().nth(at) {
                        place.manager.release(*key);
                    }
                }
                Op::Collect => drop(place.manager.collect()),
                Op::ForceUnmap => drop(place.manager.force_unmap(&place.manager.base("file".as_ref()))),
                Op::Sweep => for key in place.sweep() {
                    seen.remove(&(key.slot, key.generation));
                },
                Op::Elsewhere(window) => {
                    other.use_region(window * granularity(), 1).unwrap();
                    other.unuse_region();
                }
            }
            for key in seen.values() {
                let region: Option<Arc<Region<MemoryMapping>>> = place.manager.shown(place.viewer, *key);
                let is_mapped = region.is_some_and(|region| region.bytes()[0] == 7);
                prop_assert!(is_mapped, "unmapped under its viewer");
            }
        }
        drop((cursors, other));
        let _ = place.manager.collect();
        place.sweep();
        let stats = place.manager.stats();
        prop_assert_eq!((stats.regions, stats.lingering_regions, place.mapper.live_mappings()), (0, 0, 0));
    }
}
