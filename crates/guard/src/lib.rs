//! The fault guard: keeps a process alive when a file is cut while it is mapped. Knows address ranges and one
//! signal; nothing of regions, managers or JavaScript.
//!
//! Reading a mapped page past the file's end raises `SIGBUS` ([mmap(2)], POSIX `mmap`: "References within the
//! address range starting at pa and continuing for len bytes to whole pages following the end of an object
//! shall result in delivery of a SIGBUS signal"). For faults inside a registered range, and only for those,
//! the handler maps anonymous pages over the part that is gone, sets the range's [`Damage`] and returns: the
//! read goes on and sees zeros.
//! **Zeros are not data**: ask [`Watch::damage`] after reading and before believing. Every other fault goes
//! to the handler found before ours, or ends the process as it would have without us.
//!
//! # Use
//!
//! [`install`] once, a [`Watch`] for each mapping, [`Watch::retire`] before unmapping it.
//!
//! ```
//! # #[cfg(any(target_os = "linux", target_os = "macos"))]
//! # fn main() -> std::io::Result<()> {
//! # use std::{fs, os::fd::AsRawFd, ptr};
//! use smmap_guard::{Retired, Status, Watch, install};
//!
//! assert_eq!(install(), Status::Active);
//! # let path = std::env::temp_dir().join(format!("smmap-guard-doc-{}", std::process::id()));
//! # let file = fs::File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
//! # fs::remove_file(&path)?;
//! file.set_len(1 << 20)?;
//! # let access = libc::PROT_READ | libc::PROT_WRITE;
//! # let kind = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
//! # // SAFETY: a new map at a place the kernel chooses.
//! # let address = unsafe { libc::mmap(ptr::null_mut(), 1 << 20, access, kind, file.as_raw_fd(), 0) };
//! // `address`: where the file's first MiB is mapped, private and writable.
//! // SAFETY: our own private mapping; it stays, and the file stays open, until `retire` has returned.
//! let watch = unsafe { Watch::new(address as usize, 1 << 20, Some(file.as_raw_fd()), 0)
//! }.expect("registered");
//!
//! file.set_len(0)?;
//! // SAFETY: inside the mapping.
//! assert_eq!(unsafe { address.cast::<u8>().read_volatile() }, 0);
//! assert!(watch.damage().is_truncated());
//! assert_eq!(watch.retire(), Retired::Unmap);
//! # // SAFETY: the map made above, retired.
//! # unsafe { libc::munmap(address, 1 << 20) };
//! # Ok(())
//! # }
//! # #[cfg(not(any(target_os = "linux", target_os = "macos")))]
//! # fn main() {}
//! ```
//!
//! # What it cannot do
//!
//! - A handler installed later that does not call the one it found (Node's `process.on('SIGBUS')`) leaves us
//!   out: [`status`] says [`Status::Replaced`]. We never install again over it: two handlers that call each
//!   other never end.
//! - A thread that blocks `SIGBUS` is killed by the kernel at the fault (sigaction(2)).
//! - A file cut inside its last page, or cut and grown again before anyone looked, raises nothing: compare
//!   its size and times. A system call handed the lost part returns `EFAULT` and raises nothing either.
//! - macOS says the same of a `SIGBUS` that somebody sent as of a fault, with the address of the thread's
//!   last fault. If that lies in a watched range, a page of it is replaced and the range is
//!   [`Damage::IO_ERROR`].
//!
//! # A library that holds a signal handler must stay loaded
//!
//! Node closes an addon that only a worker loaded when that worker ends; a handler left behind would point
//! into nothing. On Linux link the library that contains this crate with `-z nodelete`, in the `build.rs` of
//! the cdylib:
//!
//! ```text
//! println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
//! ```
//!
//! macOS has no such flag for a library; there the addon opens itself once more (`dladdr`, then `dlopen` with
//! `RTLD_NODELETE`) after [`install`].
//!
//! # Checking it
//!
//! ```text
//! # every fault, in child processes
//! cargo test -p smmap-guard
//! # the registry, every interleaving
//! RUSTFLAGS="--cfg loom" cargo test -p smmap-guard --lib --release
//! # AddressSanitizer
//! RUSTFLAGS="-Zsanitizer=address" cargo +nightly test -p smmap-guard \
//!     --target x86_64-unknown-linux-gnu --lib --tests
//! # nanoseconds
//! cargo run -p smmap-guard --release --example cost
//! ```
//!
//! [mmap(2)]: https://man7.org/linux/man-pages/man2/mmap.2.html

mod outcome;
pub use outcome::{Damage, Retired, Status};

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod registry;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod slot;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod sync;

// Loom's atomics live inside a model only, so its test build has the registry and none of the statics.
#[cfg(all(any(target_os = "linux", target_os = "macos"), not(all(loom, test))))]
mod active;
#[cfg(all(any(target_os = "linux", target_os = "macos"), not(all(loom, test))))]
mod fault;
#[cfg(all(any(target_os = "linux", target_os = "macos"), not(all(loom, test))))]
pub use active::{Watch, install, status};
#[cfg(all(any(target_os = "linux", target_os = "macos"), not(all(loom, test))))]
pub use fault::faults;

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod absent;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub use absent::{Watch, faults, install, status};
