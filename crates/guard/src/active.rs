//! The guard where there is one: Linux and macOS. Knows its parts, which know each other in this order.

mod handler;
mod kernel;
mod page;
mod previous;
mod spares;
mod watch;

pub use handler::{install, status};
pub use watch::Watch;
