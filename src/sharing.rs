//! Managers that several threads have, for `lib/manager/`. Knows which thread is told of what; which managers
//! they are is the registry's.
#![deny(unsafe_code)]

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, OnceLock};

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::error;
use crate::hold;
use crate::mailbox::Mailbox;
use crate::manager::NativeManager;
use crate::registry::{open_one, with_registry};
use crate::seat::Seat;

/// Calls the thread's own `sweep` at its next turn.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true>;

thread_local! {
    static BELL: RefCell<Option<Arc<Bell>>> = const { RefCell::new(None) };
}

/// What this thread calls at its next turn when regions that it sees must go. Once in an environment, before
/// it shares.
#[napi(catch_unwind)]
pub fn set_bell(sweep: Function<'_, (), ()>) -> napi::Result<()> {
    let bell: Bell = sweep.build_threadsafe_function().weak::<true>().callee_handled::<false>().build()?;
    BELL.set(Some(Arc::new(bell)));
    Ok(())
}

#[napi]
impl NativeManager {
    /// This thread's part in the manager of that number; nothing when it is closed or gone. `array`: see the
    /// constructor.
    ///
    /// # Errors
    /// What Node-API refuses.
    #[napi(catch_unwind)]
    pub fn attach(
        env: &Env,
        number: u32,
        array: Float64ArraySlice<'_>,
        shows: bool,
        can_share: bool,
    ) -> error::Result<Option<NativeManager>> {
        let Some((manager, _)) = open_one(number) else { return Ok(None) };
        let seat = Seat::new(manager, Mailbox::new(env, &array, can_share)?, shows);
        hang_bell(&seat);
        Ok(Some(Self(seat)))
    }

    /// Makes the manager one that other threads can have: its number, by which [`NativeManager::attach`]
    /// finds it. `options`: what it was made with.
    #[napi(catch_unwind)]
    pub fn share(&self, options: String) -> u32 {
        hang_bell(&self.0);
        let manager = &self.0.manager;
        with_registry(|registry| {
            registry.number_of(manager).unwrap_or_else(|| registry.add(manager, options))
        })
    }

    /// The thread lets go of what it has of the manager's: its TypeScript has let go by now.
    #[napi(catch_unwind)]
    pub fn leave(&self, detach: bool) {
        self.0.close_cursors();
        if detach {
            hold::detach(&self.0.manager.lingering(), None);
        }
        self.0.leave();
    }

    /// Whether the manager was closed, by whichever thread.
    #[napi(catch_unwind)]
    pub fn is_closed(&self) -> bool {
        self.0.manager.is_closed()
    }
}

/// Makes a shared manager the process's own, unless there is one by now: the number of the one there is; 0:
/// it is gone.
#[napi(catch_unwind)]
pub fn make_common(number: u32) -> u32 {
    with_registry(|registry| {
        let manager = registry.managers.get(&number).and_then(|shared| shared.manager.upgrade());
        if registry.common.is_none() {
            registry.common = manager.map(|manager| (number, manager));
        }
        registry.common.as_ref().map_or(0, |(number, _)| *number)
    })
}

/// The number of the process's own manager; 0: there is none.
#[napi(catch_unwind)]
pub fn common_manager() -> u32 {
    with_registry(|registry| registry.common.as_ref().map_or(0, |(number, _)| *number))
}

/// Tells this process from all others.
#[napi(catch_unwind)]
pub fn process_token() -> String {
    static TOKEN: OnceLock<String> = OnceLock::new();
    let random = || RandomState::new().build_hasher().finish();
    TOKEN.get_or_init(|| format!("{}-{:x}", std::process::id(), random())).clone()
}

/// What a shared manager was made with; nothing when it is closed or gone.
#[napi(catch_unwind)]
pub fn shared_options(number: u32) -> Option<String> {
    open_one(number).map(|(_, options)| options)
}

fn hang_bell(seat: &Seat) {
    if let Some(bell) = BELL.with_borrow(Clone::clone) {
        let ring = move || {
            let _ = bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        seat.manager.hang(seat.viewer(), Box::new(ring));
    }
}
