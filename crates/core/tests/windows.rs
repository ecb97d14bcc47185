//! Real files under Windows' rules: what is mapped cannot be cut. Runs under Wine too.
#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::windows::io::{AsRawHandle, RawHandle};
use std::path::{Path, PathBuf};

use smmap_core::{Cursor, Error, FileMapper, Limits, Manager, Options, Policy, Source, granularity};
use tempfile::TempDir;

fn manager_of(mapper: FileMapper) -> Manager<FileMapper> {
    let limits = Limits { memory: 1 << 30, handles: 64, strict: false };
    Manager::new(Options { policy: Policy::Windows(4 * granularity()), limits }, mapper)
}

fn manager() -> Manager<FileMapper> {
    manager_of(FileMapper::default())
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

fn errno(source: &Source) -> (i32, &'static str) {
    match manager().open(source, 0).map(drop).unwrap_err() {
        Error::Os { cause, .. } => (cause.errno, cause.syscall),
        other => panic!("not the system's: {other:?}"),
    }
}

#[test]
fn windows_start_at_multiples_of_64_kib() {
    assert_eq!(granularity(), 65_536);
    let content: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let (_folder, file) = folder_with(&content);
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    assert_eq!(read(&mut cursor, 70_000, 100_000), content[70_000..170_000]);
    let (_, window) = manager.regions_of(&path(&file))[0];
    assert_eq!(window.offset % 65_536, 0);
    assert!(matches!(
        manager.map_unshared(&path(&file), 0, 4096, 0),
        Err(Error::Unaligned { unit: 65_536, .. })
    ));
}

#[test]
fn a_mapped_file_cannot_be_cut_before_it_is_unmapped_by_force_and_then_it_can_be_deleted() {
    let (_folder, file) = folder_with(&vec![7; 100_000]);
    let manager = manager();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    cursor.use_region(0, 0).unwrap();
    let other = OpenOptions::new().write(true).open(&file).unwrap();
    assert!(other.set_len(10).is_err(), "a mapped file was cut");
    drop(other);
    assert_eq!(cursor.bytes().unwrap().len(), 100_000);

    assert_eq!(manager.force_unmap(&manager.base(&file)), 1);
    cursor.unuse_region();
    OpenOptions::new().write(true).open(&file).unwrap().set_len(10).unwrap();
    assert_eq!(cursor.check(false).unwrap_err().kind(), "file-truncated");
    drop(cursor);
    fs::remove_file(&file).unwrap();
    assert!(!file.exists());
}

#[test]
fn a_file_is_one_by_path_hard_link_and_descriptor() {
    let (folder, file) = folder_with(b"one file");
    let hard = folder.path().join("hard");
    fs::hard_link(&file, &hard).unwrap();
    let manager = manager();
    let mut cursors = [path(&file), path(hard)].map(|source| manager.open(&source, 0).unwrap());
    let keys = cursors.each_mut().map(|cursor| cursor.use_region(0, 0).unwrap());
    assert!(keys[0].is_some() && keys[0] == keys[1], "{keys:?}");
    assert_eq!(manager.stats().maps, 1);
}

#[test]
fn a_file_written_to_is_told_by_check() {
    let (_folder, file) = folder_with(b"before");
    let manager = manager();
    let cursor = manager.open(&path(&file), 0).unwrap();
    assert_eq!(cursor.check(false), Ok(()));
    fs::write(&file, b"after, and longer").unwrap();
    assert_eq!(cursor.check(false).unwrap_err().kind(), "file-changed");
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let mut cursor = manager.open(&path(&file), 0).unwrap();
    while cursor.check(false) == Ok(()) {
        fs::write(&file, b"AFTER, and longer").unwrap();
    }
    assert!(fs::metadata(&file).unwrap().modified().unwrap() > modified);
    assert_eq!(read(&mut cursor, 0, 5), b"AFTER");
}

#[test]
fn what_cannot_be_opened_has_the_c_librarys_number() {
    let (folder, file) = folder_with(b"");
    assert_eq!(errno(&path(folder.path().join("absent"))), (libc::ENOENT, "open"));
    assert_eq!(errno(&path(folder.path().join("absent").join("file"))), (libc::ENOENT, "open"));
    assert_eq!(errno(&path(folder.path())), (libc::EISDIR, "read"));
    assert_eq!(errno(&Source::Descriptor(3)), (libc::EBADF, "fstat"));
    assert!(matches!(manager().open(&path("NUL"), 0), Err(Error::NotRegularFile { .. })));
    assert_eq!(manager().open(&path(file), 0).unwrap().use_region(0, 0), Ok(None));
}

/// A host with one descriptor, which it calls 3, and one for writing, which it calls 4.
fn host(files: [&File; 2]) -> FileMapper {
    static HANDLES: [std::sync::atomic::AtomicUsize; 2] =
        [const { std::sync::atomic::AtomicUsize::new(0) }; 2];
    for (handle, file) in HANDLES.iter().zip(files) {
        handle.store(file.as_raw_handle() as usize, std::sync::atomic::Ordering::SeqCst);
    }
    FileMapper::default().with_descriptors(|fd| {
        let handle = HANDLES.get(usize::try_from(fd - 3).ok()?)?;
        Some(handle.load(std::sync::atomic::Ordering::SeqCst) as RawHandle)
    })
}

#[test]
fn a_descriptor_is_read_without_moving_its_position_and_outlives_its_owner() {
    let (_folder, file) = folder_with(b"0123456789");
    let (mut theirs, for_writing) =
        (File::open(&file).unwrap(), OpenOptions::new().write(true).open(&file).unwrap());
    theirs.seek(SeekFrom::Start(2)).unwrap();
    let manager = manager_of(host([&theirs, &for_writing]));
    let mut cursor = manager.open(&Source::Descriptor(3), 0).unwrap();
    let mut target = [0; 4];
    assert_eq!(cursor.read_at(&mut target, 5), Ok(4));
    assert_eq!(&target, b"5678");
    assert_eq!(theirs.read(&mut target[..2]).unwrap(), 2);
    assert_eq!(&target[..2], b"23", "its position was moved");
    let mut named = manager.open(&path(&file), 0).unwrap();
    assert_eq!(named.use_region(0, 0).unwrap(), cursor.use_region(0, 0).unwrap(), "one file, one region");
    drop(theirs);
    assert_eq!(read(&mut cursor, 8, 0), b"89");
    let refused = manager.open(&Source::Descriptor(4), 0).map(drop).unwrap_err();
    assert!(matches!(refused, Error::Os { cause, .. } if cause.errno == libc::EBADF), "{refused}");
    assert!(manager.open(&Source::Descriptor(5), 0).is_err());
}
