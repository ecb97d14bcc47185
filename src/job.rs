//! Passes over files for `lib/jobs/job.ts`: turn by turn on other threads, so that the event loop goes on.
#![deny(unsafe_code)]

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{
    Blake3, Detail, Error, FileMapper, Grep, GrepOptions, Job, LineMarks, LinePattern, Matches, Pass,
    Pattern, Prefetch, Report, Residency, Scan, Stop, Window,
};

use crate::cursor::NativeCursor;
use crate::error::{self, to_js};
use crate::found::{NativeReport, to_report};
use crate::seat::FileCursor;
use crate::turns;

/// A job: a pass in progress.
#[napi]
pub struct NativeJob {
    /// `None` once it is closed.
    state: State,
    stop: Stop,
    /// Whether it is registered to be stopped when the environment ends.
    ends: Cell<bool>,
}

type State = Arc<Mutex<Option<Job<FileMapper>>>>;
type Resolve = Box<dyn FnOnce(Env) -> napi::Result<NativeReport> + Send>;

/// The core's, with 0, 1, 2 for `detail`.
#[napi(object)]
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "an options object of JavaScript's")]
pub struct NativeGrepOptions {
    pub is_regex: bool,
    pub ignore_case: bool,
    pub invert: bool,
    pub detail: u32,
    pub numbers: bool,
    pub before: f64,
    pub after: f64,
    pub most: f64,
    pub threads: u32,
}

#[napi]
impl NativeJob {
    /// Brings the bytes from `start` to `end` into memory.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn prefetch(cursor: &NativeCursor, start: f64, end: f64) -> error::Result<Self> {
        Self::of(cursor, Prefetch::new(Window::between(start as u64, end as u64)))
    }

    /// Scans the bytes from `start` to `end`: their lines, the longest of them, and the first `most` matches
    /// of `needle`.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn scan(
        cursor: &NativeCursor,
        start: f64,
        end: f64,
        needle: &[u8],
        most: u32,
        threads: u32,
    ) -> error::Result<Self> {
        let range = Window::between(start as u64, end as u64);
        Self::of(cursor, Scan::within(range, needle, most as usize, at_least_one(threads)))
    }

    /// Finds the matches of `pattern`, bytes or a regular expression in UTF-8, at most `most` of them in a
    /// step; 0: only counts them. `spans`: start and end of what the pattern may see, start and end of where
    /// matches may lie.
    ///
    /// # Errors
    /// The pattern makes no sense; the cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn search(
        cursor: &NativeCursor,
        pattern: &[u8],
        is_regex: bool,
        spans: &[f64],
        most: u32,
        threads: u32,
    ) -> error::Result<Self> {
        let text = String::from_utf8_lossy(pattern);
        let pattern = if is_regex { Pattern::regex(&text) } else { Pattern::bytes(pattern) };
        let pattern = pattern.map_err(|error| to_js(&error))?;
        let offset = |index: usize| spans.get(index).map_or(0, |offset| *offset as u64);
        let (bounds, range) = (Window::between(offset(0), offset(1)), Window::between(offset(2), offset(3)));
        Self::of(cursor, Matches::new(pattern, bounds, range, most as usize, at_least_one(threads)))
    }

    /// Counts the newlines from `start` to `end` and marks every `every`-th, at most `most` in a step.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn lines(
        cursor: &NativeCursor,
        start: f64,
        end: f64,
        every: f64,
        most: u32,
        threads: u32,
    ) -> error::Result<Self> {
        let range = Window::between(start as u64, end as u64);
        Self::of(cursor, LineMarks::new(range, every as u64, most as usize, at_least_one(threads)))
    }

    /// Finds the lines from `start` to `end` that match `pattern`: see the core's `Grep` for what is
    /// reported.
    ///
    /// # Errors
    /// The pattern makes no sense; the cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn grep(
        cursor: &NativeCursor,
        start: f64,
        end: f64,
        pattern: &[u8],
        options: NativeGrepOptions,
    ) -> error::Result<Self> {
        let text = String::from_utf8_lossy(pattern);
        let pattern = if options.is_regex {
            LinePattern::regex(&text, options.ignore_case)
        } else {
            LinePattern::bytes(pattern, options.ignore_case)
        };
        let threads = at_least_one(options.threads);
        let options = GrepOptions {
            invert: options.invert,
            detail: [Detail::Count, Detail::Lines, Detail::Matches][options.detail.min(2) as usize],
            numbers: options.numbers,
            before: options.before as u64,
            after: options.after as u64,
            most: options.most as u64,
        };
        let pattern = pattern.map_err(|error| to_js(&error))?;
        Self::of(cursor, Grep::new(pattern, options, Window::between(start as u64, end as u64), threads))
    }

    /// The BLAKE3 hash of the bytes from `start` to `end`, in the last report's `bytes`.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn blake3(cursor: &NativeCursor, start: f64, end: f64, threads: u32) -> error::Result<Self> {
        Self::of(cursor, Blake3::new(Window::between(start as u64, end as u64), at_least_one(threads)))
    }

    /// Reports which of the bytes from `start` to `end` are in memory.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn residency(cursor: &NativeCursor, start: f64, end: f64) -> error::Result<Self> {
        Self::of(cursor, Residency::new(Window::between(start as u64, end as u64)))
    }

    fn of(cursor: &NativeCursor, pass: impl Pass<FileMapper> + 'static) -> error::Result<Self> {
        let stop = Stop::default();
        let job = Job::new(pass, another(cursor)?, stop.clone());
        Ok(Self { state: Arc::new(Mutex::new(Some(job))), stop, ends: Cell::new(false) })
    }

    /// Does a turn. After it was stopped, also by the end of the environment, a turn does nothing.
    #[napi(ts_return_type = "Promise<NativeReport>")]
    pub fn turn<'a>(&self, env: &'a Env) -> napi::Result<Object<'a>> {
        if !self.ends.replace(true) {
            turns::stop_at_end(env, &self.stop)?;
        }
        let (deferred, promise) = env.create_deferred::<NativeReport, Resolve>()?;
        let (state, stop) = (Arc::clone(&self.state), self.stop.clone());
        turns::make(Box::new(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| turn(&state, &stop)));
            deferred.resolve(Box::new(move |_| Ok(outcome.map_or_else(|_| panicked(), to_report))));
        }));
        Ok(promise)
    }

    /// Ends the running turn within some milliseconds; no other begins.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Lets the file go: now, or as soon as the running turn has ended.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.stop.stop();
        if let Ok(mut job) = self.state.try_lock() {
            *job = None;
        }
    }
}

impl Drop for NativeJob {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

fn turn(state: &State, stop: &Stop) -> std::result::Result<Report, Error> {
    let mut job = state.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = job.as_mut().map_or(Err(Error::Closed), Job::turn);
    if stop.is_stopped() {
        *job = None;
    }
    outcome
}

fn panicked() -> NativeReport {
    NativeReport { error: Some(error::panicked_json()), ..to_report(Ok(Report::default())) }
}

#[napi]
impl NativeCursor {
    /// Fills `target` from `offset` on, or up to the end of the file, and returns how many bytes that were.
    ///
    /// # Errors
    /// The manager is closed.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeReport>")]
    pub fn read_async(&self, target: Buffer, offset: f64) -> error::Result<AsyncTask<Read>> {
        Ok(AsyncTask::new(Read { cursor: another(self)?, target, offset: offset as u64 }))
    }
}

/// A read of its own.
pub struct Read {
    cursor: FileCursor,
    target: Buffer,
    offset: u64,
}

impl Task for Read {
    type Output = std::result::Result<Report, Error>;
    type JsValue = NativeReport;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let read = self.cursor.read_at(&mut self.target, self.offset);
        Ok(read.map(|size| Report { is_done: true, count: size as u64, ..Report::default() }))
    }

    fn resolve(&mut self, _env: Env, outcome: Self::Output) -> napi::Result<NativeReport> {
        Ok(to_report(outcome))
    }
}

fn at_least_one(threads: u32) -> NonZeroUsize {
    NonZeroUsize::new(threads as usize).unwrap_or(NonZeroUsize::MIN)
}

fn another(cursor: &NativeCursor) -> error::Result<FileCursor> {
    cursor.0.attempt(|cursor| cursor.another())
}
