//! The state machine on the simulated system: every cause, every size of the file, every refusal, for Linux's
//! codes and for macOS's, compared with what a reader of the documentation expects.

use super::machine::{ALL, End, FD, FIRST, LAST, Machine, Page};
use super::{Before, Cause, Codes};
use crate::outcome::Damage;

const SYSTEMS: [(Codes, usize); 3] = [(Codes::Linux, 4096), (Codes::MacOs, 4096), (Codes::MacOs, 16_384)];

/// One machine of each kind, with a descriptor.
fn everywhere(test: impl Fn(Machine)) {
    for (codes, page) in SYSTEMS {
        test(Machine::new(codes, page, Some(FD)));
    }
}

#[test]
fn any_cut_read_first_at_any_page_keeps_the_head_and_zeros_the_tail() {
    for (codes, page) in SYSTEMS {
        for (kept, first) in (0..=LAST - FIRST).flat_map(|kept| (FIRST..LAST).map(move |first| (kept, first)))
        {
            let machine = Machine::new(codes, page, Some(FD));
            machine.file_pages.set(kept);
            let expected = |number| if number < FIRST + kept { End::Bytes } else { End::Zeros };
            assert_eq!(machine.read(first), expected(first), "cut to {kept} pages, read at {first}");
            let is_damaged = first >= FIRST + kept;
            assert_eq!(machine.damage().is_truncated(), is_damaged);
            // All of it at once: no more maps are made.
            if is_damaged {
                machine.maps_left.set(0);
                machine.spares.set(0);
                assert!((FIRST..LAST).all(|number| machine.read(number) == expected(number)));
            }
        }
    }
}

#[test]
fn an_unreadable_page_inside_the_file_is_replaced_alone() {
    everywhere(|machine| {
        machine.deliver(machine.code_of_a_missing_page(), 6 * machine.page);
        assert_eq!(machine.damage(), Damage::IO_ERROR);
        let zeros: Vec<_> = (FIRST..LAST).filter(|&number| machine.read(number) == End::Zeros).collect();
        assert_eq!(zeros, [6]);
    });
}

#[test]
fn without_a_descriptor_or_with_a_bad_one_the_rest_of_the_range_is_replaced() {
    for (codes, page) in SYSTEMS {
        for (fd, is_good) in [(None, true), (Some(FD), false)] {
            let machine = Machine::new(codes, page, fd);
            machine.file_pages.set(2);
            machine.is_fd_good.set(is_good);
            assert_eq!(machine.read(8), End::Zeros);
            assert_eq!(machine.damage(), Damage::TRUNCATED);
            assert_eq!(
                *machine.pages.borrow(),
                std::array::from_fn(|number| match number {
                    8 | 9 => Page::Zeros,
                    _ => Page::Mapped,
                })
            );
        }
    }
}

#[test]
fn where_maps_are_refused_the_spares_pay_and_without_them_it_ends_as_without_a_guard() {
    for (spares, before) in (0..=8).flat_map(|spares| BEFORE.map(|before| (spares, before))) {
        everywhere(|machine| {
            machine.file_pages.set(0);
            machine.maps_left.set(0);
            machine.spares.set(spares);
            machine.before.set(before);
            let expected = if spares > 0 { End::Zeros } else { end_of_a_fault(before) };
            assert_eq!(machine.read(FIRST), expected, "{before:?} with {spares} spares");
            let bits = Damage::TRUNCATED.bits() | Damage::MAP_LIMIT.bits();
            assert_eq!(machine.damage().bits(), bits);
            // One was enough: the others are for the next.
            assert_eq!(machine.spares.get(), spares.saturating_sub(1));
        });
    }
}

#[test]
fn where_writable_memory_is_refused_the_zeros_are_read_only() {
    everywhere(|machine| {
        machine.file_pages.set(1);
        machine.refuses_writable.set(true);
        assert_eq!(machine.read(7), End::Zeros);
        assert_eq!(machine.pages.borrow()[FIRST + 1..LAST], [Page::ZerosToRead; 5]);
        assert_eq!(machine.damage(), Damage::TRUNCATED);
    });
}

/// Every action that the guard can have found.
const BEFORE: [Before<u32>; 4] =
    [Before::Default, Before::Ignored, Before::Handler(5), Before::HandlerOnce(5)];

/// As the manuals have it: a fault cannot be ignored.
const fn end_of_a_fault(before: Before<u32>) -> End {
    match before {
        Before::Default | Before::Ignored => End::Killed,
        Before::Handler(_) | Before::HandlerOnce(_) => End::Theirs,
    }
}

#[test]
fn a_fault_elsewhere_and_a_signal_sent_end_as_without_a_guard() {
    for before in BEFORE {
        // Beside the range on both sides, and in one that is not watched any more.
        for (number, is_retired) in [(FIRST - 1, false), (LAST, false), (FIRST, true)] {
            everywhere(|machine| {
                machine.file_pages.set(0);
                machine.before.set(before);
                if is_retired {
                    assert!(machine.ranges.remove(machine.ranges.slot(0).unwrap()));
                }
                assert_eq!(machine.read(number), end_of_a_fault(before), "{before:?} at {number}");
                assert_eq!(*machine.pages.borrow(), [Page::Mapped; ALL]);
            });
        }
        everywhere(|machine| {
            machine.before.set(before);
            let ignored = before == Before::Ignored;
            assert_eq!(machine.send(0), if ignored { End::Ignored } else { end_of_a_fault(before) });
            assert!(machine.damage().is_none());
        });
    }
}

/// The second one, if it comes after the first or while that is still being handled.
#[test]
fn a_handler_that_wanted_one_call_gets_one() {
    everywhere(|machine| {
        machine.before.set(Before::HandlerOnce(5));
        assert_eq!(machine.send(0), End::Theirs);
        assert_eq!(machine.send(0), End::Killed);
        assert_eq!(machine.calls.get(), 1);
    });
}

/// Linux tells: a misaligned access would fault again for ever, and zeros would hide broken memory.
#[test]
fn on_linux_other_causes_inside_a_watched_range_are_passed_on() {
    for (code, cause) in [
        (1, Cause::OtherFault),
        (4, Cause::OtherFault),
        (0x80, Cause::OtherFault),
        (5, Cause::Sent),
        (0, Cause::Sent),
        (-1, Cause::Sent),
        (-6, Cause::Sent),
    ] {
        assert_eq!(Codes::Linux.cause(code), cause, "code {code}");
        let machine = Machine::new(Codes::Linux, 4096, Some(FD));
        machine.file_pages.set(0);
        machine.deliver(code, FIRST * 4096);
        assert!(machine.damage().is_none() && machine.is_default.get());
        // What is repeated ends at the instruction; what is not must be raised again.
        assert_eq!(machine.is_raised.get(), cause == Cause::Sent);
    }
}

/// There the kernel numbers `kill -BUS` as it does a fault. It used to set the default action and return, and
/// the process lived.
#[test]
fn on_macos_a_signal_sent_kills_although_it_looks_like_a_fault() {
    for code in 1..=3 {
        assert_eq!(Codes::MacOs.cause(code), Cause::Unknown);
        let machine = Machine::new(Codes::MacOs, 16_384, Some(FD));
        machine.deliver(code, 0);
        assert!(machine.is_default.get() && machine.is_raised.get());
    }
    assert_eq!(Codes::MacOs.cause(0x1_0001), Cause::Sent);
}

#[test]
fn a_fault_inside_the_handler_of_another_is_repaired_as_well() {
    everywhere(|machine| {
        machine.file_pages.set(3);
        *machine.meanwhile.borrow_mut() = Some(Box::new(|machine| {
            assert_eq!(machine.read(LAST - 1), End::Zeros);
        }));
        assert_eq!(machine.read(FIRST + 3), End::Zeros);
        assert_eq!(machine.read(FIRST), End::Bytes);
        // Both are done with it.
        assert!(machine.ranges.remove(machine.ranges.slot(0).unwrap()));
    });
}

/// Its owner waits for the handler and then leaves the range to it; as for one that a fork left behind in the
/// middle of a repair.
#[test]
fn a_range_retired_in_the_middle_of_a_repair_is_leaked() {
    everywhere(|machine| {
        machine.file_pages.set(0);
        *machine.meanwhile.borrow_mut() = Some(Box::new(|machine| {
            assert!(!machine.ranges.remove(machine.ranges.slot(0).unwrap()));
        }));
        assert_eq!(machine.read(FIRST), End::Zeros);
        // Nobody watches it now.
        machine.pages.borrow_mut().fill(Page::Mapped);
        assert_eq!(machine.read(FIRST), End::Killed);
    });
}

/// The descriptor is not asked about: it may be another file's by now.
#[test]
fn after_the_file_was_forgotten_the_rest_of_the_range_is_replaced() {
    everywhere(|machine| {
        machine.file_pages.set(5);
        assert!(machine.ranges.slot(0).unwrap().forget_fd());
        machine.is_fd_good.set(false);
        assert_eq!(machine.read(LAST - 1), End::Zeros);
        assert_eq!(machine.read(LAST - 2), End::Bytes);
        assert_eq!(machine.damage(), Damage::TRUNCATED);
    });
}
