//! Recorders for `lib/manager/trace.ts`: starting, stopping, handing over events in batches.
#![deny(unsafe_code)]

use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use smmap_core::{Event, Source, Trace};

use crate::manager::NativeManager;

/// A recorder; stopped when it is collected.
#[napi]
pub struct NativeTrace(Trace);

/// Events in the order in which they happened.
#[napi(object)]
pub struct NativeEvents {
    /// The number of the first one.
    pub first: f64,
    /// Of each: its kind, milliseconds since the trace began, the index of its file, offset and size of its
    /// window, bytes mapped afterwards, hits since the trace began.
    pub numbers: Float64Array,
    /// The names the files were opened by: a path, or `fd 5`.
    pub files: Vec<String>,
}

#[napi]
impl NativeTrace {
    /// Records what a manager does from now on.
    #[napi(factory, catch_unwind)]
    pub fn start(manager: &NativeManager, capacity: f64, hits: bool) -> Self {
        Self(manager.0.manager.trace(capacity as usize, hits))
    }

    /// Records nothing more.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.0.stop();
    }

    /// How many of the first events are gone.
    #[napi(catch_unwind)]
    pub fn dropped(&self) -> f64 {
        self.0.dropped() as f64
    }

    /// At most `most` events from number `from` on.
    #[napi(catch_unwind)]
    pub fn read(&self, from: f64, most: u32) -> NativeEvents {
        let (first, events) = self.0.read(from as u64, most as usize);
        let (mut origins, mut numbers) = (Vec::new(), Vec::with_capacity(events.len() * 7));
        for Event { kind, time, origin, window, mapped, hits } in &events {
            let file = origins.iter().position(|known| Arc::ptr_eq(known, origin)).unwrap_or_else(|| {
                origins.push(Arc::clone(origin));
                origins.len() - 1
            });
            let [offset, size] = [window.offset as f64, window.size as f64];
            let milliseconds = time.as_secs_f64() * 1000.0;
            let kind = f64::from(*kind as u8);
            numbers.extend([kind, milliseconds, file as f64, offset, size, *mapped as f64, *hits as f64]);
        }
        let files = origins.iter().map(|origin| match &origin.source {
            Source::Path(path) => path.to_string_lossy().into_owned(),
            Source::Descriptor(fd) => format!("fd {fd}"),
        });
        NativeEvents { first: first as f64, numbers: Float64Array::new(numbers), files: files.collect() }
    }
}

impl Drop for NativeTrace {
    fn drop(&mut self) {
        self.0.stop();
    }
}
