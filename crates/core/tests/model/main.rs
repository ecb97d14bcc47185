//! Random sequences of calls against a naive model; failures are shrunk to the few calls that matter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod call;
mod expected;
mod oracle;

use proptest::prelude::*;
use smmap_core::{Limits, Policy, granularity};

use call::{Op, Setup};
use oracle::run;

/// Under Miri a step takes a thousand times as long, and what it looks for shows in the first few.
const SEQUENCES: u32 = if cfg!(miri) { 4 } else { 20_000 };

fn setups() -> impl Strategy<Value = Setup> {
    let page = granularity();
    let size =
        (1..=4_u64, -700..=0_i64).prop_map(move |(pages, less)| (pages * page).saturating_add_signed(less));
    let policy = prop_oneof![
        8 => size.clone().prop_map(Policy::Windows),
        2 => Just(Policy::WholeFile),
        1 => prop_oneof![1..=3_u64, Just(u64::MAX)].prop_map(Policy::Windows),
    ];
    let memory =
        prop_oneof![6 => (0..=12_u64).prop_map(move |pages| pages * page), 1 => size, 1 => Just(u64::MAX)];
    let handles = prop_oneof![6 => 0..=6_u64, 2 => Just(u64::MAX)];
    (policy, memory, handles, any::<bool>()).prop_map(|(policy, memory, handles, strict)| Setup {
        policy,
        limits: Limits { memory, handles, strict },
    })
}

/// Near pages' borders, anywhere in a file, and far out.
fn offsets() -> impl Strategy<Value = u64> {
    let page = granularity();
    prop_oneof![
        4 => (0..=10_u64, -3..=3_i64).prop_map(move |(pages, by)| (pages * page).saturating_add_signed(by)),
        4 => 0..=10 * page,
        1 => prop_oneof![Just(1 << 32), Just(1 << 40), Just(u64::MAX)],
    ]
}

fn sizes() -> impl Strategy<Value = u64> {
    let page = granularity();
    prop_oneof![3 => Just(0), 3 => 1..=page, 3 => 1..=5 * page, 1 => Just(u64::MAX)]
}

fn ops() -> impl Strategy<Value = Op> {
    let page = granularity();
    let n = || 0..8_usize;
    let length = || 0..=10 * usize::try_from(granularity()).unwrap();
    let aligned = prop_oneof![5 => (0..=10_u64).prop_map(move |pages| pages * page), 1 => offsets()];
    prop_oneof![
        12 => n().prop_map(|file| Op::Open { file }),
        40 => (n(), offsets(), sizes())
            .prop_map(|(cursor, offset, size)| Op::UseRegion { cursor, offset, size }),
        12 => n().prop_map(|cursor| Op::Unuse { cursor }),
        3 => n().prop_map(|cursor| Op::Another { cursor }),
        5 => n().prop_map(|cursor| Op::Duplicate { cursor }),
        10 => n().prop_map(|cursor| Op::Drop { cursor }),
        3 => n().prop_map(|cursor| Op::Check { cursor }),
        3 => (n(), offsets(), length())
            .prop_map(|(cursor, offset, size)| Op::ReadAt { cursor, offset, size }),
        4 => n().prop_map(|cursor| Op::Keep { cursor }),
        3 => n().prop_map(|kept| Op::LetKept { kept }),
        6 => (0..40_usize, -2..=2_i64).prop_map(|(region, by)| Op::Claim { region, by }),
        3 => (0..40_usize).prop_map(|region| Op::Release { region }),
        3 => (n(), aligned, sizes()).prop_map(|(file, offset, size)| Op::MapAlone { file, offset, size }),
        3 => Just(Op::Collect),
        2 => n().prop_map(|name| Op::ForceUnmap { name }),
        2 => n().prop_map(|file| Op::RegionsOf { file }),
        4 => (n(), length()).prop_map(|(file, size)| Op::Write { file, size }),
        1 => n().prop_map(|file| Op::Remove { file }),
        1 => Just(Op::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: SEQUENCES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_manager_is_what_its_naive_model_is_after_every_call(
        setup in setups(),
        ops in prop::collection::vec(ops(), 1..60),
    ) {
        run(setup, &ops);
    }
}
