//! A simulated system for the state machine: pages, one watched range, a file that can be cut, maps that can
//! be refused, and the handler found before. Touches no real page.

use crate::fault::{Before, Codes, Signal, System, meet};
use crate::outcome::Damage;
use crate::registry::Registry;
use crate::slot::Range;
use std::cell::{Cell, RefCell};

/// The watched pages are `FIRST..LAST`; pages beside them are somebody else's.
pub(super) const FIRST: usize = 4;
pub(super) const LAST: usize = 10;
pub(super) const ALL: usize = 14;
pub(super) const FD: i32 = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// As it was mapped: the file's, where it has any.
    Mapped,
    Zeros,
    ZerosToRead,
}

/// How an instruction that reads a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Bytes,
    Zeros,
    Killed,
    /// A handler found before was called, and did what it does.
    Theirs,
    /// The same fault again and again.
    Spinning,
    /// A signal that nobody minded.
    Ignored,
}

pub(super) type Meanwhile = Box<dyn FnOnce(&Machine)>;

/// A process with one watched range over one file. Numbers of maps are what is left until the system refuses.
pub(super) struct Machine {
    pub(super) codes: Codes,
    pub(super) page: usize,
    pub(super) ranges: Registry,
    /// In pages, from the range's first on; of another page, nothing can be read.
    pub(super) file_pages: Cell<usize>,
    pub(super) is_fd_good: Cell<bool>,
    pub(super) pages: RefCell<[Page; ALL]>,
    pub(super) maps_left: Cell<usize>,
    pub(super) spares: Cell<usize>,
    pub(super) refuses_writable: Cell<bool>,
    pub(super) before: Cell<Before<u32>>,
    pub(super) is_default: Cell<bool>,
    pub(super) is_raised: Cell<bool>,
    pub(super) calls: Cell<usize>,
    /// What happens while pages are being mapped: another fault, another thread.
    pub(super) meanwhile: RefCell<Option<Meanwhile>>,
}

impl Machine {
    pub(super) fn new(codes: Codes, page: usize, fd: Option<i32>) -> Self {
        let machine = Self {
            codes,
            page,
            ranges: Registry::new(),
            file_pages: Cell::new(LAST - FIRST),
            is_fd_good: Cell::new(true),
            pages: RefCell::new([Page::Mapped; ALL]),
            maps_left: Cell::new(100),
            spares: Cell::new(8),
            refuses_writable: Cell::new(false),
            before: Cell::new(Before::Default),
            is_default: Cell::new(false),
            is_raised: Cell::new(false),
            calls: Cell::new(0),
            meanwhile: RefCell::new(None),
        };
        // From the file's second page on.
        let range = Range { start: FIRST * page, end: LAST * page, fd, file_offset: page as u64 };
        machine.ranges.insert(&range).unwrap();
        machine
    }

    /// What this system's kernel says of a page that the file does not have.
    pub(super) const fn code_of_a_missing_page(&self) -> i32 {
        match self.codes {
            Codes::Linux => 2,
            Codes::MacOs => 1,
        }
    }

    /// What it says of a signal that somebody sent: on macOS the same.
    const fn code_of_kill(&self) -> i32 {
        match self.codes {
            Codes::Linux => 0,
            Codes::MacOs => 1,
        }
    }

    pub(super) fn damage(&self) -> Damage {
        self.ranges.slot(0).unwrap().damage()
    }

    pub(super) fn deliver(&self, code: i32, address: usize) {
        meet(Signal { code, address }, self.codes, &self.ranges, self.page, self);
    }

    /// Reads a byte of a page, as a processor does: again after each signal's handler, until there is an end.
    pub(super) fn read(&self, number: usize) -> End {
        for _ in 0..3 {
            match self.pages.borrow()[number] {
                Page::Zeros | Page::ZerosToRead => return End::Zeros,
                Page::Mapped if self.has(number) => return End::Bytes,
                Page::Mapped => {}
            }
            if self.is_default.get() {
                return End::Killed;
            }
            self.deliver(self.code_of_a_missing_page(), number * self.page + 123);
            if let Some(end) = self.ended() {
                return end;
            }
        }
        End::Spinning
    }

    pub(super) fn send(&self, address: usize) -> End {
        self.deliver(self.code_of_kill(), address);
        self.ended().unwrap_or(End::Ignored)
    }

    pub(super) fn ended(&self) -> Option<End> {
        let theirs = (self.calls.get() > 0).then_some(End::Theirs);
        if self.is_raised.get() { Some(End::Killed) } else { theirs }
    }

    /// Whether the file has the page. Those of others are cut.
    pub(super) fn has(&self, number: usize) -> bool {
        number.checked_sub(FIRST).is_some_and(|at| at < self.file_pages.get())
    }

    pub(super) fn map(&self, start: usize, end: usize, kind: Page) -> bool {
        assert!(start.is_multiple_of(self.page) && end.is_multiple_of(self.page) && start < end);
        if self.maps_left.get() == 0 || (kind == Page::Zeros && self.refuses_writable.get()) {
            return false;
        }
        self.maps_left.set(self.maps_left.get() - 1);
        let pages = start / self.page..end / self.page;
        assert!(FIRST <= pages.start && pages.end <= LAST, "pages {pages:?} are not ours");
        self.pages.borrow_mut()[pages].fill(kind);
        true
    }
}

impl System for Machine {
    type Handler = u32;

    fn file_size(&self, fd: i32) -> Option<u64> {
        assert_eq!(fd, FD);
        let bytes = (self.file_pages.get() + 1) * self.page;
        self.is_fd_good.get().then_some(bytes as u64)
    }

    fn map_zeros(&self, start: usize, end: usize, is_writable: bool) -> bool {
        assert!(!self.damage().is_none(), "zeros before anyone was told");
        let meanwhile = self.meanwhile.borrow_mut().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile(self);
        }
        self.map(start, end, if is_writable { Page::Zeros } else { Page::ZerosToRead })
    }

    fn give_back_a_spare(&self) -> bool {
        let Some(left) = self.spares.get().checked_sub(1) else { return false };
        self.spares.set(left);
        self.maps_left.set(self.maps_left.get() + 1);
        true
    }

    fn before(&self) -> Before<u32> {
        self.before.get()
    }

    fn take_before(&self, handler: u32) -> bool {
        let is_there = self.before.get() == Before::HandlerOnce(handler);
        if is_there {
            self.before.set(Before::Default);
        }
        is_there
    }

    fn call(&self, handler: u32) {
        assert_eq!(handler, 5);
        self.calls.set(self.calls.get() + 1);
    }

    fn die(&self, is_raised: bool) {
        self.is_default.set(true);
        self.is_raised.set(is_raised);
    }
}
