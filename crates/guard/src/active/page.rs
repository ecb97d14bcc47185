//! The size of a page, as the handler may ask for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Asked once: `sysconf` has no place in a handler.
static PAGE: AtomicUsize = AtomicUsize::new(0);

pub(super) fn learn_page_size() -> Option<()> {
    // SAFETY: asks nothing of its caller.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    PAGE.store(page, Ordering::Relaxed);
    page.is_power_of_two().then_some(())
}

/// A power of two; 0 before [`learn_page_size`].
pub(super) fn page_size() -> usize {
    PAGE.load(Ordering::Relaxed)
}
