//! Every order in which threads may come, by loom's model checker:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p smmap-core --test loom`.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use smmap_core::{
    Call, Cursor, Error, Limits, Manager, MemoryMapper, Options, Policy, Sign, Source, granularity,
};

fn manager(handles: u64) -> (Manager<MemoryMapper>, MemoryMapper) {
    let mapper = MemoryMapper::default();
    mapper.write("/file", &vec![7; usize::try_from(2 * granularity()).unwrap()]);
    let limits = Limits { memory: u64::MAX, handles, strict: false };
    let options = Options { policy: Policy::Windows(granularity()), limits };
    (Manager::new(options, mapper.clone()), mapper)
}

fn open(manager: &Manager<MemoryMapper>) -> Cursor<MemoryMapper> {
    manager.open(&Source::Path("/file".into()), 0).unwrap()
}

#[test]
fn bytes_dropped_while_their_region_is_evicted_linger_until_then_and_not_longer() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let mut cursor = open(&manager);
        let key = cursor.use_region(0, 0).unwrap().unwrap();
        cursor.unuse_region();
        let handed_out = manager.region(key).unwrap();
        let reader = thread::spawn(move || {
            assert_eq!(handed_out.bytes()[0], 7);
            drop(handed_out);
        });
        assert_eq!(manager.collect(), 1);
        let stats = manager.stats();
        assert!(stats.lingering_regions <= 1 && stats.lingering_bytes <= granularity(), "{stats:?}");
        reader.join().unwrap();
        let lingering = manager.lingering();
        assert_eq!((lingering.regions(), lingering.bytes(), mapper.live_mappings()), (0, 0, 0));
    });
}

#[test]
fn two_that_drop_the_same_evicted_bytes_count_them_off_once() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let mut cursor = open(&manager);
        cursor.use_region(0, 0).unwrap();
        let [first, second] = [cursor.region().unwrap().clone(), cursor.region().unwrap().clone()];
        drop(cursor);
        let other = thread::spawn(move || drop(first));
        let eviction = thread::spawn({
            let manager = manager.clone();
            move || manager.collect()
        });
        drop(second);
        assert_eq!(eviction.join().unwrap(), 1);
        other.join().unwrap();
        let lingering = manager.lingering();
        assert_eq!((lingering.regions(), lingering.bytes(), mapper.live_mappings()), (0, 0, 0));
    });
}

#[test]
fn two_cursors_that_want_the_only_mapping_never_have_two() {
    loom::model(|| {
        let (manager, mapper) = manager(1);
        let (mut here, mut there) = (open(&manager), open(&manager));
        let other = thread::spawn(move || {
            let answer = there.use_region(granularity(), 1);
            assert_eq!(there.bytes(), answer.is_ok().then_some(&[7][..]));
        });
        let answer = here.use_region(0, 1);
        assert_eq!(here.bytes(), answer.is_ok().then_some(&[7][..]));
        assert_eq!(manager.stats().peak_mappings, 1);
        other.join().unwrap();
        drop(here);
        manager.close();
        assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0));
    });
}

#[test]
fn a_cursor_moved_while_its_region_is_taken_by_force_has_bytes_or_maps_them_anew() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let mut cursor = open(&manager);
        cursor.use_region(0, 1).unwrap();
        let base = manager.base("/file".as_ref());
        let other = thread::spawn({
            let manager = manager.clone();
            move || manager.force_unmap(&base)
        });
        cursor.use_region(1, 1).unwrap();
        assert_eq!(cursor.bytes(), Some(&[7][..]));
        assert_eq!(other.join().unwrap(), 1);
        drop(cursor);
        manager.close();
        assert_eq!((manager.lingering().regions(), mapper.live_mappings(), mapper.open_files()), (0, 0, 0));
    });
}

#[test]
fn two_that_miss_in_one_window_at_once_map_it_once() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let (mut here, mut there) = (open(&manager), open(&manager));
        let other = thread::spawn(move || {
            there.use_region(0, 1).unwrap();
            assert_eq!(there.bytes(), Some(&[7][..]));
            there
        });
        here.use_region(1, 1).unwrap();
        assert_eq!(here.bytes(), Some(&[7][..]));
        let there = other.join().unwrap();
        assert_eq!((here.key(), mapper.calls(Call::Map)), (there.key(), 1));
        let stats = manager.stats();
        assert_eq!((stats.maps, stats.regions, stats.hits + stats.misses), (1, 1, 2));
        drop((here, there));
        assert_eq!((manager.collect(), mapper.live_mappings(), mapper.open_files()), (1, 0, 0));
    });
}

#[test]
fn where_the_map_fails_the_one_that_waited_for_it_maps_itself() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        mapper.fail(Call::Map, 0, libc::EIO);
        let (mut here, mut there) = (open(&manager), open(&manager));
        let other = thread::spawn(move || {
            let answer = there.use_region(0, 1);
            assert_eq!(there.bytes(), answer.is_ok().then_some(&[7][..]));
            answer.is_ok()
        });
        let answer = here.use_region(0, 1);
        assert_eq!(here.bytes(), answer.is_ok().then_some(&[7][..]));
        assert!(answer.is_ok() != other.join().unwrap(), "one of them met the fault");
        let stats = manager.stats();
        assert_eq!((stats.maps, stats.mappings, stats.misses + stats.hits), (1, 1, 2));
        drop(here);
        assert_eq!((manager.collect(), mapper.live_mappings(), mapper.open_files()), (1, 0, 0));
    });
}

#[test]
fn a_manager_closed_while_a_window_is_mapped_leaves_nothing_behind() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let mut cursor = open(&manager);
        let other = thread::spawn({
            let manager = manager.clone();
            move || manager.close()
        });
        let answer = cursor.use_region(0, 1);
        assert!(matches!(answer, Ok(_) | Err(Error::Closed)), "{answer:?}");
        other.join().unwrap();
        assert!(!cursor.is_valid());
        drop(cursor);
        let stats = manager.stats();
        assert_eq!((stats.mappings, stats.mapped_memory, stats.lingering_regions), (0, 0, 0));
        assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0));
    });
}

#[test]
fn a_window_evicted_for_another_makes_room_before_that_one_is_mapped() {
    loom::model(|| {
        let (manager, mapper) = manager(1);
        let (mut here, mut there) = (open(&manager), open(&manager));
        here.use_region(0, 1).unwrap();
        here.unuse_region();
        let other = thread::spawn(move || there.use_region(granularity(), 1).is_ok());
        let stats = manager.stats();
        assert!(stats.mappings == 1 && stats.mapped_memory == granularity(), "{stats:?}");
        let collected = manager.collect();
        assert!(other.join().unwrap() && manager.stats().peak_mappings == 1);
        drop(here);
        assert!(collected + manager.collect() <= 2);
        assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0));
    });
}

#[test]
fn what_a_viewer_was_shown_stays_mapped_until_it_was_told_and_came_back_and_its_bell_rings() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let rung = loom::sync::Arc::new(AtomicU64::new(0));
        let bell = {
            let rung = loom::sync::Arc::clone(&rung);
            move || {
                rung.fetch_add(1, Ordering::Relaxed);
            }
        };
        let viewer = manager.attach(Sign { board: Arc::new([]), bell: Some(Box::new(bell)) });
        let mut cursor = open(&manager).seen_by(viewer);
        let key = cursor.use_region(0, 1).unwrap().unwrap();
        cursor.unuse_region();
        let other = thread::spawn({
            let manager = manager.clone();
            move || manager.collect()
        });
        // Whatever the other has done by now, it may be read until it was told of.
        assert_eq!(manager.shown(viewer, key).map(|region| region.bytes()[0]), Some(7));
        let mut gone = manager.take_gone(viewer, 1);
        assert_eq!(manager.shown(viewer, key).map(|region| region.bytes()[0]), Some(7));
        assert_eq!(other.join().unwrap(), 1);
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        if gone.is_empty() {
            gone = manager.take_gone(viewer, 1);
        }
        assert_eq!((gone.as_slice(), mapper.live_mappings()), (&[key][..], 1));
        assert!(manager.take_gone(viewer, 1).is_empty());
        assert!(manager.shown(viewer, key).is_none() && mapper.live_mappings() == 0);
    });
}

#[test]
fn a_descriptor_called_in_during_a_lone_read_is_closed_after_it_and_not_kept() {
    loom::model(|| {
        let (manager, mapper) = manager(2);
        let mut cursor = open(&manager);
        assert_eq!(cursor.read_lone(&mut [0], 0, true), Ok(Some(1)));
        let closer = thread::spawn({
            let manager = manager.clone();
            move || manager.close()
        });
        let read = cursor.read_lone(&mut [0], 0, true);
        assert!(matches!(read, Ok(Some(1)) | Err(Error::Closed)), "{read:?}");
        closer.join().unwrap();
        assert_eq!(mapper.open_files(), 0);
        assert_eq!(cursor.read_lone(&mut [0], 0, true), Err(Error::Closed));
    });
}
