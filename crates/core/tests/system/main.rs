//! What is asked of the system while several threads have a manager: nothing under its lock, nothing twice,
//! and nobody waits for more than the window it wants.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod gate;

use std::sync::atomic::Ordering;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use gate::{Closed, Gate, Gated};
use smmap_core::{Call, Cursor, Error, Limits, Manager, Options, OsError, Policy, Sign, Source, granularity};

const WINDOWS: u64 = 12;
const NO_LIMITS: Limits = Limits { memory: u64::MAX, handles: u64::MAX, strict: false };

/// A folder that does not exist, and a file in it. Absolute on each system: by another path a file could not
/// be opened again.
const ROOT: &str = if cfg!(windows) { "C:/files/" } else { "/files/" };
const FILE: &str = if cfg!(windows) { "C:/files/file" } else { "/files/file" };

fn manager(limits: Limits) -> (Manager<Gated>, Gate) {
    let gate = Gate::default();
    write(&gate, FILE);
    let options = Options { policy: Policy::Windows(granularity()), limits };
    let manager = Manager::new(options, gate.mapper());
    (manager, gate)
}

fn write(gate: &Gate, path: &str) {
    let bytes: Vec<u8> =
        (0..WINDOWS * granularity()).map(|at| (at / granularity()).to_le_bytes()[0]).collect();
    gate.disk.write(path, &bytes);
}

fn open(manager: &Manager<Gated>) -> Cursor<Gated> {
    manager.open(&Source::Path(FILE.into()), 0).unwrap()
}

/// Moves to the window, and reads it.
fn read(cursor: &mut Cursor<Gated>, window: u64) -> Result<(), Error> {
    cursor.use_region(window * granularity(), 0)?;
    let bytes = cursor.bytes().unwrap();
    assert!(bytes.len() as u64 == granularity() && bytes.iter().all(|byte| u64::from(*byte) == window));
    Ok(())
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain");
        thread::yield_now();
    }
}

type Reader<'scope> = ScopedJoinHandle<'scope, Result<Cursor<Gated>, Error>>;

/// A thread that is inside the mapping of window 0, and others that wait for it.
fn readers<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    (manager, gate): (&'scope Manager<Gated>, &Gate),
    waiting: u64,
) -> (Closed, Reader<'scope>, Vec<Reader<'scope>>) {
    let start = move || {
        let mut cursor = open(manager);
        scope.spawn(move || read(&mut cursor, 0).map(|()| cursor))
    };
    let closed = gate.close(0);
    let first = start();
    wait_until(|| gate.waiting.load(Ordering::SeqCst) == 1);
    let others = (0..waiting).map(|_| start()).collect();
    // Each has looked, and found that the window is on its way.
    wait_until(|| manager.stats().misses == 1 + waiting);
    (closed, first, others)
}

#[test]
fn threads_that_want_one_window_map_it_once() {
    let (manager, gate) = manager(NO_LIMITS);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 3);
        drop(closed);
        let cursors: Vec<_> =
            others.into_iter().chain([first]).map(|one| one.join().unwrap().unwrap()).collect();
        assert!(cursors.iter().all(|cursor| cursor.key() == cursors[0].key()));
        let stats = manager.stats();
        assert_eq!((stats.maps, stats.misses, stats.hits, stats.regions), (1, 4, 0, 1));
        assert_eq!(manager.client_count(cursors[0].key().unwrap()), 5);
    });
    assert_eq!(gate.disk.calls(Call::Map), 1);
}

#[test]
fn whoever_wants_another_window_or_file_does_not_wait() {
    let (manager, gate) = manager(NO_LIMITS);
    write(&gate, "/other");
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 1);
        let mut here = open(&manager);
        read(&mut here, 1).unwrap();
        let mut other = manager.open(&Source::Path("/other".into()), 0).unwrap();
        read(&mut other, 2).unwrap();
        drop(other);
        assert_eq!((manager.collect(), manager.stats().mappings), (1, 2), "of which one is being mapped");
        assert_eq!(manager.regions_of(&Source::Path(FILE.into())).len(), 1, "the other has no bytes yet");
        let mut target = [9];
        assert_eq!(here.read_copy(&mut target, 0, true), Ok(1), "what is not mapped yet is read");
        assert_eq!(target, [0]);
        drop(closed);
        first.join().unwrap().unwrap();
        for other in others {
            drop(other.join().unwrap().unwrap());
        }
    });
}

#[test]
fn where_mapping_fails_those_who_waited_try_themselves_and_one_of_them_maps() {
    let (manager, gate) = manager(NO_LIMITS);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 3);
        gate.disk.fail(Call::Map, 0, libc::EIO);
        drop(closed);
        let error = first.join().unwrap().unwrap_err();
        let cause = OsError { errno: libc::EIO, syscall: "mmap" };
        assert!(matches!(error, Error::Os { cause: it, .. } if it == cause), "{error}");
        let cursors: Vec<_> = others.into_iter().map(|other| other.join().unwrap().unwrap()).collect();
        let stats = manager.stats();
        assert_eq!((stats.maps, stats.misses, stats.hits, stats.regions), (1, 4, 0, 1));
        assert_eq!((stats.mapped_memory, stats.used_regions), (granularity(), 1));
        assert_eq!(manager.client_count(cursors[0].key().unwrap()), 4);
    });
    assert_eq!((gate.disk.calls(Call::Map), gate.disk.live_mappings(), manager.collect()), (2, 1, 1));
    assert_eq!((gate.disk.live_mappings(), gate.disk.open_files()), (0, 0));
}

#[test]
fn where_every_try_fails_each_is_told_so_and_nothing_is_left() {
    let (manager, gate) = manager(NO_LIMITS);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 2);
        (0..3).for_each(|nth| gate.disk.fail(Call::Map, nth, libc::EACCES));
        drop(closed);
        for reader in others.into_iter().chain([first]) {
            assert!(matches!(reader.join().unwrap(), Err(Error::Os { .. })));
        }
    });
    let stats = manager.stats();
    assert_eq!((stats.maps, stats.regions, stats.mapped_memory, stats.cursors), (0, 0, 0, 0));
    assert_eq!((stats.lingering_regions, gate.disk.open_files()), (0, 0));
}

#[test]
fn a_thread_that_panics_while_it_maps_leaves_nobody_waiting() {
    let (manager, gate) = manager(NO_LIMITS);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 2);
        gate.panics.store(true, Ordering::SeqCst);
        drop(closed);
        assert!(first.join().is_err());
        for other in others {
            drop(other.join().unwrap().unwrap());
        }
    });
    assert_eq!((manager.stats().maps, manager.collect(), manager.stats().mappings), (1, 1, 0));
}

#[test]
fn what_is_being_mapped_counts_as_mapped_and_in_use() {
    for (limits, is_memory) in [
        (Limits { memory: granularity(), strict: true, ..NO_LIMITS }, true),
        (Limits { handles: 1, ..NO_LIMITS }, false),
    ] {
        let (manager, gate) = manager(limits);
        thread::scope(|scope| {
            let (closed, first, _) = readers(scope, (&manager, &gate), 0);
            let stats = manager.stats();
            assert_eq!((stats.mapped_memory, stats.mappings, stats.used_regions), (granularity(), 1, 1));
            assert_eq!((stats.maps, manager.collect()), (0, 0));
            let error = read(&mut open(&manager), 1).unwrap_err();
            assert_eq!(matches!(error, Error::MemoryLimit { .. }), is_memory, "{error}");
            assert_eq!(matches!(error, Error::HandleLimit { .. }), !is_memory, "{error}");
            drop(closed);
            drop(first.join().unwrap().unwrap());
            read(&mut open(&manager), 1).unwrap();
        });
        assert_eq!(gate.most_alive.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn what_is_taken_by_force_while_it_is_mapped_is_mapped_anew() {
    let (manager, gate) = manager(NO_LIMITS);
    let trace = manager.trace(100, true);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 1);
        assert_eq!(manager.force_unmap(&manager.base(FILE.as_ref())), 1);
        assert_eq!(manager.stats().mapped_memory, 0);
        drop(closed);
        let cursors = others.into_iter().chain([first]).map(|one| one.join().unwrap().unwrap());
        assert!(cursors.collect::<Vec<_>>().iter().all(Cursor::is_valid));
    });
    assert_eq!((manager.stats().maps, gate.disk.calls(Call::Map), gate.disk.live_mappings()), (1, 2, 1));
    let (_, events) = trace.read(0, 100);
    assert!(events.iter().all(|event| event.mapped <= granularity()));
}

#[test]
fn a_manager_closed_while_a_window_is_mapped_is_closed_for_all_who_want_it() {
    let (manager, gate) = manager(NO_LIMITS);
    thread::scope(|scope| {
        let (closed, first, others) = readers(scope, (&manager, &gate), 1);
        manager.close();
        drop(closed);
        for reader in others.into_iter().chain([first]) {
            assert_eq!(reader.join().unwrap().map(drop), Err(Error::Closed));
        }
    });
    assert_eq!((manager.stats().mappings, manager.stats().lingering_regions), (0, 0));
    assert_eq!((gate.disk.live_mappings(), gate.disk.open_files()), (0, 0));
}

#[test]
fn nothing_is_asked_of_the_system_under_the_lock() {
    let (manager, gate) = manager(Limits { memory: 3 * granularity(), handles: 4, strict: false });
    (0..5).for_each(|file| write(&gate, &format!("{ROOT}{file}")));
    gate.watch(&manager);
    evict_what_is_seen(&manager);
    open_again(&manager, &gate);
    lend_descriptors(&manager);
    meet_damage(&manager, &gate);
    run_short(&manager, &gate);
    let mut last = open(&manager);
    read(&mut last, 2).unwrap();
    assert!(manager.force_unmap(&manager.base(ROOT.as_ref())) > 0);
    read(&mut last, 2).unwrap();
    manager.close();
    drop(last);
    assert!(gate.probes.load(Ordering::SeqCst) > 100, "watched nothing");
}

fn evict_what_is_seen(manager: &Manager<Gated>) {
    let viewer = manager.attach(Sign { board: [].into(), bell: None });
    let mut cursor = open(manager).seen_by(viewer);
    for window in [0, 1, 2, 3, 2, 0] {
        while read(&mut cursor, window) == Err(Error::MustLetGo) {
            while !manager.take_gone(viewer, 1).is_empty() {}
        }
    }
    let mut copy = cursor.duplicate().unwrap();
    manager.release(cursor.key().unwrap());
    copy.stand_on(None);
    manager.detach(viewer);
}

/// A file twice, rewritten, and again; then one more than may be open.
fn open_again(manager: &Manager<Gated>, gate: &Gate) {
    read(&mut open(manager), 1).unwrap();
    let twice = (open(manager), open(manager));
    write(gate, FILE);
    drop((twice, open(manager)));
    for file in 0..5 {
        let source = Source::Path(format!("{ROOT}{file}").into());
        read(&mut manager.open(&source, 0).unwrap(), 1).unwrap();
        manager.release(manager.map_unshared(&source, 0, 0, 1).unwrap());
    }
}

/// More cursors than descriptors, all off any region.
fn lend_descriptors(manager: &Manager<Gated>) {
    let open = |file| manager.open(&Source::Path(format!("{ROOT}{file}").into()), 0).unwrap();
    let mut cursors: Vec<_> = (0..5).map(open).collect();
    for _ in 0..2 {
        for cursor in &mut cursors {
            read(cursor, 3).unwrap();
            cursor.unuse_region();
            assert_eq!(cursor.check(false), Ok(()));
        }
    }
}

fn meet_damage(manager: &Manager<Gated>, gate: &Gate) {
    let mut cursors = [open(manager), open(manager), open(manager)];
    for cursor in &mut cursors {
        read(cursor, 1).unwrap();
    }
    let [here, there, other] = &mut cursors;
    gate.is_damaged.store(true, Ordering::SeqCst);
    assert!(manager.verify(here.key().unwrap()).is_err());
    assert!(here.verify().is_err() && there.confirm().is_err());
    read(here, 1).unwrap();
    assert!(read(there, 1).is_err(), "mapped before");
    assert!(other.check(false).is_err());
    let viewer = manager.attach(Sign { board: [].into(), bell: None });
    let mut seen = open(manager).seen_by(viewer);
    read(&mut seen, 1).unwrap();
    assert!(manager.drop_damaged(viewer));
    manager.detach(viewer);
    gate.is_damaged.store(false, Ordering::SeqCst);
}

fn run_short(manager: &Manager<Gated>, gate: &Gate) {
    let mut cursor = open(manager);
    read(&mut open(manager), 1).unwrap();
    gate.disk.fail(Call::Map, 0, libc::ENOMEM);
    read(&mut cursor, 5).unwrap();
    gate.disk.fail(Call::Map, 0, libc::EIO);
    assert!(read(&mut cursor, 6).is_err());
    read(&mut open(manager), 1).unwrap();
    gate.disk.fail(Call::Open, 0, libc::EMFILE);
    drop(open(manager));
}

#[test]
fn limits_hold_while_threads_map_and_evict_at_once() {
    let limits = Limits { memory: 4 * granularity(), handles: 5, strict: true };
    let (manager, gate) = manager(limits);
    let threads = 4_u64;
    let until = Instant::now() + Duration::from_millis(if cfg!(miri) { 100 } else { 1_000 });
    thread::scope(|scope| {
        for seed in 1..=threads {
            let manager = &manager;
            scope.spawn(move || {
                let (mut cursor, mut random) = (open(manager), seed);
                while Instant::now() < until {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    // Every cursor holds one window at most: there is always room for it.
                    read(&mut cursor, (random >> 33) % WINDOWS).unwrap();
                    let stats = manager.stats();
                    assert!(
                        stats.mapped_memory <= limits.memory && stats.mappings <= limits.handles,
                        "{stats:?}"
                    );
                    assert!(stats.used_regions <= threads && stats.regions == stats.mappings, "{stats:?}");
                    if random >> 60 == 0 {
                        let _ = manager.collect();
                    }
                }
            });
        }
    });
    let stats = manager.stats();
    assert!(stats.peak_mapped_memory <= limits.memory && stats.maps >= stats.evictions, "{stats:?}");
    assert_eq!(stats.maps, gate.disk.calls(Call::Map));
    // What is being unmapped has left the cache: a window a thread.
    let most = gate.most_alive.load(Ordering::SeqCst);
    assert!(most <= limits.memory / granularity() + threads, "{most} mappings at once");
    let _ = manager.collect();
    assert_eq!((gate.disk.live_mappings(), manager.stats().mapped_memory), (0, 0));
}
