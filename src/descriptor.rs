//! The handle of one of Node's descriptors. They are numbers in the table of the C library inside the
//! executable; libuv, which is in there too, can look into that table.

use std::ffi::c_void;
use std::sync::OnceLock;

use libloading::os::windows::Library;

type Lookup = unsafe extern "C" fn(i32) -> *mut c_void;

/// The handle, owned by the descriptor. `None` if there is no such descriptor, or the executable exports no
/// such function.
pub(crate) fn to_handle(fd: i32) -> Option<*mut c_void> {
    static LOOKUP: OnceLock<Option<Lookup>> = OnceLock::new();
    let lookup = (*LOOKUP.get_or_init(find))?;
    // SAFETY: `uv_get_osfhandle` takes any number, and answers -1 (or -2 for a closed standard stream) for
    // one that is no descriptor.
    let handle = unsafe { lookup(fd) };
    (handle.addr().cast_signed() >= 0).then_some(handle)
}

fn find() -> Option<Lookup> {
    let executable = Library::this().ok()?;
    // SAFETY: libuv declares it so since 1.12, and the executable is never unloaded.
    unsafe { executable.get::<Lookup>(b"uv_get_osfhandle\0") }.ok().map(|symbol| *symbol)
}
