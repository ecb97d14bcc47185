//! One manager, many threads: nothing a thread reads is another file's, no limit is overstepped, nothing is
//! lost.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use smmap_core::{
    Cursor, Error, FileMapper, Limits, Manager, MemoryMapper, Needle, Options, Pass, Policy, Region, Scan,
    Source, Stop, granularity,
};

const THREADS: u64 = 4;
const FILES: u64 = 3;

/// A small generator of our own (xorshift): every thread's requests are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn path(file: u64) -> String {
    format!("/file {file}")
}

fn byte_at(file: u64, offset: u64) -> u8 {
    (offset.wrapping_mul(31) + offset / 257 + file * 97).to_le_bytes()[0]
}

fn manager(limits: Limits) -> (Manager<MemoryMapper>, MemoryMapper) {
    let mapper = MemoryMapper::default();
    for file in 0..FILES {
        let bytes: Vec<u8> = (0..20 * granularity() + file).map(|offset| byte_at(file, offset)).collect();
        mapper.write(&path(file), &bytes);
    }
    (Manager::new(Options { policy: Policy::Windows(2 * granularity()), limits }, mapper.clone()), mapper)
}

/// Random requests until the time is up; how many were answered.
fn work(manager: &Manager<MemoryMapper>, seed: u64, until: Instant) -> u64 {
    let mut random = Random(seed);
    let mut cursors: Vec<(u64, Cursor<MemoryMapper>)> = Vec::new();
    let mut answered = 0;
    while Instant::now() < until {
        if cursors.len() < 3 {
            let file = random.below(FILES);
            cursors.push((file, manager.open(&Source::Path(path(file).into()), 0).unwrap()));
        }
        let at = usize::try_from(random.below(cursors.len() as u64)).unwrap();
        let (file, cursor) = &mut cursors[at];
        let (offset, size) = (random.below(21 * granularity()), random.below(2 * granularity()));
        match cursor.use_region(offset, size) {
            Ok(_) => answered += 1,
            Err(error) => {
                assert!(matches!(error, Error::HandleLimit { .. } | Error::MemoryLimit { .. }), "{error}");
            }
        }
        if let (Some(span), Some(bytes)) = (cursor.span(), cursor.bytes()) {
            let is_right = |(byte, offset): (&u8, u64)| *byte == byte_at(*file, offset);
            assert!(bytes.iter().zip(span.offset..span.end()).all(is_right), "wrong bytes in {span:?}");
        }
        match random.below(16) {
            0 => drop(cursors.swap_remove(at)),
            1 => drop(manager.collect()),
            2 => drop(manager.force_unmap(&manager.base(path(*file).as_ref()))),
            3..6 => cursor.unuse_region(),
            _ => {}
        }
        let stats = manager.stats();
        assert!(
            stats.mappings <= manager.limits().handles && stats.mapped_memory <= manager.limits().memory,
            "{stats:?}"
        );
    }
    answered
}

#[test]
fn threads_that_share_a_manager_get_the_right_bytes_within_its_limits() {
    let limits = Limits { memory: 12 * granularity(), handles: 7, strict: true };
    let (manager, mapper) = manager(limits);
    let until = Instant::now() + Duration::from_millis(if cfg!(miri) { 100 } else { 1500 });
    thread::scope(|scope| {
        let workers: Vec<_> = (1..=THREADS)
            .map(|seed| {
                scope.spawn({
                    let manager = &manager;
                    move || work(manager, seed * 0x9E37_79B9, until)
                })
            })
            .collect();
        for worker in workers {
            assert!(worker.join().unwrap() > 0, "a thread got nothing at all");
        }
    });
    let _ = manager.collect();
    let stats = manager.stats();
    assert_eq!((stats.regions, stats.mapped_memory, stats.used_regions, stats.cursors), (0, 0, 0, 0));
    assert_eq!((stats.lingering_regions, stats.lingering_bytes), (0, 0));
    assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0), "leaked mappings, files");
}

#[test]
fn a_manager_closed_by_one_thread_fails_the_calls_of_the_others_and_leaks_nothing() {
    let (manager, mapper) = manager(Limits { memory: u64::MAX, handles: u64::MAX, strict: false });
    thread::scope(|scope| {
        for file in 0..FILES {
            let manager = &manager;
            scope.spawn(move || {
                let mut cursor = manager.open(&Source::Path(path(file).into()), 0).unwrap();
                let mut scan = Scan::new(b"needle", 1, NonZeroUsize::MIN);
                let error = loop {
                    match scan.step(&mut cursor, &Stop::default()) {
                        Ok(report) if report.is_done => scan = Scan::new(b"needle", 1, NonZeroUsize::MIN),
                        Ok(_) => {}
                        Err(error) => break error,
                    }
                };
                assert_eq!(error, Error::Closed);
            });
        }
        // Every thread has its cursor, and has been at work.
        while manager.stats().cursors < FILES || manager.stats().hits < 10 {
            thread::yield_now();
        }
        manager.close();
    });
    assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0), "leaked mappings, files");
}

#[test]
fn what_threads_share_is_send_and_sync() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Manager<FileMapper>>();
    is_shared::<Cursor<FileMapper>>();
    is_shared::<Region<<FileMapper as smmap_core::Mapper>::Mapping>>();
    is_shared::<(Scan, Needle, Error)>();
}
