//! The Node-API border of smmap: classes for managers, cursors, jobs and traces, used by `lib/` through
//! `lib/native.ts` alone. Translation only; every decision is the core's or TypeScript's.
//!
//! An object lives as long as its JavaScript object: Node-API finalizes it, also when its environment ends.
//! What a call has to say beside its result it writes into the manager's mailbox, a `Float64Array` that both
//! sides see (`mailbox`). The few calls that are made for every file or window are raw functions (`hot`).
//!
//! Unsafe code is in `call`, `descriptor`, `hold`, `hot`, `mailbox`, `output` and `pane`, and nowhere else.
//! Files with exported functions *deny* unsafe code instead of forbidding it: napi's macro writes some of its
//! own.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::trivially_copy_pass_by_ref,
    reason = "napi's macro gives `&Env`; JavaScript's numbers are doubles; lib/arguments/ lets only safe \
              integers through"
)]
#![expect(unreachable_pub, reason = "what is `pub` is exported to JavaScript, by napi's macro")]

mod call;
mod cursor;
#[cfg(windows)]
mod descriptor;
mod error;
mod found;
mod hold;
mod hot;
mod job;
mod lines;
mod mailbox;
mod manager;
mod output;
mod pane;
mod region;
mod registry;
mod seat;
mod sharing;
mod trace;
mod turns;
