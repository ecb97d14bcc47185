//! Scans for `lib/reading/scan.ts`: window by window on the thread pool, so that the event loop goes on.
#![deny(unsafe_code)]

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{Error, Scan, Summary};

use crate::environment::{self, FileCursor};
use crate::error::{self, to_js, to_json};

/// A scan in progress.
#[napi]
pub struct NativeScan(Arc<Mutex<State>>);

struct State {
    scan: Scan,
    /// Until the scan is closed.
    cursor: Option<FileCursor>,
}

/// What a scan has seen; `error` is JSON, as all errors of the border.
#[napi(object)]
pub struct NativeSummary {
    pub bytes: f64,
    pub lines: f64,
    pub longest_line: f64,
    pub found: f64,
    pub offsets: Vec<f64>,
    pub is_done: bool,
    pub error: Option<String>,
}

#[napi]
impl NativeScan {
    /// A scan of a cursor's file from its begin, with a cursor of its own.
    ///
    /// # Errors
    /// The cursor's manager is closed.
    #[napi(factory, catch_unwind)]
    pub fn of(cursor: u32, needle: &[u8], max_offsets: u32) -> error::Result<Self> {
        environment::with_cursor(cursor, |entry| {
            let cursor = entry.cursor.another().map_err(|error| to_js(&error))?;
            let state = State { scan: Scan::new(needle, max_offsets as usize), cursor: Some(cursor) };
            Ok(Self(Arc::new(Mutex::new(state))))
        })
    }

    /// Scans the next window.
    #[napi(ts_return_type = "Promise<NativeSummary>")]
    pub fn step(&self) -> AsyncTask<Step> {
        AsyncTask::new(Step(Arc::clone(&self.0)))
    }

    /// Lets the file go.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cursor = None;
    }
}

/// One window's work.
pub struct Step(Arc<Mutex<State>>);

impl Task for Step {
    type Output = (Summary, std::result::Result<bool, Error>);
    type JsValue = NativeSummary;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { scan, cursor } = &mut *state;
        let outcome = cursor.as_mut().map_or(Err(Error::Closed), |cursor| scan.step(cursor));
        Ok((scan.summary(), outcome))
    }

    fn resolve(&mut self, _env: Env, (summary, outcome): Self::Output) -> napi::Result<NativeSummary> {
        Ok(NativeSummary {
            bytes: summary.bytes as f64,
            lines: summary.lines as f64,
            longest_line: summary.longest_line as f64,
            found: summary.found as f64,
            offsets: summary.offsets.iter().map(|offset| *offset as f64).collect(),
            is_done: matches!(outcome, Ok(true)),
            error: outcome.err().map(|error| to_json(&error)),
        })
    }
}
