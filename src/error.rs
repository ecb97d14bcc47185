//! The core's errors as JavaScript errors: `code` as the core names it, the rest as JSON for `lib/errors/`.
#![forbid(unsafe_code)]

use std::fmt::Write;

use smmap_core::Error;

/// An error whose `code` in JavaScript is one of the core's.
pub(crate) type BorderError = napi::Error<String>;
pub(crate) type Result<T> = std::result::Result<T, BorderError>;

pub(crate) fn to_js(error: &Error) -> BorderError {
    napi::Error::new(error.code().to_owned(), to_json(error))
}

/// `{"message":…}` and, where the system said it, `"errno"` and `"syscall"`.
pub(crate) fn to_json(error: &Error) -> String {
    let mut json = format!("{{\"code\":{},\"message\":{}", quote(error.code()), quote(&error.to_string()));
    if let Error::Os { cause, .. } = error {
        let _ = write!(json, ",\"errno\":{},\"syscall\":{}", cause.errno, quote(cause.syscall));
    }
    json.push('}');
    json
}

/// A handle that nobody has: a mistake of our own TypeScript, told instead of a panic.
pub(crate) fn stale(what: &str) -> BorderError {
    napi::Error::new(Error::Closed.code().to_owned(), format!("{{\"message\":\"the {what} is closed\"}}"))
}

/// Something of ours panicked.
pub(crate) fn panicked() -> BorderError {
    let message = "the native side panicked, which is a bug of smmap";
    napi::Error::new("ERR_INTERNAL_ASSERTION".to_owned(), message.to_owned())
}

/// What Node-API refused.
pub(crate) fn refused(call: &str, status: i32) -> BorderError {
    napi::Error::new(
        "ERR_SMMAP_UNSUPPORTED".to_owned(),
        format!("{{\"message\":\"{call} failed with status {status}\"}}"),
    )
}

fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
