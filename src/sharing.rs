//! Managers that several threads have, for `lib/manager/`. Knows how threads learn of changes; the registry
//! knows the managers.
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

/// Calls the thread's own `sweep` when its event loop comes to it.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true>;

thread_local! {
    static BELL: RefCell<Option<Arc<Bell>>> = const { RefCell::new(None) };
}

/// Sets what is called on this thread when regions that it sees must go. Once in an environment, before it
/// shares a manager.
#[napi(catch_unwind)]
pub fn set_bell(sweep: Function<'_, (), ()>) -> napi::Result<()> {
    let bell: Bell = sweep.build_threadsafe_function().weak::<true>().callee_handled::<false>().build()?;
    BELL.set(Some(Arc::new(bell)));
    Ok(())
}

#[napi]
impl NativeManager {
    /// This thread's seat at the manager with that number; `null` if it is closed or gone. `array`: see the
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

    /// Shares the manager with other threads: returns its number, by which [`NativeManager::attach`] finds
    /// it. `options`: what it was made with.
    #[napi(catch_unwind)]
    pub fn share(&self, options: String) -> u32 {
        hang_bell(&self.0);
        let manager = &self.0.manager;
        with_registry(|registry| {
            registry.number_of(manager).unwrap_or_else(|| registry.add(manager, options))
        })
    }

    /// The thread lets go of all it has of the manager. Its TypeScript has done so before.
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

/// Makes a shared manager the process's own, unless the process has one by now. Returns the number of the
/// process's manager; 0 if the shared one is gone.
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

/// A string that no other process has.
#[napi(catch_unwind)]
pub fn process_token() -> String {
    static TOKEN: OnceLock<String> = OnceLock::new();
    let random = || RandomState::new().build_hasher().finish();
    TOKEN.get_or_init(|| format!("{}-{:x}", std::process::id(), random())).clone()
}

/// The options of a shared manager; `null` if it is closed or gone.
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
