//! Strings in all their representations.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::common::{eval, set_global, show, string, with_scope};
use avocet_v8::{HandleScope, Local, String};

fn bytes(scope: &mut HandleScope<'_>, string: Local<'_, String>) -> Vec<u8> {
    let mut bytes = b"> ".to_vec();
    string.write_utf8_into(scope, &mut bytes);
    bytes.split_off(2)
}

#[test]
fn texts_survive_the_way_there_and_back() {
    let long = "x".repeat(100_000) + "ä" + &"y".repeat(100_000);
    let texts = ["", "a", "plain", "käse", "ÿ", "日本語", "🧀 and 🍷", "a\0b", &long];
    with_scope(|scope| {
        for text in texts {
            let local = string(scope, text);
            assert_eq!(local.to_rust_string_lossy(scope), text);
            assert_eq!(local.length(), text.encode_utf16().count());
            assert_eq!(local.utf8_length(scope), text.len());
            assert_eq!(bytes(scope, local), text.as_bytes());
            let units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(local.to_two_byte(scope), units);
            let copy = String::new_from_two_byte(scope, &units).unwrap();
            assert!(copy.strict_equals(local.into()));
        }
    });
}

#[test]
fn lone_surrogates_are_replaced() {
    with_scope(|scope| {
        let texts = [
            ("'a\\ud800'", "a\u{fffd}"),
            ("'\\udc00b'", "\u{fffd}b"),
            ("'\\ud800\\ud800x'", "\u{fffd}\u{fffd}x"),
            ("'\\ud83e\\uddc0'", "🧀"),
        ];
        for (text, expected) in texts {
            let local: Local<String> = eval(scope, text).unwrap().cast();
            assert_eq!(local.to_rust_string_lossy(scope), expected);
        }
    });
}

#[test]
fn broken_utf8_is_replaced() {
    with_scope(|scope| {
        let local = String::new_from_utf8(scope, b"a\xffb\xe2\x82").unwrap();
        let expected = std::string::String::from_utf8_lossy(b"a\xffb\xe2\x82");
        assert_eq!(local.to_rust_string_lossy(scope), expected);
    });
}

#[test]
fn latin1_takes_one_byte() {
    with_scope(|scope| {
        let local = String::new_from_one_byte(scope, b"k\xe4se").unwrap();
        assert!(local.is_one_byte() && local.contains_only_one_byte());
        assert_eq!(local.to_rust_string_lossy(scope), "käse");
        let mut latin1 = Vec::new();
        local.write_one_byte_into(scope, &mut latin1);
        assert_eq!(latin1, b"k\xe4se");
        assert!(!string(scope, "日").is_one_byte());
    });
}

#[test]
fn internalized_strings_are_shared() {
    with_scope(|scope| {
        let a = String::intern(scope, "shared name");
        let b = String::intern(scope, "shared name");
        assert!(a == b);
    });
}

#[test]
fn concatenations_and_slices_are_written_whole() {
    with_scope(|scope| {
        let (a, b) = (string(scope, "salt and "), string(scope, "pfeffer für alle"));
        let both = String::concat(scope, a, b).unwrap();
        assert_eq!(both.to_rust_string_lossy(scope), "salt and pfeffer für alle");
        set_global(scope, "both", both.into());
        assert_eq!(show(scope, "both.slice(5, 22)"), "and pfeffer für a");
    });
}

struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn external_strings_lend_their_bytes_and_give_them_back() {
    let drops = Arc::new(AtomicUsize::new(0));
    with_scope(|scope| {
        let owner = Counted(b"lent by Rust".to_vec(), drops.clone());
        let local = String::new_external(scope, owner).unwrap();
        assert!(local.is_external_one_byte());
        set_global(scope, "lent", local.into());
        assert_eq!(show(scope, "lent + '!' + lent.length"), "lent by Rust!12");
        assert_eq!(local.to_rust_string_lossy(scope), "lent by Rust");
        let empty = String::new_external(scope, Counted(Vec::new(), drops.clone())).unwrap();
        assert_eq!(empty.length(), 0);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
        let fixed = String::new_external_static(scope, b"for ever").unwrap();
        assert_eq!(fixed.to_rust_string_lossy(scope), "for ever");
    });
    assert_eq!(drops.load(Ordering::SeqCst), 2);
}

#[test]
fn external_strings_are_freed_by_garbage_collection() {
    let drops = Arc::new(AtomicUsize::new(0));
    with_scope(|scope| {
        for _ in 0..10 {
            let mut guard = HandleScope::new(scope);
            let scope = guard.scope();
            let owner = Counted(vec![b'x'; 1000], drops.clone());
            String::new_external(scope, owner).unwrap();
        }
        scope.low_memory_notification();
        assert_eq!(drops.load(Ordering::SeqCst), 10);
    });
}

/// V8 counts a buffer's room in 31 bits.
#[test]
fn a_buffer_with_more_room_than_v8_counts_is_written_to() {
    with_scope(|scope| {
        let text = string(scope, "größer als ∞");
        // Only what is written is ever there.
        let mut buffer: Vec<u8> = Vec::with_capacity((1 << 32) + 4);
        text.write_utf8_into(scope, &mut buffer);
        assert_eq!(buffer, "größer als ∞".as_bytes());
    });
}
