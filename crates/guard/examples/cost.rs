//! What the guard costs: `cargo run -p smmap-guard --release --example cost`. Knows the guard's public face.

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn main() -> std::io::Result<()> {
    cost::print_all()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn main() {}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod cost {
    use smmap_guard::{Retired, Status, Watch, install, status};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::ptr;
    use std::time::{Duration, Instant};

    const IS_64_BIT: bool = cfg!(target_pointer_width = "64");
    /// A multiple of every system's page. On 32 bits the smallest, so that all the ranges fit below the maps.
    const PAGE: usize = if IS_64_BIT { 16_384 } else { 4_096 };
    /// Never touched, so nothing need be mapped there.
    const NOWHERE: usize = 1 << if IS_64_BIT { 40 } else { 28 };

    pub(super) fn print_all() -> io::Result<()> {
        println!("guard: {}", install().as_str());
        print("status", 100_000, each(100_000, || assert_ne!(status(), Status::Off)));
        let mut kept = Vec::with_capacity(200_000);
        for wanted in [0, 1_000, 200_000] {
            register(&mut kept, wanted)?;
            measure_beside(kept.len())?;
        }
        let start = Instant::now();
        let count = kept.len();
        let leaked = kept.into_iter().map(Watch::retire).filter(|end| *end == Retired::Leak).count();
        print("unregister all of them", count, start.elapsed());
        println!("leaked: {leaked}");
        Ok(())
    }

    fn register(kept: &mut Vec<Watch>, wanted: usize) -> io::Result<()> {
        let more = wanted - kept.len();
        let start = Instant::now();
        for index in kept.len()..wanted {
            kept.push(watch(NOWHERE + index * PAGE, PAGE, -1)?);
        }
        if more > 0 {
            print("register in slots never used", more, start.elapsed());
        }
        Ok(())
    }

    fn measure_beside(others: usize) -> io::Result<()> {
        println!("beside {others} ranges:");
        let rounds = 1_000_000;
        let mut failed = 0;
        let both = each(rounds, || match watch(NOWHERE - PAGE, PAGE, -1).map(Watch::retire) {
            Ok(Retired::Unmap) => {}
            _ => failed += 1,
        });
        print("  register and unregister", rounds, both);
        println!("  failed: {failed}");
        let rounds = 1_000;
        let mut total = Duration::ZERO;
        for _ in 0..rounds {
            total += repaired_fault()?;
        }
        print("  a repaired fault", rounds, total);
        Ok(())
    }

    fn each(rounds: usize, mut work: impl FnMut()) -> Duration {
        let start = Instant::now();
        (0..rounds).for_each(|_| work());
        start.elapsed()
    }

    fn print(what: &str, rounds: usize, total: Duration) {
        let nanoseconds = total.as_nanos() / rounds.max(1) as u128;
        println!("{what}: {nanoseconds} ns");
    }

    fn watch(address: usize, len: usize, fd: i32) -> io::Result<Watch> {
        // SAFETY: the caller's own private map, or a place that is never read.
        unsafe { Watch::new(address, len, Some(fd), 0) }.ok_or_else(|| io::Error::other("no guard"))
    }

    /// A file of 16 MiB cut to nothing, and the first read.
    fn repaired_fault() -> io::Result<Duration> {
        let len = 16 << 20;
        let path = std::env::temp_dir().join(format!("smmap-guard-cost-{}", std::process::id()));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        file.set_len(len as u64)?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
        // SAFETY: a new map at a place the kernel chooses.
        let place = unsafe { libc::mmap(ptr::null_mut(), len, access, kind, file.as_raw_fd(), 0) };
        if place == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let watch = watch(place as usize, len, file.as_raw_fd())?;
        file.set_len(0)?;
        let start = Instant::now();
        // SAFETY: inside the map.
        unsafe { place.cast::<u8>().read_volatile() };
        let taken = start.elapsed();
        if watch.retire() == Retired::Unmap {
            // SAFETY: our own map, retired.
            unsafe { libc::munmap(place, len) };
        }
        Ok(taken)
    }
}
