//! Pins the example library as the addon must be pinned: a handler must not outlive its code. Knows nothing
//! of that code. (`rustc-link-arg-examples` leaves out examples that are libraries; the programs do not
//! mind.) Also names the target, so that the tests can build that library for the system they run on.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=GUARD_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,-z,nodelete");
    }
}
