//! The placement of windows, a pure function: what must hold of every window, and which regions a file ends
//! up with.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use smmap_core::{Gap, Policy, Window, align_down, align_up, needed, place};

const CASES: u32 = if cfg!(miri) { 5 } else { 5_000 };

const FREE: Gap = Gap { start: 0, end: u64::MAX };

/// `off_t` is signed (POSIX, `sys/types.h`).
const LARGEST_FILE: u64 = i64::MAX.unsigned_abs();

fn near_the_end() -> impl Strategy<Value = u64> {
    (0..20_000_u64).prop_map(|less| LARGEST_FILE - less)
}

/// Where the regions begin and end that a request may not reach into, by asking each.
fn gap(regions: &[Window], needed: Window) -> Gap {
    let (before, behind): (Vec<Window>, Vec<Window>) =
        regions.iter().partition(|region| region.offset <= needed.offset);
    let start = before.iter().map(|region| region.end()).max().unwrap_or(0);
    let end = behind.iter().map(|region| region.offset).min().unwrap_or(u64::MAX);
    Gap { start, end }
}

/// The region that serves the request: there already, or placed now.
fn serve(regions: &mut Vec<Window>, request: Request, layout: Layout) -> Option<Window> {
    let policy = Policy::Windows(layout.window);
    let needed = needed(request.offset, request.size, policy, layout.file_size)?;
    if let Some(region) = regions.iter().find(|region| region.covers(needed)) {
        return Some(*region);
    }
    let window = place(needed, gap(regions, needed), layout.file_size, policy, layout.unit);
    assert_sound(window, needed, regions, layout);
    regions.push(window);
    Some(window)
}

fn pages(needed: Window, unit: u64) -> Window {
    Window::between(align_down(needed.offset, unit), align_up(needed.end(), unit))
}

fn assert_sound(window: Window, needed: Window, regions: &[Window], layout: Layout) {
    let Layout { unit, window: longest, file_size } = layout;
    let own = pages(needed, unit);
    assert!(window.covers(needed), "{window:?} for {needed:?}");
    assert!(window.offset.is_multiple_of(unit), "{window:?}");
    assert!(window.end() <= file_size, "{window:?}");
    assert!(window.end().is_multiple_of(unit) || window.end() == file_size, "{window:?}");
    assert!(window.size <= align_up(longest, unit).max(own.size), "{window:?} for {needed:?}");
    for region in regions {
        let start = window.offset.max(region.offset);
        let shared = Window::between(start, window.end().min(region.end()));
        assert!(shared.size == 0 || own.covers(shared), "{window:?} over {region:?} for {needed:?}");
    }
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    unit: u64,
    window: u64,
    file_size: u64,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    offset: u64,
    size: u64,
}

/// Windows of up to five units or so, files of up to thirty: small numbers meet all the borders there are.
fn layouts() -> impl Strategy<Value = Layout> {
    prop_oneof![Just(2_u64), Just(16), Just(4096), Just(65_536)].prop_flat_map(|unit| {
        (1..=5 * unit + 1, 0..=30 * unit).prop_map(move |(window, file_size)| Layout {
            unit,
            window,
            file_size,
        })
    })
}

fn requests(layout: Layout) -> impl Strategy<Value = Request> {
    let offset = prop_oneof![
        0..=layout.file_size + 1,
        (0..=31_u64, 0..=2_u64).prop_map(move |(units, by)| (units * layout.unit + by).saturating_sub(1)),
    ];
    (offset, 0..=layout.window + 1).prop_map(|(offset, size)| Request { offset, size })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn regions_serve_their_request_whole_and_overlap_only_in_its_pages(
        (layout, requests) in layouts().prop_flat_map(|layout| {
            (Just(layout), prop::collection::vec(requests(layout), 1..40))
        }),
    ) {
        let mut regions = Vec::new();
        for request in requests {
            let served = serve(&mut regions, request, layout);
            prop_assert_eq!(served.is_some(), request.offset < layout.file_size);
        }
    }

    #[test]
    fn a_request_up_to_a_window_is_needed_whole_and_any_other_is_a_window(
        (layout, Request { offset, size }) in
            layouts().prop_flat_map(|layout| (Just(layout), requests(layout))),
    ) {
        let Layout { window, file_size, .. } = layout;
        let rest = file_size.saturating_sub(offset);
        let exact = if (1..=window).contains(&size) { size.min(rest) } else { window.min(rest) };
        let expected = |size| (rest > 0).then(|| Window::new(offset, size));
        prop_assert_eq!(needed(offset, size, Policy::Windows(window), file_size), expected(exact));
        prop_assert_eq!(needed(offset, size, Policy::WholeFile, file_size), expected(1));
    }

    #[test]
    fn a_window_with_room_is_as_long_as_it_may_be(
        (layout, request) in layouts().prop_flat_map(|layout| (Just(layout), requests(layout))),
    ) {
        let Layout { unit, window, file_size } = layout;
        let policy = Policy::Windows(window);
        let Some(needed) = needed(request.offset, request.size, policy, file_size) else { return Ok(()) };
        let placed = place(needed, FREE, file_size, policy, unit);
        let longest = align_up(window, unit).max(pages(needed, unit).size);
        prop_assert_eq!(placed.size, longest.min(file_size - placed.offset));
    }

    #[test]
    fn a_request_within_a_multiple_of_the_window_gets_that_window(
        (layout, request) in layouts().prop_flat_map(|layout| (Just(layout), requests(layout))),
    ) {
        let Layout { unit, window, file_size } = layout;
        let policy = Policy::Windows(window);
        let Some(needed) = needed(request.offset, request.size, policy, file_size) else { return Ok(()) };
        let size = align_up(window, unit);
        let tile = Window::new(align_down(needed.offset, size), size);
        if !tile.covers(needed) {
            return Ok(());
        }
        let placed = place(needed, FREE, file_size, policy, unit);
        prop_assert_eq!(placed, Window::between(tile.offset, tile.end().min(file_size)));
    }

    #[test]
    fn a_file_read_byte_by_byte_in_any_order_has_the_same_regions(
        layout in layouts().prop_filter("short", |layout| layout.file_size <= 480),
        order in any::<[u8; 16]>(),
    ) {
        let tiles = |offsets: &mut dyn Iterator<Item = u64>| {
            let mut regions = Vec::new();
            for offset in offsets {
                serve(&mut regions, Request { offset, size: 1 }, layout);
            }
            regions.sort();
            regions
        };
        let forward = tiles(&mut (0..layout.file_size));
        let mut shuffled: Vec<u64> = (0..layout.file_size).collect();
        shuffled.sort_by_key(|offset| {
            order[usize::try_from(offset % 16).unwrap()].wrapping_mul(7) ^ offset.to_le_bytes()[0]
        });
        prop_assert_eq!(&tiles(&mut (0..layout.file_size).rev()), &forward);
        prop_assert_eq!(&tiles(&mut shuffled.into_iter()), &forward);
        let window = align_up(layout.window, layout.unit);
        prop_assert_eq!(forward.len() as u64, layout.file_size.div_ceil(window));
    }

    #[test]
    fn offsets_up_to_the_largest_file_there_can_be_do_not_overflow(
        offset in prop_oneof![any::<u64>(), near_the_end()],
        size in prop_oneof![any::<u64>(), 0..20_000_u64],
        window in prop_oneof![1..=u64::MAX, 1..20_000_u64, Just(u64::MAX)],
        file_size in prop_oneof![0..=LARGEST_FILE, near_the_end()],
    ) {
        let policy = Policy::Windows(window);
        let Some(needed) = needed(offset, size, policy, file_size) else {
            prop_assert!(offset >= file_size);
            return Ok(());
        };
        let placed = place(needed, FREE, file_size, policy, 4096);
        prop_assert!(placed.covers(needed));
        prop_assert!(placed.offset.is_multiple_of(4096) && placed.end() <= file_size);
    }
}

#[test]
fn a_request_across_a_border_starts_on_half_a_window_or_on_its_own_page() {
    let place = |offset, size| place(Window::new(offset, size), FREE, 1 << 20, Policy::Windows(16_384), 4096);
    assert_eq!(place(16_000, 1000), Window::new(8192, 16_384), "the half is enough");
    assert_eq!(place(12_288, 16_384), Window::new(12_288, 16_384), "the half is too early");
    assert_eq!(
        place(12_289, 16_384),
        Window::new(12_288, 20_480),
        "a page more, for a request that is not aligned"
    );
}

#[test]
fn a_window_is_cut_at_its_neighbours() {
    let gap = Gap { start: 4096, end: 12_288 };
    let placed = place(Window::new(5000, 1), gap, 1 << 20, Policy::Windows(1 << 16), 4096);
    assert_eq!(placed, Window::between(4096, 12_288));
}

#[test]
fn the_whole_file_is_one_window_whatever_the_request() {
    for request in [Window::new(0, 1), Window::new(9999, 1)] {
        assert_eq!(place(request, FREE, 10_000, Policy::WholeFile, 4096), Window::new(0, 10_000));
    }
}

#[test]
fn aligning_goes_to_the_multiple_below_and_above() {
    assert_eq!((align_down(4097, 4096), align_up(4097, 4096)), (4096, 8192));
    assert_eq!((align_down(4096, 4096), align_up(4096, 4096)), (4096, 4096));
    assert_eq!((align_down(0, 4096), align_up(0, 4096)), (0, 0));
    assert_eq!(align_up(u64::MAX, 4096), align_down(u64::MAX, 4096), "no multiple above it");
}
