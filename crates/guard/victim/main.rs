//! The process that `tests/faults.rs` sends into faults: runs the case its argument names. Exit code 0 when
//! every assertion of the case held; 101 (a panic) when one did not; the rest the case says. Knows the
//! crate's public face.

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod chaining;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod cuts;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod mapped;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod races;
#[cfg(target_os = "linux")]
mod second_copy;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod signals;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod strangers;

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn main() {}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn main() {
    signals::leave_no_core_dumps();
    // Rust's own handler (it looks for stack overflows) would stand before the guard's; Node has none.
    signals::set_handler(libc::SIGBUS, libc::SIG_DFL, 0);
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let all = [cuts::CASES, strangers::CASES, chaining::CASES, races::CASES];
    #[cfg(target_os = "linux")]
    let all = all.into_iter().chain([limits::CASES, second_copy::CASES]);
    match all.into_iter().flatten().find(|(name, _)| *name == wanted) {
        Some((_, case)) => case(),
        // A case that does not exist must not look like one that passed.
        None => std::process::exit(2),
    }
}

/// A case's name, as `tests/faults.rs` writes it, and what it does.
#[cfg(any(target_os = "linux", target_os = "macos"))]
type Case = (&'static str, fn());
