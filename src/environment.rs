//! This thread's tables of managers and cursors, emptied when its JavaScript environment ends.
//! Knows handles, and nothing of what the calls do.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use napi::Env;
use slab::Slab;
use smmap_core::{Cursor, Error, FileMapper, Manager, Viewer};

use crate::error::{Result, stale};
use crate::hold;
use crate::mailbox::Mailbox;

pub(crate) type FileManager = Manager<FileMapper>;
pub(crate) type FileCursor = Cursor<FileMapper>;

/// A manager, and what its JavaScript side needs of it.
#[derive(Clone)]
pub(crate) struct ManagerEntry {
    pub(crate) manager: FileManager,
    pub(crate) mailbox: Rc<Mailbox>,
    pub(crate) seat: Rc<Seat>,
    /// Whether JavaScript sees memory in place.
    pub(crate) shows: bool,
}

/// This thread as a viewer of the manager, until it ends, leaves, or nothing of the manager's is left in it.
pub(crate) struct Seat {
    manager: FileManager,
    viewer: Cell<Viewer>,
    /// How often views were emptied that this thread knows of.
    emptied: Cell<usize>,
}

impl Seat {
    pub(crate) fn new(manager: FileManager, viewer: Viewer) -> Rc<Self> {
        let emptied = Cell::new(manager.emptied(0).len());
        Rc::new(Self { manager, viewer: Cell::new(viewer), emptied })
    }

    pub(crate) fn viewer(&self) -> Viewer {
        self.viewer.get()
    }

    /// Empties the views of this thread that another one wants emptied.
    pub(crate) fn empty_views(&self) {
        let bases = self.manager.emptied(self.emptied.get());
        self.emptied.set(self.emptied.get() + bases.len());
        for base in bases {
            hold::detach(&self.manager.lingering(), base.as_deref());
        }
    }

    /// The thread reads nothing of the manager's any more.
    pub(crate) fn leave(&self) {
        self.manager.detach(self.viewer.replace(Viewer::NOBODY));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

pub(crate) struct CursorEntry {
    pub(crate) cursor: FileCursor,
    pub(crate) owner: ManagerEntry,
    pub(crate) manager: u32,
    /// Why the last move failed, until it is asked for.
    pub(crate) error: Option<Error>,
}

#[derive(Default)]
struct Tables {
    managers: Slab<ManagerEntry>,
    cursors: Slab<CursorEntry>,
    /// Environments alive on this thread; Electron may have several.
    environments: usize,
    /// Whether the process goes on when they end, and Node empties their buffers then.
    ends_early: bool,
}

thread_local! {
    static TABLES: RefCell<Tables> = RefCell::default();
}

/// Counts a JavaScript environment of this thread until it ends; with the last one everything is let go.
pub(crate) fn enter(env: &Env, ends_early: bool) -> napi::Result<()> {
    TABLES.with_borrow_mut(|tables| {
        tables.environments += 1;
        tables.ends_early = ends_early;
    });
    env.add_env_cleanup_hook((), |()| {
        let ended = TABLES.with_borrow_mut(|tables| {
            tables.environments -= 1;
            (tables.environments == 0).then(|| std::mem::take(tables))
        });
        drop(ended);
    })?;
    Ok(())
}

/// Whether this thread is a worker of Node's: what it leaves behind when it ends, the process has to live
/// with.
pub(crate) fn ends_before_process() -> bool {
    TABLES.with_borrow(|tables| tables.ends_early)
}

pub(crate) fn add_manager(entry: ManagerEntry) -> u32 {
    TABLES.with_borrow_mut(|tables| to_handle(tables.managers.insert(entry)))
}

pub(crate) fn manager(handle: u32) -> Result<ManagerEntry> {
    TABLES.with_borrow(|tables| tables.managers.get(handle as usize).cloned()).ok_or_else(|| stale("manager"))
}

/// As [`manager`], without a clone: nothing that could come back here may be called from `body`.
pub(crate) fn with_manager<T>(handle: u32, body: impl FnOnce(&ManagerEntry) -> Result<T>) -> Result<T> {
    TABLES.with_borrow(|tables| body(tables.managers.get(handle as usize).ok_or_else(|| stale("manager"))?))
}

pub(crate) fn drop_manager(handle: u32) {
    let gone = TABLES.with_borrow_mut(|tables| tables.managers.try_remove(handle as usize));
    drop(gone);
}

pub(crate) fn add_cursor(entry: CursorEntry) -> u32 {
    TABLES.with_borrow_mut(|tables| to_handle(tables.cursors.insert(entry)))
}

/// Nothing that could come back here may be called from `body`.
pub(crate) fn with_cursor<T>(handle: u32, body: impl FnOnce(&mut CursorEntry) -> Result<T>) -> Result<T> {
    TABLES.with_borrow_mut(|tables| {
        body(tables.cursors.get_mut(handle as usize).ok_or_else(|| stale("cursor"))?)
    })
}

pub(crate) fn drop_cursor(handle: u32) {
    let gone = TABLES.with_borrow_mut(|tables| tables.cursors.try_remove(handle as usize));
    drop(gone);
}

/// Closes the cursors that this thread has of a manager.
pub(crate) fn close_cursors(manager: u32) {
    TABLES.with_borrow_mut(|tables| {
        for (_, entry) in &mut tables.cursors {
            if entry.manager == manager {
                entry.cursor.close();
            }
        }
    });
}

/// Lets the cursors of a manager go of regions that were taken from under them.
pub(crate) fn settle_cursors(manager: u32) {
    TABLES.with_borrow_mut(|tables| {
        for (_, entry) in &mut tables.cursors {
            if entry.manager == manager && !entry.cursor.is_valid() {
                entry.cursor.unuse_region();
            }
        }
    });
}

#[expect(clippy::cast_possible_truncation, reason = "four billion cursors do not fit memory")]
fn to_handle(index: usize) -> u32 {
    index as u32
}
