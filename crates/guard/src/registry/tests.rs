//! The registry alone: with std here, every interleaving with loom below. Knows no pages.

use super::Registry;
use crate::slot::Range;

fn range(start: usize) -> Range {
    Range { start, end: start + 10, fd: i32::try_from(start).ok(), file_offset: start as u64 }
}

#[cfg(not(loom))]
mod alone {
    use super::{Registry, range};
    use crate::outcome::Damage;
    use std::collections::HashSet;
    use std::ptr;

    #[test]
    fn an_address_finds_its_range_and_no_other() {
        let registry = Registry::new();
        for start in (0..50_000).step_by(20) {
            registry.insert(&range(start)).unwrap();
        }
        for address in 0..50_000 {
            let found = registry.pin(address).map(|pin| pin.range());
            let start = address / 20 * 20;
            assert_eq!(found, (address < start + 10).then(|| range(start)), "address {address}");
        }
    }

    #[test]
    fn a_removed_range_is_not_found_and_its_slot_serves_again_undamaged() {
        let registry = Registry::new();
        let first = registry.insert(&range(100)).unwrap();
        registry.pin(100).unwrap().add_damage(Damage::TRUNCATED);
        assert_eq!(first.damage(), Damage::TRUNCATED);
        assert!(registry.remove(first));
        assert!(registry.pin(100).is_none());
        let second = registry.insert(&range(200)).unwrap();
        assert!(ptr::eq(first, second));
        assert_eq!(second.damage(), Damage::default());
    }

    #[test]
    fn slots_in_use_are_all_different_however_many_were_freed() {
        let registry = Registry::new();
        let slots: Vec<_> = (0..3_000).map(|i| registry.insert(&range(i * 20)).unwrap()).collect();
        assert!(slots.iter().step_by(3).all(|slot| registry.remove(slot)));
        let kept = slots.iter().enumerate().filter(|(i, _)| i % 3 != 0).map(|(_, slot)| slot.index);
        let more: Vec<_> = (3_000..5_000).map(|i| registry.insert(&range(i * 20)).unwrap().index).collect();
        let used: HashSet<_> = kept.chain(more).collect();
        assert_eq!(used.len(), 4_000);
        assert_eq!(used.into_iter().max(), Some(3_999));
    }

    #[test]
    fn a_removal_whose_handler_does_not_come_back_ends_and_gives_the_slot_up() {
        let registry = Registry::new();
        let slot = registry.insert(&range(100)).unwrap();
        let pin = registry.pin(105).unwrap();
        assert!(!registry.remove(slot));
        drop(pin);
        assert!(!ptr::eq(registry.insert(&range(100)).unwrap(), slot));
    }
}

/// `RUSTFLAGS="--cfg loom" cargo test -p smmap-guard --lib --release`
#[cfg(loom)]
mod interleaved {
    use super::{Registry, range};
    use crate::outcome::Damage;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;
    use std::collections::HashSet;

    fn explore(model: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    /// The cell stands for the pages: loom fails the test when handler and owner touch it at once.
    #[test]
    fn who_removes_a_range_has_its_pages_alone_afterwards() {
        explore(|| {
            let shared = Arc::new((Registry::new(), UnsafeCell::new(())));
            let slot = shared.0.insert(&range(100)).unwrap().index;
            let handler = thread::spawn({
                let shared = Arc::clone(&shared);
                move || {
                    if let Some(pin) = shared.0.pin(100) {
                        pin.add_damage(Damage::TRUNCATED);
                        shared.1.with_mut(|_| ());
                        assert_eq!(pin.range(), range(100));
                    }
                }
            });
            let slot = shared.0.slot(slot.into()).unwrap();
            assert!(shared.0.remove(slot));
            shared.1.with_mut(|_| ());
            let damage = slot.damage();
            handler.join().unwrap();
            assert_eq!(slot.damage(), damage);
        });
    }

    #[test]
    fn a_handler_sees_one_range_or_the_other_never_a_mixture() {
        explore(|| {
            let registry = Arc::new(Registry::new());
            let handler = thread::spawn({
                let registry = Arc::clone(&registry);
                move || {
                    // 105: inside both, so that only the fields tell which.
                    if let Some(pin) = registry.pin(105) {
                        let found = pin.range();
                        assert!(found == range(100) || found == range(103), "{found:?}");
                        // Nobody may refill the slot meanwhile.
                        assert_eq!(pin.range(), found);
                    }
                }
            });
            let first = registry.insert(&range(100)).unwrap();
            assert!(registry.remove(first));
            let second = registry.insert(&range(103)).unwrap();
            assert_eq!(first.index, second.index);
            handler.join().unwrap();
        });
    }

    /// Without the tag in the free list's head: this thread reads `first → second`, the other takes both and
    /// gives `first` back, and this thread's exchange makes `second`, in use, the next to be handed out.
    #[test]
    fn two_threads_never_hold_the_same_slot() {
        explore(|| {
            let registry = Arc::new(Registry::new());
            let (second, first) =
                (registry.insert(&range(100)).unwrap(), registry.insert(&range(200)).unwrap());
            assert!(registry.remove(second) && registry.remove(first));
            let other = thread::spawn({
                let registry = Arc::clone(&registry);
                move || {
                    let slots = [300, 400].map(|start| registry.insert(&range(start)));
                    assert!(slots[0].is_none_or(|slot| registry.remove(slot)));
                    slots[1].map(|slot| slot.index)
                }
            });
            let mine = [500, 600].map(|start| registry.insert(&range(start)).map(|slot| slot.index));
            let theirs = other.join().unwrap();
            let held: Vec<_> = mine.into_iter().chain([theirs]).flatten().collect();
            assert_eq!(held.iter().collect::<HashSet<_>>().len(), held.len());
        });
    }
}
