//! The core's errors, and those of the border, as JSON: a kind and its details. `lib/errors/` writes what
//! users read.
#![forbid(unsafe_code)]

use std::fmt::{Display, Write};

use smmap_core::{Error, PatternFault};

/// An error whose message in JavaScript is JSON, and whose `code` is its kind.
pub(crate) type BorderError = napi::Error<String>;
pub(crate) type Result<T> = std::result::Result<T, BorderError>;

pub(crate) fn to_js(error: &Error) -> BorderError {
    napi::Error::new(error.kind().to_owned(), to_json(error))
}

/// As `NativeReport` of `lib/errors/native-errors.ts` has it.
pub(crate) fn to_json(error: &Error) -> String {
    let json = Json::of(error.kind());
    let json = match error {
        Error::Os { cause, .. } => json.number("errno", cause.errno).text("syscall", cause.syscall),
        Error::NotRegularFile { name } | Error::EmptyFile { name } => json.text("name", name),
        // More than a double counts.
        Error::FileTooLarge { name, size } => json.text("name", name).text("size", &size.to_string()),
        Error::HandleLimit { limit, kind } => json.number("limit", limit).text("of", &kind.to_string()),
        Error::MemoryLimit { limit, used, wanted } => {
            json.number("limit", limit).number("used", used).number("wanted", wanted)
        }
        Error::FileTruncated { name, opened, now } => {
            let json = json.text("name", name).number("opened", opened);
            now.iter().fold(json, |json, now| json.number("now", now))
        }
        Error::FileChanged { name, what } => json.text("name", name).text("what", what.name()),
        Error::BeyondEnd { offset, size, name } => {
            json.number("offset", offset).number("size", size).text("name", name)
        }
        Error::Unaligned { offset, unit } => json.number("offset", offset).number("unit", unit),
        Error::CountBelowZero { count, by } => json.number("count", count).number("by", by),
        Error::InvalidPattern { fault } => match fault {
            PatternFault::Empty => json.text("fault", "empty"),
            PatternFault::Newline => json.text("fault", "newline"),
            PatternFault::TooLarge { most } => json.text("fault", "too-large").number("most", most),
            PatternFault::Syntax { message } => json.text("fault", "syntax").text("parser", message),
        },
        _ => json,
    };
    json.end()
}

/// An object that is closed was used: a mistake of our own TypeScript, reported instead of a panic.
pub(crate) fn stale(what: &str) -> BorderError {
    let kind = Error::Closed.kind();
    napi::Error::new(kind.to_owned(), Json::of(kind).text("what", what).end())
}

/// Something of ours panicked.
pub(crate) fn panicked() -> BorderError {
    napi::Error::new(PANICKED.to_owned(), panicked_json())
}

/// As [`panicked`], for what is reported in JSON.
pub(crate) fn panicked_json() -> String {
    Json::of(PANICKED).end()
}

/// What Node-API refused.
pub(crate) fn refused(call: &str, status: i32) -> BorderError {
    let kind = "refused";
    napi::Error::new(kind.to_owned(), Json::of(kind).text("call", call).number("status", status).end())
}

const PANICKED: &str = "panicked";

/// An object that is being written, from its kind on.
struct Json(String);

impl Json {
    fn of(kind: &str) -> Self {
        Self(format!("{{\"kind\":{}", quote(kind)))
    }

    fn text(mut self, name: &str, text: &str) -> Self {
        let _ = write!(self.0, ",\"{name}\":{}", quote(text));
        self
    }

    fn number(mut self, name: &str, number: impl Display) -> Self {
        let _ = write!(self.0, ",\"{name}\":{number}");
        self
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
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
