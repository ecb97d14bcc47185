//! Lines as grep prints them: each after the name of its file, its number and its offset. Knows no file, and
//! no pattern.
#![forbid(unsafe_code)]

/// A line to be printed.
#[derive(Clone, Copy, Debug)]
pub struct TextLine {
    /// From 0.
    pub number: u64,
    /// Where it begins.
    pub offset: u64,
    /// Whether it was selected; otherwise it is context.
    pub is_selected: bool,
    /// How many bytes it has, its newline included; 0: it is left out.
    pub size: usize,
}

/// What is printed before each line.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextPrefix<'a> {
    /// The name of its file.
    pub name: Option<&'a [u8]>,
    /// Its number, from 1.
    pub numbers: bool,
    /// Where it begins.
    pub offsets: bool,
}

/// The text of the lines, whose bytes follow each other in `bytes`, each after its prefix: with a colon if it
/// was selected, else with a hyphen.
///
/// ```
/// use smmap_core::{TextLine, TextPrefix, to_text};
///
/// let lines = [
///     TextLine { number: 8, offset: 70, is_selected: true, size: 4 },
///     TextLine { number: 9, offset: 74, is_selected: false, size: 2 },
/// ];
/// let prefix = TextPrefix { name: Some(b"log"), numbers: true, offsets: true };
/// assert_eq!(to_text(lines, b"one\n2\n", prefix), b"log:9:70:one\nlog-10-74-2\n");
/// ```
pub fn to_text(
    lines: impl IntoIterator<Item = TextLine>,
    bytes: &[u8],
    TextPrefix { name, numbers, offsets }: TextPrefix<'_>,
) -> Vec<u8> {
    // A quarter more, for the prefixes: usually one allocation is enough.
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 4);
    let mut rest = bytes;
    for line in lines.into_iter().filter(|line| line.size > 0) {
        let (own, others) = rest.split_at(line.size.min(rest.len()));
        rest = others;
        let mark = if line.is_selected { b':' } else { b'-' };
        if let Some(name) = name {
            text.extend_from_slice(name);
            text.push(mark);
        }
        if numbers {
            push_number(&mut text, line.number + 1, mark);
        }
        if offsets {
            push_number(&mut text, line.offset, mark);
        }
        text.extend_from_slice(own);
    }
    text
}

/// Writes a number in decimal, and the mark after it, in a third of the time that `write!` takes.
fn push_number(text: &mut Vec<u8>, mut number: u64, mark: u8) {
    // A `u64` has at most 20 digits; the last place is the mark's.
    let mut digits = [mark; 21];
    let mut at = digits.len() - 1;
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_written() {
        for number in [0, 9, 10, 12_345, u64::MAX] {
            let mut text = Vec::new();
            push_number(&mut text, number, b':');
            assert_eq!(text, format!("{number}:").as_bytes());
        }
    }

    #[test]
    fn lines_without_bytes_are_left_out() {
        let line = |number, size| TextLine { number, offset: 0, is_selected: true, size };
        let prefix = TextPrefix { numbers: true, ..TextPrefix::default() };
        assert_eq!(to_text([line(0, 2), line(1, 0), line(2, 2)], b"a\nb\n", prefix), b"1:a\n3:b\n");
    }
}
