//! A thread's seat at a manager: what it sees of the manager, and its cursors. Knows no call from JavaScript.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use napi::Env;
use smmap_core::{Cursor, Error, FileMapper, Sign, Viewer};

use crate::error::{self, stale, to_js};
use crate::hold;
use crate::mailbox::{self, Mailbox};
use crate::registry::{self, FileManager};

pub(crate) type FileCursor = Cursor<FileMapper>;

/// This thread as a viewer of the manager, until it ends, leaves, or has nothing of the manager any more.
pub(crate) struct Seat {
    pub(crate) manager: FileManager,
    pub(crate) mailbox: Mailbox,
    /// Whether JavaScript sees memory in place.
    pub(crate) shows: bool,
    viewer: Cell<Viewer>,
    /// How many requests to empty views this thread has done.
    emptied: Cell<usize>,
    cursors: RefCell<Vec<Weak<SeatCursor>>>,
}

thread_local! {
    /// The seats of this thread that may be taken.
    static SEATS: RefCell<Vec<Weak<Seat>>> = RefCell::default();
    /// The environments that live on this thread; Electron may have several.
    static ENVIRONMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts an environment of this thread until it ends. With the last one all seats are left: Node finalizes
/// every object then, other runtimes finalize none.
pub(crate) fn enter(env: &Env) -> napi::Result<()> {
    ENVIRONMENTS.set(ENVIRONMENTS.get() + 1);
    env.add_env_cleanup_hook((), |()| {
        ENVIRONMENTS.set(ENVIRONMENTS.get() - 1);
        if ENVIRONMENTS.get() == 0 {
            SEATS.take().iter().filter_map(Weak::upgrade).for_each(|seat| seat.end());
        }
    })?;
    Ok(())
}

impl Seat {
    pub(crate) fn new(manager: FileManager, mailbox: Mailbox, shows: bool) -> Rc<Self> {
        let viewer = Cell::new(manager.attach(Sign { board: mailbox.board(), bell: None }));
        let emptied = Cell::new(manager.emptied(0).len());
        let seat = Rc::new(Self { manager, mailbox, shows, viewer, emptied, cursors: RefCell::default() });
        SEATS.with_borrow_mut(|seats| add(seats, &seat));
        seat
    }

    /// The thread ends. A manager that other threads may have outlives it, also before any of them came.
    fn end(&self) {
        self.close_cursors();
        self.leave();
        if !registry::is_shared(&self.manager) {
            self.manager.close();
        }
    }

    pub(crate) fn viewer(&self) -> Viewer {
        self.viewer.get()
    }

    /// Empties the views of this thread that another thread wants emptied.
    pub(crate) fn empty_views(&self) {
        let bases = self.manager.emptied(self.emptied.get());
        self.emptied.set(self.emptied.get() + bases.len());
        for base in bases {
            hold::detach(&self.manager.lingering(), base.as_deref());
        }
    }

    /// Writes the regions that left the cache into the mailbox, as many as fit, and returns how many. Those
    /// of the call before are unmapped by this one.
    pub(crate) fn take_gone(&self) -> usize {
        self.empty_views();
        let gone = self.manager.take_gone(self.viewer(), mailbox::MOST_GONE);
        let numbers = gone.iter().flat_map(|key| [key.slot as u64, key.generation]);
        self.mailbox.put(&numbers.collect::<Vec<_>>());
        gone.len()
    }

    /// From now on, the thread reads nothing of the manager.
    pub(crate) fn leave(&self) {
        self.manager.detach(self.viewer.replace(Viewer::NOBODY));
    }

    /// Closes this thread's cursors of the manager.
    pub(crate) fn close_cursors(&self) {
        self.for_each_cursor(FileCursor::close);
    }

    /// Makes cursors let go of regions that were taken away by force.
    pub(crate) fn unuse_taken(&self) {
        self.for_each_cursor(|cursor| {
            if !cursor.is_valid() {
                cursor.unuse_region();
            }
        });
    }

    fn for_each_cursor(&self, body: impl Fn(&mut FileCursor)) {
        for cursor in self.cursors.borrow().iter().filter_map(Weak::upgrade) {
            cursor.cursor.borrow_mut().iter_mut().for_each(&body);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A cursor of this thread: on a file or, between two files, on none.
pub(crate) struct SeatCursor {
    cursor: RefCell<Option<FileCursor>>,
    pub(crate) seat: Rc<Seat>,
    /// Why the last hot call failed, until `take_error` takes it.
    error: Cell<Option<Error>>,
}

impl SeatCursor {
    /// A cursor on no file.
    pub(crate) fn new(seat: &Rc<Seat>) -> Rc<Self> {
        let seat_of = Rc::clone(seat);
        let cursor = Rc::new(Self { cursor: RefCell::default(), seat: seat_of, error: Cell::default() });
        add(&mut seat.cursors.borrow_mut(), &cursor);
        cursor
    }

    /// Puts it on another file, or on none.
    pub(crate) fn set(&self, cursor: Option<FileCursor>) {
        drop(self.cursor.replace(cursor));
    }

    /// Calls `body` with the cursor. `body` must not use this cursor by another way.
    pub(crate) fn with<T>(&self, body: impl FnOnce(&mut FileCursor) -> T) -> error::Result<T> {
        self.cursor.borrow_mut().as_mut().map(body).ok_or_else(|| stale("cursor"))
    }

    /// As [`SeatCursor::with`], for what can fail.
    pub(crate) fn attempt<T>(
        &self,
        body: impl FnOnce(&mut FileCursor) -> Result<T, Error>,
    ) -> error::Result<T> {
        self.with(body)?.map_err(|error| to_js(&error))
    }

    /// As [`SeatCursor::attempt`], for hot calls: the error is kept for [`SeatCursor::take_error`].
    pub(crate) fn attempt_hot<T>(&self, body: impl FnOnce(&mut FileCursor) -> Result<T, Error>) -> Option<T> {
        self.keep(self.cursor.borrow_mut().as_mut().map_or(Err(Error::Closed), body))
    }

    /// Keeps an error for [`SeatCursor::take_error`].
    pub(crate) fn keep<T>(&self, outcome: Result<T, Error>) -> Option<T> {
        outcome.map_err(|error| self.error.set(Some(error))).ok()
    }

    pub(crate) fn take_error(&self) -> Option<Error> {
        self.error.take()
    }
}

/// Adds one to the list. Before the list would grow, those that are gone are removed.
fn add<T>(known: &mut Vec<Weak<T>>, new: &Rc<T>) {
    if known.len() == known.capacity() {
        known.retain(|one| one.strong_count() > 0);
    }
    known.push(Rc::downgrade(new));
}
