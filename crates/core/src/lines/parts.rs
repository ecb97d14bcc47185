//! Several threads working on whole lines at hand, a part each. Knows no kind of work.
#![forbid(unsafe_code)]

use memchr::memrchr;

use crate::run::threads::Threads;

/// The results of `work` for each part of `bytes`, in order. Each part ends after a newline, or at the end.
pub(crate) fn in_lines<T: Send>(bytes: &[u8], threads: &Threads, work: impl Fn(&[u8]) -> T + Sync) -> Vec<T> {
    let parts = cut(bytes, threads.count(), threads.least_part);
    let (first, others) = parts.split_first().unwrap_or((&bytes, &[]));
    let (first, others) = threads.beside(|| work(first), others.to_vec(), &work);
    std::iter::once(first).chain(others).collect()
}

fn cut(bytes: &[u8], most: usize, least: usize) -> Vec<&[u8]> {
    let size = (bytes.len() / most).max(least);
    let mut parts = Vec::with_capacity(most);
    let mut rest = bytes;
    // The rest is left whole when it is less than half a part longer: a thread for a small last part is not
    // worth waking.
    while parts.len() + 1 < most && rest.len() > size + size / 2 {
        // One line fills the whole part: what follows stays with one thread.
        let Some(newline) = memrchr(b'\n', &rest[..size]) else { break };
        let (part, others) = rest.split_at(newline + 1);
        parts.push(part);
        rest = others;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::run::threads::LEAST_PART;

    const FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

    #[test]
    fn parts_are_whole_lines_and_all_the_bytes() {
        let bytes = b"0123456789\n".repeat(LEAST_PART);
        let parts = cut(&bytes, 4, LEAST_PART);
        assert_eq!(parts.len(), 4);
        assert!(parts.iter().all(|part| part.ends_with(b"\n") && part.len() >= LEAST_PART));
        assert_eq!(parts.concat(), bytes);
        assert_eq!(cut(&vec![b'x'; 5 * LEAST_PART], 4, LEAST_PART).len(), 1, "a single line stays whole");
    }

    #[test]
    fn results_come_in_order() {
        let bytes = b"0123456789\n".repeat(LEAST_PART);
        let sizes = in_lines(&bytes, &Threads::new(FOUR), |part| (part.as_ptr() as usize, part.len()));
        assert!(sizes.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0));
        assert_eq!(sizes.iter().map(|(_, size)| size).sum::<usize>(), bytes.len());
    }
}
