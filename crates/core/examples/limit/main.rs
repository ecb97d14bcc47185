//! The limit the benchmark measures against: the work of its rows done by plain memmap2, memchr and pread,
//! with nothing of this package between. Each way prints a sample as JSON; `forget` prints nothing.

mod cold;
mod files;
mod measure;
mod places;
mod scan;
mod search;

use std::error::Error;

const USAGE: &str = "usage: limit WAY …
  count-mmap PATH THREADS       newlines, by memchr over maps
  count-pread PATH              newlines, by memchr over a buffer
  memmem PATH TEXT THREADS      where a text is, over one map
  regex PATH PATTERN THREADS    the matches of a regular expression, over one map
  line-index PATH EVERY THREADS where every EVERY-th line starts, over one map
  at PATH PLACES SIZE           4 bytes at places of one map, all of it touched before
  lone-pread PATH PLACES STEPS  64 bytes at places, each by a pread
  lone-mmap PATH PLACES STEPS   64 bytes at places, each by a map of its own
  churn PATH PLACES STEPS SIZE  a byte at places, each in a map of SIZE bytes of its own
  files FOLDER COUNT            16 bytes of each file: open, read, close
  touch PATH                    a byte a page, over one map
  forget PATH                   nothing measured: the file leaves the page cache";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sample = match arguments[..] {
        ["count-mmap", path, threads] => scan::count_over_mmap(path, threads.parse()?)?,
        ["count-pread", path] => scan::count_over_pread(path)?,
        ["memmem", path, text, threads] => search::find(path, text.as_bytes(), threads.parse()?)?,
        ["regex", path, pattern, threads] => search::count_matches(path, pattern, threads.parse()?)?,
        ["line-index", path, every, threads] => search::index_lines(path, every.parse()?, threads.parse()?)?,
        ["at", path, places, size] => places::at(path, places, size.parse()?)?,
        ["lone-pread", path, places, steps] => places::lone_pread(path, places, steps.parse()?)?,
        ["lone-mmap", path, places, steps] => places::lone_mmap(path, places, steps.parse()?)?,
        ["churn", path, places, steps, size] => places::churn(path, places, steps.parse()?, size.parse()?)?,
        ["files", folder, count] => files::read_each(folder, count.parse()?)?,
        ["touch", path] => cold::touch(path)?,
        ["forget", path] => return cold::forget(path),
        _ => return Err(USAGE.into()),
    };
    println!("{sample}");
    Ok(())
}
