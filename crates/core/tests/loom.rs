//! Every order in which threads may come, by loom's model checker:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p smmap-core --test loom`.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loom::thread;
use smmap_core::{Cursor, Limits, Manager, MemoryMapper, Options, Policy, Source, granularity};

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
