//! Sequences of calls that libFuzzer finds, against the naive model of the core's tests.
#![no_main]

#[path = "../../tests/model/call.rs"]
mod call;
#[path = "../../tests/model/expected.rs"]
mod expected;
#[path = "../../tests/model/oracle.rs"]
mod oracle;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use smmap_core::{Limits, Policy, granularity};

use call::{Op, Setup};

const MOST_CALLS: usize = 100;
const MOST_PAGES: u64 = 10;

#[derive(Debug)]
struct Sequence {
    setup: Setup,
    ops: Vec<Op>,
}

impl<'a> Arbitrary<'a> for Sequence {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let setup = setup(bytes)?;
        let mut ops = Vec::new();
        while !bytes.is_empty() && ops.len() < MOST_CALLS {
            ops.push(op(bytes)?);
        }
        Ok(Self { setup, ops })
    }
}

fn setup(bytes: &mut Unstructured) -> Result<Setup> {
    let policy = if bytes.ratio(1, 6)? { Policy::WholeFile } else { Policy::Windows(size(bytes)?.max(1)) };
    let memory = if bytes.ratio(1, 6)? { u64::MAX } else { size(bytes)? };
    let handles = if bytes.ratio(1, 6)? { u64::MAX } else { bytes.int_in_range(0..=6)? };
    Ok(Setup { policy, limits: Limits { memory, handles, strict: bytes.arbitrary()? } })
}

/// Up to some pages and a few bytes more or less; rarely anything.
fn size(bytes: &mut Unstructured) -> Result<u64> {
    if bytes.ratio(1, 16)? {
        return bytes.arbitrary();
    }
    let pages = bytes.int_in_range(0..=MOST_PAGES)? * granularity();
    Ok(pages.saturating_add_signed(bytes.arbitrary::<i8>()?.into()))
}

fn length(bytes: &mut Unstructured) -> Result<usize> {
    Ok(usize::try_from(size(bytes)?.min(MOST_PAGES * granularity())).expect("some pages"))
}

fn op(bytes: &mut Unstructured) -> Result<Op> {
    let number = usize::from(bytes.arbitrary::<u8>()?);
    Ok(match bytes.int_in_range(0..=24_u8)? {
        0 | 1 => Op::Open { file: number },
        2 => Op::Unuse { cursor: number },
        3 => Op::Another { cursor: number },
        4 => Op::Duplicate { cursor: number },
        5 | 6 => Op::Drop { cursor: number },
        7 => Op::Check { cursor: number },
        8 => Op::ReadAt { cursor: number, offset: size(bytes)?, size: length(bytes)? },
        9 => Op::Keep { cursor: number },
        10 => Op::LetKept { kept: number },
        11 => Op::Claim { region: number, by: bytes.int_in_range(-3..=3)? },
        12 => Op::Claim { region: number, by: bytes.arbitrary()? },
        13 => Op::Release { region: number },
        14 => Op::MapAlone {
            file: number,
            offset: bytes.int_in_range(0..=9)? * granularity(),
            size: size(bytes)?,
        },
        15 => Op::Collect,
        16 => Op::ForceUnmap { name: number },
        17 => Op::RegionsOf { file: number },
        18 => Op::Write { file: number, size: length(bytes)? },
        19 => Op::Remove { file: number },
        20 if number < 16 => Op::Close,
        _ => Op::UseRegion { cursor: number, offset: size(bytes)?, size: size(bytes)? },
    })
}

fuzz_target!(|sequence: Sequence| oracle::run(sequence.setup, &sequence.ops));
