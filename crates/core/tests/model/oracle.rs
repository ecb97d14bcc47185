//! A manager and its naive model, driven side by side and compared after every step. Knows nothing of how the
//! steps are chosen.

use std::sync::Arc;

use smmap_core::{
    Cursor, Error, EventKind, Manager, MemoryMapper, MemoryMapping, Options, Region, RegionKey, Trace,
    Window, granularity,
};

use crate::call::{NAMES, Op, Setup, source};
use crate::expected::{ModelFile, ModelRegion, World};

struct Open {
    real: Cursor<MemoryMapper>,
    file: usize,
    held: Option<(usize, Window)>,
}

type Kept = (usize, Arc<Region<MemoryMapping>>);

/// The manager and its model.
pub(crate) struct Pair {
    mapper: MemoryMapper,
    manager: Manager<MemoryMapper>,
    trace: Trace,
    world: World,
    cursors: Vec<Open>,
    kept: Vec<Kept>,
}

/// Runs the calls, compares after each, and drops everything at the end.
pub(crate) fn run(setup: Setup, ops: &[Op]) {
    let mut pair = Pair::new(setup);
    for op in ops {
        pair.step(*op);
        pair.compare();
    }
    while !pair.cursors.is_empty() {
        pair.step(Op::Drop { cursor: 0 });
    }
    pair.replay();
    pair.kept.clear();
    let Pair { mapper, manager, .. } = pair;
    assert!(manager.stats().lingering_regions == 0 && manager.stats().lingering_bytes == 0);
    drop(manager);
    assert_eq!((mapper.live_mappings(), mapper.open_files()), (0, 0), "leaked mappings, files");
}

fn round<T>(list: &[T], number: usize) -> Option<usize> {
    (!list.is_empty()).then(|| number % list.len())
}

impl Pair {
    fn new(setup: Setup) -> Self {
        let mapper = MemoryMapper::default();
        let manager = Manager::new(Options { policy: setup.policy, limits: setup.limits }, mapper.clone());
        let trace = manager.trace(usize::MAX, true);
        let world = World::new(setup);
        let mut pair = Self { mapper, manager, trace, world, cursors: Vec::new(), kept: Vec::new() };
        for (file, pages) in [(0, 9), (1, 2), (2, 5)] {
            pair.write(file, pages * usize::try_from(granularity()).unwrap() + 77 * file);
        }
        pair
    }

    fn step(&mut self, op: Op) {
        self.world.tick();
        match op {
            Op::Open { file } => self.open(file % 3),
            Op::MapAlone { file, offset, size } => self.map_unshared(file % 3, offset, size),
            Op::Write { file, size } => self.write(file % 3, size),
            Op::Remove { file } => self.remove(file % 3),
            Op::RegionsOf { file } => self.regions_of(file % 3),
            Op::ForceUnmap { name } => self.force_unmap(name % NAMES.len()),
            Op::Collect => assert_eq!(self.manager.collect(), self.world.collect()),
            Op::Close => {
                self.manager.close();
                self.world.close();
            }
            Op::Claim { region, by } => self.claim(region, by),
            Op::Release { region } => {
                let Some(region) = round(&self.world.regions, region) else { return };
                self.manager.release(self.world.regions[region].key);
                self.world.release(region);
            }
            Op::LetKept { kept } => {
                let Some(kept) = round(&self.kept, kept) else { return };
                let (region, _) = self.kept.remove(kept);
                self.world.regions[region].holders -= 1;
            }
            Op::UseRegion { cursor, .. }
            | Op::Unuse { cursor }
            | Op::Another { cursor }
            | Op::Duplicate { cursor }
            | Op::Drop { cursor }
            | Op::Check { cursor }
            | Op::ReadAt { cursor, .. }
            | Op::Keep { cursor } => {
                let Some(cursor) = round(&self.cursors, cursor) else { return };
                self.step_cursor(op, cursor);
            }
        }
    }

    fn step_cursor(&mut self, op: Op, cursor: usize) {
        match op {
            Op::UseRegion { offset, size, .. } => self.use_region(cursor, offset, size),
            Op::Unuse { .. } => {
                self.cursors[cursor].real.unuse_region();
                self.leave(cursor);
            }
            Op::Another { .. } => {
                let copy = self.cursors[cursor].real.another();
                self.add_copy(copy, cursor, None);
            }
            Op::Duplicate { .. } => {
                let copy = self.cursors[cursor].real.duplicate();
                let held = self.cursors[cursor].held.filter(|(region, _)| self.world.regions[*region].cached);
                self.add_copy(copy, cursor, held);
            }
            Op::Drop { .. } => {
                self.leave(cursor);
                let open = self.cursors.remove(cursor);
                self.world.close_cursor(open.file);
            }
            Op::Check { .. } => self.check(cursor),
            Op::ReadAt { offset, size, .. } => self.read_at(cursor, offset, size),
            Op::Keep { .. } => {
                let open = &self.cursors[cursor];
                let Some((region, _)) = open.held else { return };
                self.kept.push((region, Arc::clone(open.real.region().unwrap())));
                self.world.regions[region].holders += 1;
            }
            _ => unreachable!("only calls on a cursor come here"),
        }
    }

    fn open(&mut self, file: usize) {
        let real = self.manager.open(&source(file), 0);
        match (self.world.open(file), real) {
            (Ok(entry), Ok(real)) => self.cursors.push(Open { real, file: entry, held: None }),
            (model, real) => assert_eq!(real.map(drop), model.map(drop)),
        }
    }

    fn use_region(&mut self, cursor: usize, offset: u64, size: u64) {
        let real = self.cursors[cursor].real.use_region(offset, size);
        self.leave(cursor);
        let file = self.cursors[cursor].file;
        if self.world.is_closed {
            assert_eq!(real, Err(Error::Closed));
            return;
        }
        let Some(needed) = self.world.needed(file, offset, size) else {
            assert_eq!(real, Ok(None), "at or past the end");
            return;
        };
        let region = if let Some(region) = self.world.hit(file, needed) {
            assert_eq!(
                real,
                Ok(Some(self.world.regions[region].key)),
                "a region that covers {needed:?} is there"
            );
            region
        } else if let Err(error) = self.world.reopen(file) {
            return assert_eq!(real, Err(error));
        } else {
            let key = match real {
                Ok(key) => key.unwrap(),
                Err(Error::FileTruncated { opened, now, .. }) => {
                    let (size, left) = (self.world.files[file].bytes.len() as u64, self.world.left_of(file));
                    assert!((opened, now) == (size, Some(left)) && left < size, "{opened} to {now:?}");
                    return;
                }
                Err(error) => return self.world.refused(&error, needed.size..=u64::MAX),
            };
            let window = self.cursors[cursor].real.region().unwrap().window();
            assert!(window.end() <= self.world.left_of(file), "{window:?} is cut off");
            self.world.place(file, needed, window);
            let bytes = Arc::clone(&self.world.files[file].bytes);
            self.world.map(key, Some(file), bytes, window)
        };
        self.world.join(region);
        let span = self.world.span(region, needed, size);
        self.cursors[cursor].held = Some((region, span));
    }

    fn map_unshared(&mut self, file: usize, offset: u64, size: u64) {
        let real = self.manager.map_unshared(&source(file), 0, offset, size);
        match (real, self.world.alone(file, offset, size)) {
            (Ok(key), Ok((window, bytes))) => drop(self.world.map(key, None, bytes, window)),
            (Err(error), Ok((window, _))) => self.world.refused(&error, window.size..=window.size),
            (real, Err(error)) => assert_eq!(real, Err(error)),
        }
    }

    fn claim(&mut self, region: usize, by: i64) {
        let Some(region) = round(&self.world.regions, region) else { return };
        let real = self.manager.claim(self.world.regions[region].key, by);
        assert_eq!(real, self.world.claim(region, by));
    }

    fn force_unmap(&mut self, name: usize) {
        let base = self.manager.base(NAMES[name].as_ref());
        assert_eq!(self.manager.force_unmap(&base), self.world.force_unmap(name), "of {}", NAMES[name]);
    }

    fn regions_of(&self, file: usize) {
        let listed = self.manager.regions_of(&source(file));
        assert_eq!(listed, self.world.regions_of(file));
    }

    fn write(&mut self, file: usize, size: usize) {
        let bytes = self.world.write(file, size);
        self.mapper.write(NAMES[file], &bytes);
    }

    fn remove(&mut self, file: usize) {
        self.world.disk[file] = None;
        self.mapper.remove(NAMES[file]);
    }

    fn check(&mut self, cursor: usize) {
        let Open { real, file, .. } = &self.cursors[cursor];
        let code = real.check(false).map_err(|error| error.kind());
        assert_eq!(code, self.world.check(*file));
    }

    fn read_at(&mut self, cursor: usize, offset: u64, size: usize) {
        let Open { real, file, .. } = &self.cursors[cursor];
        let mut target = vec![0; size];
        let read = real.read_at(&mut target, offset);
        if let Err(error) = self.world.reopen(*file) {
            return assert_eq!(read, Err(error));
        }
        let rest =
            usize::try_from(offset).ok().and_then(|offset| self.world.files[*file].bytes.get(offset..));
        let expected = rest.map_or(&[][..], |rest| &rest[..rest.len().min(size)]);
        assert_eq!(read, Ok(expected.len()));
        assert!(target[..expected.len()] == *expected, "wrong bytes read at {offset}");
    }

    fn leave(&mut self, cursor: usize) {
        if let Some((region, _)) = self.cursors[cursor].held.take() {
            self.world.leave(region);
        }
    }

    fn add_copy(
        &mut self,
        copy: Result<Cursor<MemoryMapper>, Error>,
        of: usize,
        held: Option<(usize, Window)>,
    ) {
        if self.world.is_closed {
            assert_eq!(copy.map(drop), Err(Error::Closed));
            return;
        }
        let file = self.cursors[of].file;
        self.world.files[file].cursors += 1;
        if let Some((region, _)) = held {
            self.world.join(region);
        }
        self.cursors.push(Open { real: copy.unwrap(), file, held });
    }

    /// Everything that can be seen of the manager is as the model says.
    fn compare(&mut self) {
        let World { files, regions, .. } = &self.world;
        for region in regions {
            compare_region(&self.manager, region);
        }
        for Open { real, file, held } in &self.cursors {
            compare_cursor(real, &files[*file], held.map(|(region, span)| (&regions[region], span)));
        }
        for (region, kept) in &self.kept {
            assert!(kept.bytes() == regions[*region].content(), "wrong bytes in what was kept");
        }
        assert_eq!(self.manager.stats(), self.world.stats());
        assert_eq!(self.mapper.live_mappings(), self.world.live_mappings(), "mappings alive");
        assert_eq!(self.mapper.open_files(), self.world.open_files(), "files open");
    }
}

impl Pair {
    /// The trace, replayed, comes to what the counters say: of events, of bytes after each of them, and of
    /// regions.
    fn replay(&self) {
        let (_, events) = self.trace.read(0, usize::MAX);
        let (mut live, mut mapped, mut hits) = (Vec::new(), 0, 0);
        for event in &events {
            match event.kind {
                EventKind::Open | EventKind::Miss => {}
                EventKind::Hit => hits += 1,
                EventKind::Map => {
                    live.push((event.origin.identity, event.window));
                    mapped += event.window.size;
                }
                EventKind::Evict | EventKind::Release => {
                    let gone = (event.origin.identity, event.window);
                    live.swap_remove(live.iter().position(|region| *region == gone).unwrap());
                    mapped -= event.window.size;
                }
            }
            assert_eq!((event.mapped, event.hits), (mapped, hits), "after {event:?}");
        }
        let count = |kind| events.iter().filter(|event| event.kind == kind).count() as u64;
        let stats = self.manager.stats();
        assert_eq!(
            [hits, count(EventKind::Miss), count(EventKind::Map), count(EventKind::Evict), live.len() as u64],
            [stats.hits, stats.misses, stats.maps, stats.evictions, stats.regions],
        );
    }
}

fn compare_region(manager: &Manager<MemoryMapper>, region: &ModelRegion) {
    let key: RegionKey = region.key;
    let real = manager.region(key);
    let window = real.as_ref().map(|real| real.window());
    assert_eq!(window, region.cached.then_some(region.window), "in the cache: {key:?}");
    assert!(real.is_none_or(|real| real.bytes() == region.content()), "wrong bytes in {key:?}");
    assert_eq!(manager.client_count(key), region.clients(), "clients of {key:?}");
}

fn compare_cursor(real: &Cursor<MemoryMapper>, file: &ModelFile, held: Option<(&ModelRegion, Window)>) {
    assert_eq!(real.file_size(), file.bytes.len() as u64);
    assert_eq!(real.key(), held.map(|(region, _)| region.key));
    assert_eq!(real.is_valid(), held.is_some_and(|(region, _)| region.cached));
    assert_eq!(real.span(), held.map(|(_, span)| span));
    let expected = held.map(|(_, span)| file.part(span));
    assert!(real.bytes() == expected, "wrong bytes at {:?}", real.span());
}
