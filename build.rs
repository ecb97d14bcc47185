//! Tells the linker how an addon finds Node's symbols, and that it stays loaded. Knows nothing of the code.
fn main() {
    napi_build::setup();
    // Node closes an addon that only a worker loaded when the worker ends; our signal handler must not dangle
    // then.
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if system == "linux" {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
    // Otherwise it names the folder it was built in, and libraries that nothing in it asks for.
    if system == "macos" {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-install_name,@rpath/smmap.node,-dead_strip_dylibs");
    }
}
