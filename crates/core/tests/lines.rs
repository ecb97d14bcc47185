//! Newlines and text against what the standard library makes of the same bytes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use smmap_core::{Decoded, decode, newlines};

fn all_newlines(bytes: &[u8], room: usize) -> Vec<u32> {
    let (mut found, mut ends, mut from) = (Vec::new(), vec![0; room], 0);
    loop {
        let count = newlines(bytes, from, &mut ends);
        found.extend_from_slice(&ends[..count]);
        if count < room {
            return found;
        }
        from = ends[count - 1] as usize + 1;
    }
}

fn decoded(bytes: &[u8]) -> String {
    let (mut latin1, mut utf16) = (vec![0; bytes.len()], vec![0; bytes.len() + 1]);
    match decode(bytes, &mut latin1, &mut utf16).unwrap() {
        Decoded::Latin1(units) => latin1[..units].iter().map(|byte| char::from(*byte)).collect(),
        Decoded::Utf16(units) => String::from_utf16(&utf16[..units]).unwrap(),
    }
}

proptest! {
    #[test]
    fn newlines_are_found_whatever_the_room(
        bytes in prop::collection::vec(prop::sample::select(b"a\n\r".to_vec()), 0..300),
        room in 1_usize..20,
    ) {
        let expected: Vec<u32> =
            (0_u32..).zip(&bytes).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
        prop_assert_eq!(all_newlines(&bytes, room), expected);
    }

    #[test]
    fn text_is_decoded_as_the_standard_library_does(text in "[a-zé€😀\n]{0,200}") {
        prop_assert_eq!(decoded(text.as_bytes()), text);
    }

    #[test]
    fn what_is_no_text_is_replaced_as_the_standard_library_does(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assert_eq!(decoded(&bytes), String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn text_of_small_characters_takes_a_byte_each() {
    let (mut latin1, mut utf16) = ([0; 8], [0; 9]);
    assert_eq!(decode("résumé".as_bytes(), &mut latin1, &mut utf16), Some(Decoded::Latin1(6)));
    assert_eq!(decode("5 €".as_bytes(), &mut latin1, &mut utf16), Some(Decoded::Utf16(3)));
    assert_eq!(decode(b"\xff", &mut latin1, &mut utf16), Some(Decoded::Utf16(1)));
}

#[test]
fn without_room_nothing_is_decoded() {
    assert_eq!(decode(b"abc", &mut [0; 3], &mut [0; 3]), None);
    assert_eq!(decode(b"abc", &mut [0; 2], &mut [0; 4]), None);
    assert_eq!(newlines(b"\n", 2, &mut [0; 3]), 0);
}
