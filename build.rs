//! Tells the linker how an addon finds Node's symbols; knows nothing of the code.
fn main() {
    napi_build::setup();
}
