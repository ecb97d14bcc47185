//! Passes over files for `lib/cursor/job.ts`: step by step on the thread pool, so that the event loop goes on.
#![deny(unsafe_code)]

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{Error, FileMapper, Pass, Prefetch, Report, Window};

use crate::environment::{self, FileCursor};
use crate::error::{self, to_js, to_json};

/// A pass in progress.
#[napi]
pub struct NativeJob(Arc<Mutex<State>>);

struct State {
    pass: Box<dyn Pass<FileMapper>>,
    /// Until the job is closed.
    cursor: Option<FileCursor>,
}

/// What a step found; `error` is JSON, as all errors of the border.
#[napi(object)]
pub struct NativeReport {
    pub is_done: bool,
    pub position: f64,
    pub count: f64,
    pub numbers: Vec<f64>,
    pub error: Option<String>,
}

#[napi]
impl NativeJob {
    /// Brings the bytes from `begin` to `end` into memory.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn prefetch(cursor: u32, begin: f64, end: f64) -> error::Result<Self> {
        Self::of(cursor, Prefetch::new(Window::between(begin as u64, end as u64)))
    }

    fn of(cursor: u32, pass: impl Pass<FileMapper> + 'static) -> error::Result<Self> {
        let cursor =
            environment::with_cursor(cursor, |entry| entry.cursor.another().map_err(|error| to_js(&error)))?;
        Ok(Self(Arc::new(Mutex::new(State { pass: Box::new(pass), cursor: Some(cursor) }))))
    }

    /// Does the next step.
    #[napi(ts_return_type = "Promise<NativeReport>")]
    pub fn step(&self) -> AsyncTask<Step> {
        AsyncTask::new(Step(Arc::clone(&self.0)))
    }

    /// Lets the file go.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cursor = None;
    }
}

/// One step's work.
pub struct Step(Arc<Mutex<State>>);

impl Task for Step {
    type Output = std::result::Result<Report, Error>;
    type JsValue = NativeReport;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { pass, cursor } = &mut *state;
        Ok(cursor.as_mut().map_or(Err(Error::Closed), |cursor| pass.step(cursor)))
    }

    fn resolve(&mut self, _env: Env, outcome: Self::Output) -> napi::Result<NativeReport> {
        let error = outcome.as_ref().err().map(to_json);
        let report = outcome.unwrap_or_default();
        Ok(NativeReport {
            is_done: report.is_done,
            position: report.position as f64,
            count: report.count as f64,
            numbers: report.numbers.iter().map(|number| *number as f64).collect(),
            error,
        })
    }
}
