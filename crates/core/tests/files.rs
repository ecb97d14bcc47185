//! Real files, in all the ways they come and change. Truncation while reading is the guard's, and tested
//! there.
#![cfg(all(unix, not(miri)))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use smmap_core::{Change, Cursor, Error, FileMapper, Limits, Manager, Options, Policy, Source, granularity};
use tempfile::TempDir;

fn manager() -> Manager<FileMapper> {
    let limits = Limits { memory: 1 << 30, handles: 64, strict: false };
    Manager::new(Options { policy: Policy::Windows(4 * granularity()), limits }, FileMapper::default())
}

fn path(path: impl AsRef<Path>) -> Source {
    Source::Path(path.as_ref().to_path_buf())
}

fn folder_with(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, content).unwrap();
    (folder, file)
}

fn read(cursor: &mut Cursor<FileMapper>, offset: u64, size: u64) -> Vec<u8> {
    cursor.use_region(offset, size).unwrap();
    cursor.bytes().unwrap().to_vec()
}

fn refusal(source: &Source) -> Error {
    let manager = manager();
    let error = manager.open(source, 0).map(drop).unwrap_err();
    assert_eq!(
        manager.map_unshared(source, 0, 0, 0),
        Err(error.clone()),
        "mapped alone it is refused likewise"
    );
    assert_eq!((manager.stats().cursors, manager.stats().mappings), (0, 0));
    error
}

fn errno(source: &Source) -> (i32, &'static str) {
    let Error::Os { cause, .. } = refusal(source) else { panic!("not the system's: {:?}", refusal(source)) };
    (cause.errno, cause.syscall)
}

#[test]
fn a_file_is_one_whatever_it_is_called() {
    let (folder, file) = folder_with(b"one file");
    let [link, hard] = ["link", "hard"].map(|name| folder.path().join(name));
    symlink(&file, &link).unwrap();
    fs::hard_link(&file, &hard).unwrap();
    let roundabout = folder.path().join("../").join(folder.path().file_name().unwrap()).join("./file");
    let own = File::open(&file).unwrap();
    let manager = manager();
    let sources =
        [path(&file), path(link), path(hard), path(roundabout), Source::Descriptor(own.as_raw_fd())];
    let mut cursors = sources.map(|source| manager.open(&source, 0).unwrap());
    let keys = cursors.each_mut().map(|cursor| cursor.use_region(0, 0).unwrap());
    assert!(keys.iter().all(|key| *key == keys[0] && key.is_some()), "{keys:?}");
    assert_eq!((manager.stats().maps, manager.stats().hits, manager.stats().files_with_regions), (1, 4, 1));
}

#[test]
fn a_relative_path_and_an_absolute_one_share_regions() {
    let manager = manager();
    let [mut relative, mut absolute] =
        [PathBuf::from("Cargo.toml"), std::env::current_dir().unwrap().join("Cargo.toml")]
            .map(|name| manager.open(&path(name), 0).unwrap());
    assert_eq!(relative.use_region(0, 0).unwrap(), absolute.use_region(5, 1).unwrap());
    assert_eq!(relative.bytes(), Some(fs::read("Cargo.toml").unwrap().as_slice()));
}

#[test]
fn a_file_renamed_over_is_seen_by_new_cursors_and_kept_by_old_ones() {
    let (folder, file) = folder_with(b"old");
    let manager = manager();
    let mut old = manager.open(&path(&file), 0).unwrap();
    assert_eq!(read(&mut old, 0, 0), b"old");
    fs::write(folder.path().join("new"), b"newer").unwrap();
    fs::rename(folder.path().join("new"), &file).unwrap();
    let mut new = manager.open(&path(&file), 0).unwrap();
    assert_eq!((read(&mut new, 0, 0), read(&mut old, 0, 0)), (b"newer".to_vec(), b"old".to_vec()));
    assert_eq!(new.check(false), Ok(()));
    assert_eq!(what_changed(&old), Change::Replaced);
}

fn what_changed(cursor: &Cursor<FileMapper>) -> Change {
    match cursor.check(false) {
        Err(Error::FileChanged { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unlinked_file_stays_readable_and_check_says_that_it_was_removed() {
    let (folder, file) = folder_with(b"bytes");
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    assert_eq!(cursor.check(false), Ok(()));
    fs::remove_file(&file).unwrap();
    assert_eq!(what_changed(&cursor), Change::Removed);
    assert_eq!(read(&mut cursor, 1, 3), b"yte");
    fs::remove_dir(folder.path()).unwrap();
    fs::write(folder.path(), b"a file where the folder was").unwrap();
    assert_eq!(what_changed(&cursor), Change::Removed);
    fs::remove_file(folder.path()).unwrap();
}

#[test]
fn what_a_file_grew_by_is_reached_by_a_new_cursor_and_no_older_one() {
    let (_folder, file) = folder_with(b"12345");
    let manager = manager();
    let mut old = manager.open(&path(&file), 0).unwrap();
    assert_eq!(read(&mut old, 0, 0), b"12345");
    OpenOptions::new().append(true).open(&file).unwrap().write_all(b"678").unwrap();
    assert_eq!(what_changed(&old), Change::Grown);
    let mut new = manager.open(&path(&file), 0).unwrap();
    assert_eq!((read(&mut new, 5, 0), new.file_size()), (b"678".to_vec(), 8));
    assert_eq!((old.use_region(5, 0).unwrap(), old.file_size()), (None, 5));
}

#[test]
fn a_file_written_to_in_place_is_told_by_check_and_shows_through() {
    let (_folder, file) = folder_with(b"before");
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    cursor.use_region(0, 0).unwrap();
    // The clock of a file system may tick every ten milliseconds only.
    while cursor.check(false) == Ok(()) {
        OpenOptions::new().write(true).open(&file).unwrap().write_all_at(b"after!", 0).unwrap();
    }
    assert_eq!(what_changed(&cursor), Change::Written);
    assert_eq!(cursor.bytes(), Some(&b"after!"[..]));
}

#[test]
fn a_file_cut_short_is_told_with_both_sizes_and_what_is_left_can_be_read_anew() {
    let (_folder, file) = folder_with(&[7; 10_000]);
    let manager = manager();
    let cursor = manager.open(&path(&file), 0).unwrap();
    OpenOptions::new().write(true).open(&file).unwrap().set_len(100).unwrap();
    let Err(Error::FileTruncated { opened, now, name }) = cursor.check(false) else {
        panic!("{:?}", cursor.check(false))
    };
    assert_eq!((opened, now, name), (10_000, Some(100), path(&file).to_string()));
    let mut target = [0; 200];
    assert_eq!(cursor.read_at(&mut target, 0).unwrap_err().kind(), "file-truncated");
    let mut new = manager.open(&path(&file), 0).unwrap();
    assert_eq!(read(&mut new, 0, 0), [7; 100]);
    assert_eq!(new.read_at(&mut target, 90), Ok(10));
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let (folder, _) = folder_with(b"");
    let [fifo, socket] = ["fifo", "socket"].map(|name| folder.path().join(name));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _listener = UnixListener::bind(&socket).unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    let pipe = Source::Descriptor(reader.as_raw_fd());
    for source in [path(fifo), path(socket), path("/dev/zero"), path("/dev/null"), pipe] {
        assert_eq!(refusal(&source), Error::NotRegularFile { name: source.to_string() });
    }
    assert_eq!(errno(&path(folder.path())), (libc::EISDIR, "read"));
}

#[test]
fn a_path_that_leads_nowhere_is_refused_as_the_system_does() {
    let (folder, file) = folder_with(b"x");
    let (inside, dangling) = (folder.path(), folder.path().join("loop"));
    symlink(&dangling, &dangling).unwrap();
    assert_eq!(errno(&path(inside.join("missing"))), (libc::ENOENT, "open"));
    assert_eq!(errno(&path(file.join("below a file"))), (libc::ENOTDIR, "open"));
    assert_eq!(errno(&path(&dangling)), (libc::ELOOP, "open"));
    assert_eq!(errno(&path(inside.join("n".repeat(300)))), (libc::ENAMETOOLONG, "open"));
    assert_eq!(errno(&path("with\0nul")), (libc::EINVAL, "open"));
    assert_eq!(errno(&path("")), (libc::ENOENT, "open"));
}

#[test]
fn a_descriptor_that_cannot_be_read_is_refused() {
    let (_folder, file) = folder_with(b"x");
    let closed = File::open(&file).unwrap().as_raw_fd() + 4000;
    for number in [closed, -1, i32::MAX, i32::MIN] {
        assert_eq!(errno(&Source::Descriptor(number)), (libc::EBADF, "fstat"), "{number}");
    }
    let write_only = OpenOptions::new().write(true).open(&file).unwrap();
    assert_eq!(errno(&Source::Descriptor(write_only.as_raw_fd())), (libc::EBADF, "read"));
}

#[test]
fn a_descriptor_closed_by_its_owner_is_needed_no_more() {
    let size = 40 * granularity();
    let (_folder, file) = folder_with(&vec![9; usize::try_from(size).unwrap()]);
    let manager = manager();
    let theirs: OwnedFd = File::open(&file).unwrap().into();
    let mut cursor = manager.open(&Source::Descriptor(theirs.as_raw_fd()), 0).unwrap();
    assert_eq!(read(&mut cursor, 0, 10), [9; 10]);
    drop(theirs);
    assert_eq!(read(&mut cursor, size - 10, 10), [9; 10], "a window mapped afterwards");
    assert_eq!(cursor.check(false), Ok(()));
}

#[test]
fn a_descriptor_number_used_again_is_the_file_it_is_now() {
    let (folder, first) = folder_with(b"first");
    let second = folder.path().join("second");
    fs::write(&second, b"second").unwrap();
    let manager = manager();
    let source = Source::Descriptor(File::open(&first).unwrap().into_raw_fd());
    let Source::Descriptor(number) = source else { unreachable!() };
    let mut old = manager.open(&source, 0).unwrap();
    let other = File::open(&second).unwrap();
    // SAFETY: both are open, and nothing of this process relies on what `number` is.
    assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), number) }, number);
    let mut new = manager.open(&source, 0).unwrap();
    assert_eq!((read(&mut old, 0, 0), read(&mut new, 0, 0)), (b"first".to_vec(), b"second".to_vec()));
}

#[test]
fn an_empty_file_has_no_region_and_is_no_error() {
    let (_folder, file) = folder_with(b"");
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    assert_eq!((cursor.use_region(0, 0), cursor.file_size(), cursor.is_valid()), (Ok(None), 0, false));
    let alone = manager.map_unshared(&path(&file), 0, 0, 0);
    assert_eq!(alone, Err(Error::EmptyFile { name: path(&file).to_string() }));
    assert_eq!((manager.stats().maps, manager.stats().mappings), (0, 0));
}

/// They tell a size of 0, or a page's, and cannot be mapped: they were empty, without an error.
#[test]
#[cfg(target_os = "linux")]
fn files_that_the_system_makes_as_they_are_read_have_their_bytes() {
    for file in ["/proc/version", "/proc/filesystems", "/sys/kernel/mm/transparent_hugepage/enabled"] {
        let Ok(expected) = fs::read(file) else { continue };
        let manager = manager();
        let mut cursor = manager.open(&path(PathBuf::from(file)), 0).unwrap();
        assert_eq!(cursor.file_size(), expected.len() as u64, "{file}");
        cursor.use_region(0, 0).unwrap();
        assert_eq!(cursor.bytes(), Some(expected.as_slice()));
        let mut read = vec![0; expected.len()];
        assert_eq!(cursor.read_at(&mut read, 0), Ok(expected.len()));
        assert_eq!(read, expected);
        cursor.confirm().unwrap();
        cursor.check(false).unwrap();
    }
}

/// Reading a hole through a map fills it there, and a scan filled a small tmpfs.
#[test]
#[cfg(target_os = "linux")]
fn holes_on_tmpfs_stay_holes_when_a_file_is_gone_over() {
    use smmap_core::{Pass, Scan, Stop};
    use std::os::unix::fs::MetadataExt;
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
    let file = folder.path().join("holes");
    fs::File::create(&file).unwrap().set_len(8 << 20).unwrap();
    let mut cursor = manager().open(&path(&file), 0).unwrap();
    let mut scan = Scan::new(b"x", 1, std::num::NonZeroUsize::MIN);
    while !scan.step(&mut cursor, &Stop::default()).unwrap().is_done {}
    assert_eq!((scan.summary().bytes, fs::metadata(&file).unwrap().blocks()), (8 << 20, 0));
}

#[test]
fn bytes_beyond_4_gib_and_1_tib_of_a_sparse_file_are_the_right_ones() {
    let (_folder, file) = folder_with(b"");
    let borders = [1_u64 << 31, 1 << 32, 1 << 40];
    let writer = OpenOptions::new().write(true).open(&file).unwrap();
    writer.set_len((1 << 40) + 5000).unwrap();
    for border in borders {
        writer.write_all_at(&border.to_be_bytes(), border - 4).unwrap();
    }
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    for border in borders {
        assert_eq!(read(&mut cursor, border - 4, 8), border.to_be_bytes(), "across {border}");
    }
    assert_eq!(read(&mut cursor, (1 << 40) + 4990, 100), [0; 10], "cut at the end");
    assert_eq!(cursor.use_region((1 << 40) + 5000, 1).unwrap(), None);
}

#[test]
#[cfg(target_os = "linux")]
fn descriptors_and_maps_are_given_back() {
    let (folder, _) = folder_with(b"");
    let limits = Limits { memory: 1 << 30, handles: 3, strict: false };
    let options = Options { policy: Policy::WholeFile, limits };
    let manager = Manager::new(options, FileMapper::default());
    for number in 0..50 {
        let file = folder.path().join(format!("file {number}"));
        fs::write(&file, format!("content {number}")).unwrap();
        let mut cursor = manager.open(&path(&file), 0).unwrap();
        assert_eq!(read(&mut cursor, 0, 0), format!("content {number}").as_bytes());
        let stats = manager.stats();
        assert!(stats.mappings <= 3 && stats.files_with_regions <= 3, "{stats:?}");
    }
    let ours = folder.path().to_str().unwrap();
    assert_eq!((descriptors_of(ours), maps_of(ours)), (3, 3));
    manager.close();
    assert_eq!((descriptors_of(ours), maps_of(ours)), (0, 0));
}

#[cfg(target_os = "linux")]
fn descriptors_of(folder: &str) -> usize {
    let links =
        fs::read_dir("/proc/self/fd").unwrap().flatten().flat_map(|entry| fs::read_link(entry.path()));
    links.filter(|file| file.starts_with(folder)).count()
}

#[cfg(target_os = "linux")]
fn maps_of(folder: &str) -> usize {
    fs::read_to_string("/proc/self/maps").unwrap().lines().filter(|map| map.contains(folder)).count()
}

#[test]
fn every_region_under_a_folder_is_unmapped_by_force_by_whatever_name() {
    let (folder, file) = folder_with(b"content");
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let link = below.join("link");
    symlink(&file, &link).unwrap();
    fs::write(folder.path().join("below and not"), b"other").unwrap();
    let manager = manager();
    let mut used = manager.open(&path(&link), 0).unwrap();
    let mut other = manager.open(&path(folder.path().join("below and not")), 0).unwrap();
    used.use_region(0, 0).unwrap();
    other.use_region(0, 0).unwrap();
    assert_eq!(manager.force_unmap(&manager.base(&folder.path().join("bel"))), 0, "half a name is no name");
    assert_eq!(manager.force_unmap(&manager.base(&below)), 1);
    assert_eq!((used.is_valid(), other.is_valid(), manager.stats().lingering_regions), (false, true, 1));
    assert_eq!(manager.force_unmap(&manager.base(folder.path())), 1);
    used.use_region(0, 0).unwrap();
    assert_eq!(manager.force_unmap(&manager.base(&file)), 1, "by the name behind the link");
}
