//! Every fault in a process of its own, and how that process ends. The cases are in `victim/`; knows only
//! their names.
#![cfg(any(target_os = "linux", target_os = "macos"))]
#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[derive(Debug, PartialEq, Eq)]
enum End {
    Exit(i32),
    Signal(i32),
    /// A fault that is repeated for ever.
    Spinning,
}

const ALIVE: End = End::Exit(0);
const KILLED: End = End::Signal(libc::SIGBUS);

fn run(case: &str) -> End {
    run_in(Command::new(env!("CARGO_BIN_EXE_victim")).env_remove("SMMAP_NO_GUARD"), case)
}

fn run_in(command: &mut Command, case: &str) -> End {
    let mut child = command.arg(case).stdin(Stdio::null()).spawn().expect("the victim starts");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(120) {
        if let Some(status) = child.try_wait().expect("our own child") {
            return end_of(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    stop(&mut child);
    End::Spinning
}

fn end_of(status: ExitStatus) -> End {
    status.code().map_or_else(|| End::Signal(status.signal().unwrap_or(0)), End::Exit)
}

fn stop(child: &mut Child) {
    child.kill().expect("our own child");
    child.wait().expect("our own child");
}

/// One test a case: its name as a sentence, the case, the end.
macro_rules! cases {
    ($($(#[$attribute:meta])* $name:ident: $case:literal => $end:expr;)*) => {
        $($(#[$attribute])* #[test] fn $name() { assert_eq!(run($case), $end, $case); })*
    };
}

cases! {
    a_file_cut_under_four_readers_leaves_them_alive: "under_readers" => ALIVE;
    any_cut_read_first_at_any_page_keeps_the_head_and_zeros_the_tail: "any_cut" => ALIVE;
    one_fault_repairs_all_that_is_lost: "one_repair" => ALIVE;
    without_a_descriptor_the_rest_of_the_range_is_replaced: "without_fd" => ALIVE;
    an_unreadable_page_inside_the_file_is_replaced_alone: "unreadable_page" => ALIVE;
    a_descriptor_gone_bad_is_as_none: "fd_gone_bad" => ALIVE;
    writes_to_a_cut_map_stay_private: "writes_stay_private" => ALIVE;
    errno_survives_a_repair: "errno_is_kept" => ALIVE;
    a_cut_inside_the_last_page_raises_nothing: "inside_the_last_page" => ALIVE;
    a_file_cut_and_grown_again_raises_nothing: "cut_and_regrown" => ALIVE;
    a_system_call_on_a_cut_map_returns_efault: "handed_to_a_system_call" => ALIVE;
    a_fault_inside_another_signals_handler_is_repaired: "inside_another_handler" => ALIVE;
    a_thread_that_blocks_the_signal_is_killed: "blocked" => KILLED;
    a_forks_child_repairs_and_flags_its_own: "in_a_fork" => ALIVE;
    what_cannot_be_watched_is_refused: "nonsense_is_refused" => ALIVE;

    a_fault_elsewhere_kills: "foreign_fault" => KILLED;
    a_fault_just_past_a_watched_range_kills: "just_past_a_watched_range" => KILLED;
    a_fault_in_a_range_no_longer_watched_kills: "no_longer_watched" => KILLED;
    a_signal_sent_kills: "sent" => KILLED;
    a_signal_sent_is_ignored_if_it_was: "sent_while_ignored" => ALIVE;
    a_fault_elsewhere_kills_though_ignored: "fault_while_ignored" => KILLED;
    a_simple_handler_before_is_called: "simple_handler_before" => End::Exit(42);
    an_informed_handler_before_is_told_the_address: "informed_handler_before" => End::Exit(43);
    an_informed_handler_before_gets_signals_sent: "informed_handler_before_gets_sent" => End::Exit(44);
    a_handler_before_runs_under_its_own_mask: "handler_before_with_mask" => End::Exit(45);
    a_handler_before_can_repair_its_own_faults: "handler_before_that_repairs" => ALIVE;
    a_handler_before_that_reads_a_cut_file_itself_is_helped: "handler_before_that_faults" => End::Exit(48);
    a_handler_before_that_wants_one_call_gets_one: "handler_before_called_once" => KILLED;
    all_of_it_happens_on_the_alternative_stack: "on_the_alternative_stack" => End::Exit(50);

    a_later_handler_that_chains_leaves_the_guard_working: "later_handler_that_chains" => ALIVE;
    a_later_handler_that_chains_makes_no_loop: "later_handler_that_chains_meets_a_stranger" => KILLED;
    a_later_handler_that_does_not_chain_is_theirs: "later_handler_that_does_not" => End::Exit(47);
    a_later_handler_that_chains_keeps_its_own_mask: "later_handler_keeps_its_mask" => End::Exit(49);
    the_default_set_later_kills: "default_later" => KILLED;
    installing_from_many_threads_installs_once: "installed_by_many_threads" => KILLED;

    threads_that_map_cut_fault_and_unmap_touch_only_their_own: "churn" => ALIVE;
    a_repair_never_lands_on_what_took_the_ranges_place: "late_repair" => ALIVE;
}

#[cfg(target_os = "linux")]
cases! {
    broken_memory_is_not_covered_up: "broken_memory" => End::Exit(46);
    a_misaligned_access_is_not_repaired_for_ever: "misaligned" => End::Exit(46);
    at_the_map_limit_the_spares_pay: "no_maps_left" => ALIVE;
    at_the_map_limit_an_unreadable_page_is_replaced_alone: "no_maps_left_unreadable_page" => ALIVE;
    at_the_map_limit_several_files_may_be_cut: "no_maps_left_for_several" => ALIVE;
    at_the_map_limit_with_all_spares_spent_the_fault_kills: "no_spares_left" => KILLED;
    the_spares_come_back: "spares_come_back" => ALIVE;
    where_writable_memory_is_refused_the_zeros_are_read_only: "no_writable_memory" => ALIVE;
}

/// One test: its three cases need the library, built once (a `cargo test` of this file alone builds no
/// examples).
#[cfg(target_os = "linux")]
#[test]
fn two_copies_repair_each_their_own_and_a_pinned_one_outlives_its_closing() {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/second-copy");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--package", "smmap-guard", "--example", "second_copy"])
        .args(["--target-dir", target, "--target", env!("GUARD_TARGET")])
        // A sanitizer's runtime is in the victim; the library is to be one that anyone might load.
        .env_remove("RUSTFLAGS")
        .status();
    assert!(built.expect("cargo starts").success());
    let library = format!("{target}/{}/debug/examples/libsecond_copy.so", env!("GUARD_TARGET"));
    for (case, end) in
        [("two_copies", ALIVE), ("two_copies_meet_a_stranger", KILLED), ("library_closed", ALIVE)]
    {
        let mut victim = Command::new(env!("CARGO_BIN_EXE_victim"));
        assert_eq!(run_in(victim.env("SECOND_COPY", &library), case), end, "{case}");
    }
}

#[test]
fn the_opt_out_kills_as_before() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
    assert_eq!(run_in(command.env("SMMAP_NO_GUARD", "1"), "opted_out"), KILLED);
}

#[test]
fn the_victim_refuses_a_case_it_does_not_know() {
    assert_eq!(run("no such case"), End::Exit(2));
}
