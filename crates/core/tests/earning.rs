//! When a read goes without a map, and when its window has earned one: random sequences against a naive
//! model.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use smmap_core::{
    Access, Cursor, Error, Limits, Manager, MemoryMapper, Options, Policy, Sign, Source, granularity,
};

const WINDOWS: u64 = 6;
const ROOM: u64 = 3;
const ENOUGH: usize = 16;

fn manager(room: u64, strict: bool) -> (Manager<MemoryMapper>, MemoryMapper) {
    manager_of(room, strict, Access::Auto)
}

fn manager_of(room: u64, strict: bool, access: Access) -> (Manager<MemoryMapper>, MemoryMapper) {
    let mapper = MemoryMapper::default();
    let bytes: Vec<u8> = (0..WINDOWS * granularity()).map(|at| u8::try_from(at % 251).unwrap()).collect();
    mapper.write("file", &bytes);
    let limits = Limits { memory: room * granularity(), handles: 100, strict };
    let options = Options { policy: Policy::Windows(granularity()), limits };
    (Manager::with_access(options, access, mapper.clone()), mapper)
}

fn open(manager: &Manager<MemoryMapper>) -> Cursor<MemoryMapper> {
    manager.open(&Source::Path(PathBuf::from("file")), 0).unwrap()
}

/// Reads as a program's reading method does: by the map where that is the way. Whether it was.
fn read(cursor: &mut Cursor<MemoryMapper>, window: u64) -> bool {
    read_as(cursor, window, || unreachable!("nobody sees it in place"))
}

/// As [`read`], by a cursor with a viewer, who can let go of what it was shown.
fn read_as(cursor: &mut Cursor<MemoryMapper>, window: u64, let_go: impl Fn()) -> bool {
    let offset = window * granularity() + 5;
    let mut target = [0; 4];
    let read = cursor.read_lone(&mut target, offset, true).unwrap();
    if read.is_none() {
        while cursor.use_region(offset, 4) == Err(Error::MustLetGo) {
            let_go();
        }
        target.copy_from_slice(cursor.bytes().unwrap());
        cursor.unuse_region();
    }
    let expected: Vec<u8> = (offset..offset + 4).map(|at| u8::try_from(at % 251).unwrap()).collect();
    assert_eq!(target, expected.as_slice());
    read.is_none()
}

fn is_mapped(manager: &Manager<MemoryMapper>, window: u64) -> Option<usize> {
    let regions = manager.regions_of(&Source::Path(PathBuf::from("file")));
    let found = regions.iter().find(|(_, region)| region.offset == window * granularity());
    found.map(|(key, _)| key.slot)
}

/// Everything that ever happened, looked through anew for each question.
#[derive(Default)]
struct Model {
    /// Windows read without a map, one an event; `None` for every other event.
    events: Vec<Option<u64>>,
    /// Mapped windows, the one used longest ago first, each with its last use.
    mapped: Vec<(u64, usize)>,
}

impl Model {
    fn use_of(&mut self, window: u64) {
        self.mapped.retain(|(other, _)| *other != window);
        self.mapped.push((window, self.events.len()));
        self.events.push(None);
    }

    /// Whether the read goes by the map.
    fn read(&mut self, window: u64) -> bool {
        if self.mapped.iter().any(|(other, _)| *other == window) {
            self.use_of(window);
            return true;
        }
        self.events.push(Some(window));
        let is_full = self.mapped.len() as u64 == ROOM;
        let since = if is_full { self.mapped[0].1 } else { 0 };
        let reads = self.events[since..].iter().filter(|event| **event == Some(window)).count();
        if reads < ENOUGH {
            return false;
        }
        if is_full {
            self.mapped.remove(0);
        }
        for event in self.events.iter_mut().filter(|event| **event == Some(window)) {
            *event = None;
        }
        self.use_of(window);
        true
    }
}

#[derive(Clone, Debug)]
enum Op {
    Read(u64),
    /// Used by another cursor, if it is mapped.
    Use(u64),
    /// Read in place by somebody who asks nobody, if it is mapped.
    Stamp(u64),
}

/// Some windows are read far more often than others, and which they are changes.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = |hot: u64| {
        prop_oneof![
            12 => Just(Op::Read(hot)),
            4 => (0..WINDOWS).prop_map(Op::Read),
            1 => (0..WINDOWS).prop_map(Op::Use),
            2 => (0..WINDOWS).prop_map(Op::Stamp),
        ]
    };
    let phase = (0..WINDOWS).prop_flat_map(move |hot| prop::collection::vec(op(hot), 1..60));
    prop::collection::vec(phase, 1..12).prop_map(|phases| phases.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 2_000 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_window_is_mapped_once_it_was_read_often_enough_since_the_last_use_of_what_goes(ops in ops()) {
        let (manager, _) = manager(ROOM, false);
        let board: Arc<[AtomicU64]> = (0..3).map(|_| AtomicU64::new(0)).collect();
        let viewer = manager.attach(Sign { board: Arc::clone(&board), bell: None });
        let (mut reader, mut other) = (open(&manager).seen_by(viewer), open(&manager));
        let (clock, mut model) = (manager.stamps(0).unwrap(), Model::default());
        let let_go = || while !manager.take_gone(viewer, 8).is_empty() {};
        let own = || f64::from_bits(board[0].load(Ordering::Relaxed));
        for op in ops {
            match op {
                Op::Read(window) => {
                    prop_assert_eq!(read_as(&mut reader, window, let_go), model.read(window));
                }
                Op::Use(window) => if is_mapped(&manager, window).is_some() {
                    other.use_region(window * granularity(), 1).unwrap();
                    other.unuse_region();
                    model.use_of(window);
                },
                Op::Stamp(window) => if let Some(slot) = is_mapped(&manager, window) {
                    let now = f64::from_bits(clock[0].load(Ordering::Relaxed)).max(own()) + 1.0;
                    board[0].store(now.to_bits(), Ordering::Relaxed);
                    manager.stamps(1).unwrap()[slot].store(now.to_bits(), Ordering::Relaxed);
                    model.use_of(window);
                },
            }
            let mapped: Vec<u64> =
                (0..WINDOWS).filter(|window| is_mapped(&manager, *window).is_some()).collect();
            let mut expected: Vec<u64> = model.mapped.iter().map(|(window, _)| *window).collect();
            expected.sort_unstable();
            prop_assert_eq!(mapped, expected);
        }
    }
}

#[test]
fn reads_all_over_a_file_far_larger_than_the_limit_map_next_to_nothing() {
    let (manager, _) = manager(1, false);
    let mut cursor = open(&manager);
    let mut state = 1_u64;
    for _ in 0..100_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        read(&mut cursor, (state >> 33) % WINDOWS);
    }
    let counts = manager.stats();
    assert!(counts.maps < 1_000, "{counts:?}");
    assert_eq!(counts.reads + counts.hits + counts.misses, 100_000);
}

#[test]
fn access_can_be_told_to_map_always_or_never() {
    for (access, by_map) in [(Access::Map, true), (Access::Read, false)] {
        let (manager, _) = manager_of(ROOM, false, access);
        let mut cursor = open(&manager);
        assert!((0..100).all(|_| read(&mut cursor, 2) == by_map));
    }
    let (manager, _) = manager_of(ROOM, false, Access::Read);
    let mut cursor = open(&manager);
    cursor.use_region(0, 0).unwrap();
    assert!(!read(&mut cursor, 0), "also where a map is there");
}

#[test]
fn a_window_earns_no_map_that_a_hard_limit_would_refuse() {
    let (manager, _) = manager(1, true);
    let (mut reader, mut holder) = (open(&manager), open(&manager));
    holder.use_region(0, 0).unwrap();
    assert!((0..100).all(|_| !read(&mut reader, 1)));
    holder.unuse_region();
    assert!((0..100).any(|_| read(&mut reader, 1)));
}

#[test]
fn the_region_a_reader_holds_itself_is_no_reason_not_to_map_another() {
    let (manager, _) = manager(1, true);
    let mut cursor = open(&manager);
    cursor.use_region(0, 0).unwrap();
    let mut target = [0];
    let lone = (0..100)
        .take_while(|_| cursor.read_lone(&mut target, granularity(), true).unwrap().is_some())
        .count();
    assert_eq!(lone, ENOUGH - 1);
    assert!(cursor.use_region(granularity(), 1).unwrap().is_some());
}

#[test]
fn a_window_starts_anew_when_its_map_has_gone() {
    let (manager, _) = manager(ROOM, false);
    let mut cursor = open(&manager);
    for _ in 0..2 {
        let lone = (0..100).take_while(|_| !read(&mut cursor, 1)).count();
        assert_eq!(lone, ENOUGH - 1);
        assert_eq!(manager.collect(), 1);
    }
}

#[test]
fn a_lone_read_ends_where_the_file_does_and_fails_when_the_manager_is_closed() {
    let (manager, _) = manager(ROOM, false);
    let mut cursor = open(&manager);
    let end = WINDOWS * granularity();
    let mut target = [7; 8];
    assert_eq!(cursor.read_lone(&mut target, end - 3, true), Ok(Some(3)));
    assert_eq!(target[3..], [7; 5]);
    assert_eq!(cursor.read_lone(&mut target, end, true), Ok(Some(0)));
    manager.close();
    assert_eq!(cursor.read_lone(&mut target, 0, true), Err(Error::Closed));
}

#[test]
fn a_burst_of_reads_is_one_use_where_a_region_would_have_to_go_and_each_counts_where_none_would() {
    // Lookups by an index, a dozen numbers near each other, thrashed: 48,318 maps in 200,000 of them.
    for (room, by_bursts) in [(WINDOWS, false), (1, true)] {
        let (manager, _) = manager(room, false);
        let mut cursor = open(&manager);
        cursor.use_region(0, 1).unwrap();
        cursor.unuse_region();
        let mut target = [0];
        let mut is_lone = |is_use| cursor.read_lone(&mut target, granularity(), is_use).unwrap().is_some();
        for _ in 1..ENOUGH {
            assert!(is_lone(true));
            if by_bursts {
                assert!((0..12).all(|_| is_lone(false)));
            }
        }
        assert!(!by_bursts || is_lone(false));
        assert!(!is_lone(by_bursts));
    }
}

#[test]
fn ten_thousand_small_files_read_once_push_no_count_out() {
    // They did: each had its entry among 4,096.
    let (manager, mapper) = manager(ROOM, false);
    let mut cursor = open(&manager);
    assert!((1..ENOUGH).all(|_| !read(&mut cursor, 0)));
    for number in 0..10_000 {
        let name = number.to_string();
        mapper.write(&name, b"small");
        let mut small = manager.open(&Source::Path(PathBuf::from(name)), 0).unwrap();
        assert_eq!(small.read_lone(&mut [0; 5], 0, true), Ok(Some(5)));
    }
    assert!(read(&mut cursor, 0));
}

/// Two threads that read one file at random had one count between them, behind the manager's lock: they were
/// no faster than one.
#[test]
fn each_viewer_counts_its_own_reads_and_finds_what_the_other_had_mapped() {
    let (manager, _) = manager(ROOM, false);
    let board = || Sign { board: [].into(), bell: None };
    let viewers = [manager.attach(board()), manager.attach(board())];
    let [mut one, mut other] = viewers.map(|viewer| open(&manager).seen_by(viewer));
    assert!((1..ENOUGH).all(|_| !read(&mut one, 1) && !read(&mut other, 1)));
    assert!(read(&mut one, 1), "its sixteenth");
    assert!(read(&mut other, 1), "there is a map now");
    assert!(!read(&mut other, 2));
    assert_eq!((manager.stats().reads, manager.stats().maps), (2 * (ENOUGH as u64 - 1) + 1, 1));
    manager.detach(viewers[1]);
    assert_eq!(manager.stats().reads, 2 * (ENOUGH as u64 - 1) + 1);
}

/// What was free of maps when a reader last looked may be mapped by now, whoever did it and however.
#[test]
fn a_reader_finds_each_map_that_came_since_it_last_looked() {
    let (manager, _) = manager(WINDOWS, false);
    let (mut reader, mut other) = (open(&manager), open(&manager));
    for window in 0..WINDOWS {
        assert!(!read(&mut reader, window) && !read(&mut reader, window));
        other.use_region(window * granularity(), 1).unwrap();
        assert!(read(&mut reader, window), "{window}");
    }
}

#[test]
fn a_file_of_one_window_earns_its_map_and_starts_at_0_when_that_has_gone() {
    let (manager, mapper) = manager(ROOM, false);
    mapper.write("small", b"small");
    let mut cursor = manager.open(&Source::Path(PathBuf::from("small")), 0).unwrap();
    for _ in 0..2 {
        let lone = (0..100).take_while(|_| cursor.read_lone(&mut [0; 5], 0, true) == Ok(Some(5))).count();
        assert_eq!(lone, ENOUGH - 1);
        cursor.use_region(0, 0).unwrap();
        cursor.unuse_region();
        assert_eq!(manager.collect(), 1);
    }
}
