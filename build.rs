//! Tells the linker how an addon finds Node's symbols, and that it stays loaded. Knows nothing of the code.
fn main() {
    napi_build::setup();
    // Node closes an addon that only a worker loaded when the worker ends; our signal handler must not dangle then.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
}
