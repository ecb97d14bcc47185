//! More files than there may be descriptors, each with a cursor of its own: those off any region lend theirs.
//! The manager's limit alone; what the system refuses is `__test__/limits.spec.ts`'s.
#![cfg(all(unix, not(miri)))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use smmap_core::{Change, Cursor, Error, FileMapper, Handles, Limits, Manager, Options, Policy, Source};
use tempfile::TempDir;

/// The manager keeps three descriptors.
struct Session {
    folder: TempDir,
    manager: Manager<FileMapper>,
}

type FileCursor = Cursor<FileMapper>;

impl Session {
    fn new() -> Self {
        let limits = Limits { memory: 1 << 30, handles: 3, strict: false };
        let manager = Manager::new(Options { policy: Policy::WholeFile, limits }, FileMapper::guarded());
        Self { folder: tempfile::tempdir().unwrap(), manager }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, name: &str) -> Result<FileCursor, Error> {
        self.manager.open(&Source::Path(self.path(name)), 0)
    }

    /// A cursor on a file of that name and content, off any region.
    fn write(&self, name: &str) -> FileCursor {
        fs::write(self.path(name), name).unwrap();
        self.open(name).unwrap()
    }

    /// Cursors on other files, enough that no descriptor is left for those from before.
    fn fill(&self) -> Vec<FileCursor> {
        ["x", "y", "z"].map(|name| self.write(name)).into()
    }
}

fn read(cursor: &mut FileCursor) -> Result<Vec<u8>, Error> {
    cursor.use_region(0, 0)?;
    let bytes = cursor.bytes().unwrap_or_default().to_vec();
    cursor.unuse_region();
    Ok(bytes)
}

fn what_changed(answer: Result<Vec<u8>, Error>) -> Change {
    match answer {
        Err(Error::FileChanged { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

/// A cursor that reads without a map keeps the descriptor between its reads: 100 of them must not keep 100.
#[test]
#[cfg(target_os = "linux")]
fn what_lone_reads_keep_is_closed_when_others_need_it_and_when_the_manager_closes() {
    let session = Session::new();
    let is_open = |name: &str| {
        let path = session.path(name);
        let links = fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        links.filter(|link| *link == path).count()
    };
    let names: Vec<String> = (0..100).map(|number| format!("file {number}")).collect();
    let mut cursors: Vec<_> = names.iter().map(|name| session.write(name)).collect();
    for _ in 0..3 {
        for (cursor, name) in cursors.iter_mut().zip(&names) {
            let mut lone = vec![0; name.len()];
            assert_eq!(cursor.read_lone(&mut lone, 0, true), Ok(Some(name.len())));
            assert_eq!((lone.as_slice(), is_open(name)), (name.as_bytes(), 1));
        }
        assert!(names.iter().map(|name| is_open(name)).sum::<usize>() <= 3);
    }
    session.manager.close();
    assert_eq!(names.iter().map(|name| is_open(name)).sum::<usize>(), 0);
    assert_eq!(cursors[99].read_lone(&mut [0], 0, true), Err(Error::Closed));
}

#[test]
fn a_hundred_files_are_read_in_turn_by_a_cursor_each() {
    let session = Session::new();
    let names: Vec<String> = (0..100).map(|number| format!("file {number}")).collect();
    let mut cursors: Vec<_> = names.iter().map(|name| session.write(name)).collect();
    for _ in 0..3 {
        for (cursor, name) in cursors.iter_mut().zip(&names) {
            assert_eq!(read(cursor).unwrap(), name.as_bytes());
            let mut lone = vec![0; name.len()];
            assert_eq!(cursor.read_at(&mut lone, 0), Ok(name.len()));
            assert_eq!((cursor.check(false), lone.as_slice()), (Ok(()), name.as_bytes()));
        }
    }
    assert!(session.manager.stats().mappings <= 3);
    assert_eq!(session.manager.stats().cursors, 100);
}

#[test]
fn cursors_on_regions_keep_their_descriptors() {
    let session = Session::new();
    let mut cursors: Vec<_> = ["a", "b", "c"].map(|name| session.write(name)).into();
    for cursor in &mut cursors {
        cursor.use_region(0, 0).unwrap();
    }
    fs::write(session.path("d"), "d").unwrap();
    assert_eq!(session.open("d").map(drop), Err(Error::HandleLimit { limit: 3, kind: Handles::Files }));
    cursors[1].unuse_region();
    assert_eq!(read(&mut session.open("d").unwrap()).unwrap(), b"d");
    assert_eq!(read(&mut cursors[1]), Ok(b"b".to_vec()), "for d's cursor is off its region");
}

#[test]
fn a_file_that_grew_meanwhile_is_the_same_one() {
    let session = Session::new();
    let mut cursor = session.write("log");
    let _others = session.fill();
    OpenOptions::new().append(true).open(session.path("log")).unwrap().write_all(b" and more").unwrap();
    assert_eq!(read(&mut cursor), Ok(b"log".to_vec()), "as long as it was when it was opened");
}

#[test]
fn another_file_of_that_name_is_an_error_and_so_is_none() {
    let session = Session::new();
    let [mut replaced, mut removed, mut folder] = ["a", "b", "c"].map(|name| session.write(name));
    let _others = session.fill();
    for name in ["a", "b", "c"] {
        fs::remove_file(session.path(name)).unwrap();
    }
    // Many file systems give it the number of the inode that has just become free.
    fs::write(session.path("a"), "a").unwrap();
    fs::create_dir(session.path("c")).unwrap();
    for _ in 0..2 {
        assert_eq!(what_changed(read(&mut replaced)), Change::Replaced);
        assert_eq!(what_changed(read(&mut removed)), Change::Removed);
        assert_eq!(what_changed(read(&mut folder)), Change::Replaced);
    }
    let mut new = session.open("a").unwrap();
    assert_eq!((read(&mut new), session.manager.stats().cursors), (Ok(b"a".to_vec()), 7));
}

#[test]
fn a_file_that_nobody_could_open_again_keeps_its_descriptor() {
    let session = Session::new();
    let mut removed = session.write("removed");
    fs::remove_file(session.path("removed")).unwrap();
    fs::write(session.path("by number"), "by number").unwrap();
    let own = File::open(session.path("by number")).unwrap();
    let mut by_number = session.manager.open(&Source::Descriptor(own.as_raw_fd()), 0).unwrap();
    let _others = session.fill();
    assert_eq!(read(&mut removed), Ok(b"removed".to_vec()));
    assert_eq!(read(&mut by_number), Ok(b"by number".to_vec()));
}

#[test]
fn a_new_cursor_gives_a_file_its_descriptor_back() {
    let session = Session::new();
    let mut first = session.write("file");
    let mut others = session.fill();
    let mut second = session.open("file").unwrap();
    let (one, other) = (first.use_region(0, 0).unwrap(), second.use_region(0, 0).unwrap());
    assert!(one.is_some() && one == other, "one file, one region: {one:?}, {other:?}");
    for (cursor, name) in others.iter_mut().zip(["x", "y", "z"]) {
        assert_eq!(read(cursor).unwrap(), name.as_bytes());
    }
}
