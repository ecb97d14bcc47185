//! A session of every call, run again and again: each time another one of the system calls below it fails.
//! Knows nothing of what a call is for; what must hold after a failure is the same for all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::sync::LazyLock;

use smmap_core::{
    Call, Cursor, Error, Limits, Manager, MemoryMapper, Options, Pass, Policy, RegionKey, Scan, Source,
    Stats, Stop, Window, find, find_last, granularity,
};

const CALLS: [Call; 3] = [Call::Open, Call::Snapshot, Call::Map];
const SHORTAGES: [i32; 2] = [libc::ENOMEM, libc::EMFILE];

/// Which calls fail: each; under Miri, where a session takes seconds, some.
const STRIDE: usize = if cfg!(miri) { 11 } else { 1 };

/// The session's windows are of two pages (in steps of the granularity, which Windows has coarser).
fn across_a_border() -> Window {
    Window::new(granularity() - 96, granularity() + 404)
}

struct Session {
    mapper: MemoryMapper,
    manager: Manager<MemoryMapper>,
    cursors: Vec<Cursor<MemoryMapper>>,
    alone: Option<RegionKey>,
}

type Step = fn(&mut Session) -> Result<(), Error>;

/// Every call that asks the system for something, with regions in use and idle, of files old and new.
const SCRIPT: [Step; 16] = [
    |session| session.open("/a"),
    |session| session.use_region(0, 0),
    |session| session.open("/b"),
    |session| session.use_region(1, 5000),
    |session| session.use_region(1, 0),
    |session| session.map_unshared("/a", granularity()),
    |session| session.use_region(0, 3 * granularity()),
    |session| session.open("/a"),
    |session| session.copy(2),
    |session| session.cursors[0].read_at(&mut [0; 100], 50).map(drop),
    |session| session.cursors[1].check(false),
    |session| find(&mut session.cursors[0], &[0, 255], across_a_border()).map(drop),
    |session| find_last(&mut session.cursors[1], &[0, 255], across_a_border()).map(drop),
    |session| session.scan(1),
    |session| session.open_rewritten("/b"),
    |session| session.use_region(4, 10),
];

impl Session {
    fn new() -> Self {
        let mapper = MemoryMapper::default();
        mapper.write("/a", bytes(10));
        mapper.write("/b", bytes(4));
        let limits = Limits { memory: u64::MAX, handles: u64::MAX, strict: false };
        let options = Options { policy: Policy::Windows(2 * granularity()), limits };
        let manager = Manager::new(options, mapper.clone());
        Self { mapper, manager, cursors: Vec::new(), alone: None }
    }

    fn open(&mut self, path: &str) -> Result<(), Error> {
        self.cursors.push(self.manager.open(&Source::Path(path.into()), 0)?);
        Ok(())
    }

    fn use_region(&mut self, cursor: usize, offset: u64) -> Result<(), Error> {
        let cursor = &mut self.cursors[cursor];
        let answer = cursor.use_region(offset, 100);
        let expected = &bytes(10)[usize::try_from(offset).unwrap()..][..100];
        assert_eq!(cursor.bytes(), answer.is_ok().then_some(expected), "after {answer:?}");
        answer.map(drop)
    }

    fn map_unshared(&mut self, path: &str, offset: u64) -> Result<(), Error> {
        self.alone = Some(self.manager.map_unshared(&Source::Path(path.into()), 0, offset, 100)?);
        Ok(())
    }

    fn copy(&mut self, cursor: usize) -> Result<(), Error> {
        self.cursors.push(self.cursors[cursor].duplicate()?);
        Ok(())
    }

    fn scan(&mut self, cursor: usize) -> Result<(), Error> {
        let mut scan = Scan::new(&[7, 8], 10, NonZeroUsize::MIN);
        while !scan.step(&mut self.cursors[cursor], &Stop::default())?.is_done {}
        assert_eq!(scan.summary().bytes, bytes(4).len() as u64);
        Ok(())
    }

    fn open_rewritten(&mut self, path: &str) -> Result<(), Error> {
        self.mapper.write(path, bytes(5));
        self.open(path)
    }

    /// What must hold at any time, whatever failed.
    fn assert_sound(&self) {
        let stats = self.manager.stats();
        assert_eq!(self.mapper.live_mappings(), stats.mappings + stats.lingering_regions, "mappings leaked");
        assert_eq!(stats.cursors, self.cursors.len() as u64);
        assert!(self.cursors.iter().filter_map(Cursor::bytes).all(|part| !part.is_empty()));
    }

    fn end(self) {
        drop(self.cursors);
        self.alone.inspect(|key| self.manager.release(*key));
        let _ = self.manager.collect();
        let stats = self.manager.stats();
        assert_eq!(
            (stats.mapped_memory, stats.regions, stats.cursors, stats.lingering_regions),
            (0, 0, 0, 0)
        );
        assert_eq!((self.mapper.live_mappings(), self.mapper.open_files()), (0, 0), "leaked mappings, files");
    }
}

/// The content of a file of so many pages, and a bit.
fn bytes(pages: usize) -> &'static [u8] {
    static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| (0..=250).cycle().take(page() * 10 + 77).collect());
    &CONTENT[..page() * pages + 77]
}

fn page() -> usize {
    usize::try_from(granularity()).unwrap()
}

/// What is left once the calls are done, however often one was tried.
fn holdings(stats: Stats) -> [u64; 6] {
    let Stats { mapped_memory, mappings, files_with_regions, regions, used_regions, cursors, .. } = stats;
    [mapped_memory, mappings, files_with_regions, regions, used_regions, cursors]
}

fn undisturbed() -> Session {
    let mut session = Session::new();
    for step in SCRIPT {
        step(&mut session).unwrap();
    }
    session
}

/// Runs a step; where it fails, what it said, after it has been tried again and done.
fn run(session: &mut Session, step: Step) -> Option<Error> {
    let error = step(session).err();
    session.assert_sound();
    if error.is_some() {
        step(session).expect("the fault is over");
        session.assert_sound();
    }
    error
}

fn assert_said_by_the_system(error: &Error, call: Call, errno: i32) {
    let Error::Os { cause, name } = error else { panic!("{error:?}") };
    let syscalls: &[&str] = match call {
        Call::Open => &["open"],
        Call::Snapshot => &["fstat", "stat"],
        Call::Map => &["mmap"],
    };
    assert!(cause.errno == errno && syscalls.contains(&cause.syscall), "{error}");
    assert!(["'/a'", "'/b'"].contains(&name.as_str()), "{error}");
}

#[test]
fn the_session_makes_every_kind_of_call_more_than_once() {
    let session = undisturbed();
    assert!(CALLS.iter().all(|call| session.mapper.calls(*call) > 2), "too little to fail");
    session.end();
}

#[test]
fn whichever_call_fails_the_error_says_so_and_the_next_try_ends_as_if_it_had_not() {
    let expected = holdings(undisturbed().manager.stats());
    for call in CALLS {
        for nth in (0..undisturbed().mapper.calls(call)).step_by(STRIDE) {
            let mut session = Session::new();
            session.mapper.fail(call, nth, libc::EIO);
            let errors: Vec<Error> = SCRIPT.iter().filter_map(|step| run(&mut session, *step)).collect();
            assert_eq!(errors.len(), 1, "{call:?} {nth}: {errors:?}");
            assert_said_by_the_system(&errors[0], call, libc::EIO);
            assert_eq!(holdings(session.manager.stats()), expected, "{call:?} {nth}");
            session.end();
        }
    }
}

#[test]
fn a_shortage_frees_what_is_idle_and_is_an_error_only_where_nothing_is() {
    let mut survived = 0;
    for (call, errno) in
        [Call::Open, Call::Map].into_iter().flat_map(|call| SHORTAGES.map(|errno| (call, errno)))
    {
        for nth in (0..undisturbed().mapper.calls(call)).step_by(STRIDE) {
            let mut session = Session::new();
            session.mapper.fail(call, nth, errno);
            for step in SCRIPT {
                let (calls, before) = (session.mapper.calls(call), session.manager.stats());
                let hit = |session: &Session| calls <= nth && nth < session.mapper.calls(call);
                let error = step(&mut session).err();
                let after = session.manager.stats();
                session.assert_sound();
                if let Some(error) = error {
                    assert_said_by_the_system(&error, call, errno);
                    assert_eq!(
                        (after.evictions, after.used_regions),
                        (before.evictions, after.regions),
                        "gave up early"
                    );
                    step(&mut session).expect("the fault is over");
                } else if hit(&session) {
                    assert!(after.evictions > before.evictions, "{call:?} {nth}: who made room?");
                    survived += 1;
                }
            }
            session.end();
        }
    }
    assert!(survived > 4 || cfg!(miri), "only {survived} shortages met something idle");
}

#[test]
fn a_shortage_that_stays_is_an_error_after_one_more_try() {
    for call in [Call::Open, Call::Map] {
        for nth in (0..undisturbed().mapper.calls(call)).step_by(STRIDE) {
            let mut session = Session::new();
            session.mapper.fail(call, nth, libc::ENOMEM);
            session.mapper.fail(call, nth + 1, libc::ENOMEM);
            let tries = session.mapper.calls(call);
            for step in SCRIPT {
                let mut tries_left = 2;
                while let Err(error) = step(&mut session) {
                    assert_said_by_the_system(&error, call, libc::ENOMEM);
                    session.assert_sound();
                    assert!(tries_left > 0, "{call:?} {nth}: still {error}");
                    tries_left -= 1;
                }
            }
            assert!(session.mapper.calls(call) > tries + nth + 1, "the second failure was never met");
            session.end();
        }
    }
}

#[test]
fn a_failed_snapshot_leaves_no_file_open() {
    let session = Session::new();
    session.mapper.fail(Call::Snapshot, 0, libc::EIO);
    let error = session.manager.open(&Source::Path("/a".into()), 0).map(drop).unwrap_err();
    assert_said_by_the_system(&error, Call::Snapshot, libc::EIO);
    assert_eq!(session.mapper.open_files(), 0);
}
