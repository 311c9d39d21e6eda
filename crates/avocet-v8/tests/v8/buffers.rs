//! Array buffers and views.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::common::{eval, set_global, show, thrown, with_options, with_scope};
use avocet_v8::{
    ArrayBuffer, ArrayBufferView, BackingStore, DataView, Float64Array, HandleScope,
    IsolateOptions, Local, SharedArrayBuffer, SharedStore, TryCatch, Uint8Array, handle_scope,
};

struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl AsMut<[u8]> for Counted {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn bytes_are_copied_in_and_out() {
    with_scope(|scope| {
        let buffer = ArrayBuffer::copy_of(scope, b"hello").unwrap();
        set_global(scope, "b", buffer.into());
        assert_eq!(
            show(scope, "new Uint8Array(b)[1] = 97; new Uint8Array(b).join()"),
            "104,97,108,108,111"
        );
        assert_eq!(buffer.to_vec(), b"hallo");
        let mut some = [0; 10];
        assert_eq!((buffer.read(3, &mut some), &some[..3]), (2, &b"lo\0"[..]));
        assert_eq!(buffer.read(5, &mut some), 0);
        assert_eq!(buffer.write(4, b"ooo"), 1);
        assert_eq!(ArrayBuffer::new(scope, 3).unwrap().to_vec(), [0; 3]);
        assert_eq!(ArrayBuffer::copy_of(scope, b"").unwrap().byte_length(), 0);
    });
}

#[test]
fn rusts_memory_is_lent_and_given_back() {
    let drops = Arc::new(AtomicUsize::new(0));
    with_scope(|scope| {
        {
            handle_scope!(let scope = scope);
            let buffer = ArrayBuffer::from_bytes(scope, Counted(vec![7; 100], drops.clone()));
            set_global(scope, "b", buffer.into());
            assert_eq!(show(scope, "new Uint8Array(b).reduce((a, b) => a + b)"), "700");
            let empty = ArrayBuffer::from_bytes(scope, Counted(Vec::new(), drops.clone()));
            assert_eq!(empty.byte_length(), 0);
        }
        eval(scope, "b = null").unwrap();
        scope.low_memory_notification();
    });
    assert_eq!(drops.load(Ordering::SeqCst), 2);
}

#[test]
fn views_show_a_part() {
    with_scope(|scope| {
        let buffer = ArrayBuffer::copy_of(scope, &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        let view = Uint8Array::new(scope, buffer, 2, 3).unwrap();
        assert_eq!((view.byte_offset(), view.byte_length(), view.length()), (2, 3, 3));
        let mut bytes = vec![0];
        view.read_into(&mut bytes);
        assert_eq!(bytes, [0, 3, 4, 5]);
        let mut two = [0; 2];
        assert_eq!((view.copy_contents(&mut two), two), (2, [3, 4]));
        assert!(view.buffer(scope) == buffer);
        assert!(Float64Array::new(scope, buffer, 0, 1).is_some());
        assert!(DataView::new(scope, buffer, 8, 0).is_some());
        let small: Local<ArrayBufferView> = eval(scope, "Uint8Array.of(9, 8)").unwrap().cast();
        let mut bytes = Vec::new();
        assert!(small.read_bytes_into(&mut bytes) && buffer.read_bytes_into(&mut bytes));
        assert_eq!(bytes, [9, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(!eval(scope, "'text'").unwrap().read_bytes_into(&mut bytes));
    });
}

#[test]
fn views_outside_their_buffer_are_refused() {
    with_scope(|scope| {
        let buffer = ArrayBuffer::new(scope, 16).unwrap();
        let wrong = |scope: &mut HandleScope, offset, length| {
            let scope = &mut TryCatch::new(scope);
            let view = Float64Array::new(scope, buffer, offset, length);
            assert_eq!(view.is_none(), scope.has_caught());
            view.is_none()
        };
        assert!(!wrong(scope, 8, 1));
        assert!(wrong(scope, 4, 1));
        assert!(wrong(scope, 8, 2));
        assert!(wrong(scope, 24, 0));
        assert!(wrong(scope, 8, usize::MAX / 8));
        assert!(buffer.detach(scope));
        assert!(wrong(scope, 0, 1));
    });
}

#[test]
fn a_detached_buffer_is_empty() {
    with_scope(|scope| {
        let buffer = ArrayBuffer::copy_of(scope, b"abc").unwrap();
        set_global(scope, "b", buffer.into());
        assert!(buffer.is_detachable() && !buffer.was_detached());
        assert!(buffer.detach(scope) && buffer.was_detached());
        assert_eq!((buffer.byte_length(), buffer.to_vec()), (0, vec![]));
        assert_eq!(show(scope, "b.byteLength"), "0");
        assert!(buffer.take(scope).is_none());
    });
}

#[test]
fn memory_is_taken_without_copying() {
    let mut taken = None;
    with_scope(|scope| {
        let buffer: Local<ArrayBuffer> =
            eval(scope, "globalThis.a = Uint8Array.of(1, 2, 3); a.buffer").unwrap().cast();
        taken = buffer.take(scope);
        assert_eq!(show(scope, "a.length"), "0");
        let empty = ArrayBuffer::new(scope, 0).unwrap();
        assert!(empty.take(scope).unwrap().is_empty() && empty.was_detached());
    });
    let mut taken = taken.unwrap();
    taken[0] = 9;
    let moved = std::thread::spawn(move || (taken.to_vec(), taken)).join().unwrap();
    assert_eq!(moved.0, [9, 2, 3]);
    with_scope(|scope| {
        let buffer = ArrayBuffer::with_backing_store(scope, moved.1);
        assert_eq!(buffer.to_vec(), [9, 2, 3]);
        let store = BackingStore::from_bytes(vec![4; 4]);
        assert_eq!(&store[..], [4; 4]);
        assert_eq!(ArrayBuffer::with_backing_store(scope, store).byte_length(), 4);
        let empty = BackingStore::from_bytes(Vec::new());
        assert!(empty.is_empty());
    });
}

#[test]
fn shared_memory_is_seen_by_two_isolates() {
    let store = SharedStore::from_bytes(vec![0; 4]);
    let other = store.clone();
    std::thread::spawn(move || {
        with_scope(|scope| {
            let buffer = SharedArrayBuffer::with_backing_store(scope, &other);
            set_global(scope, "b", buffer.into());
            show(scope, "Atomics.store(new Uint8Array(b), 2, 5)");
        });
    })
    .join()
    .unwrap();
    with_scope(|scope| {
        let buffer = SharedArrayBuffer::with_backing_store(scope, &store);
        let again = SharedArrayBuffer::with_backing_store(scope, &buffer.backing_store());
        assert_eq!(again.byte_length(), 4);
        set_global(scope, "b", again.into());
        assert_eq!(show(scope, "new Uint8Array(b).join()"), "0,0,5,0");
    });
}

#[test]
fn array_buffers_have_a_limit() {
    let options = IsolateOptions { array_buffer_limit: 1 << 20, ..Default::default() };
    with_options(options, |scope| {
        let error = "RangeError: Array buffer allocation failed";
        assert_eq!(thrown(scope, "new ArrayBuffer(2 ** 20 + 1)"), error);
        assert_eq!(
            thrown(scope, "const all = []; for (;;) all.push(new Uint8Array(2 ** 16))"),
            error
        );
        let scope = &mut TryCatch::new(scope);
        assert!(ArrayBuffer::new(scope, 1 << 21).is_none());
        let exception = scope.exception().unwrap().to_rust_string_lossy(scope);
        assert_eq!(exception, error);
    });
}

#[test]
fn the_limit_counts_what_is_alive() {
    let options = IsolateOptions { array_buffer_limit: 1 << 20, ..Default::default() };
    with_options(options, |scope| {
        assert_eq!(
            show(scope, "for (let i = 0; i < 100; i++) new ArrayBuffer(2 ** 19); 'done'"),
            "done"
        );
        for _ in 0..100 {
            handle_scope!(let scope = scope);
            assert!(ArrayBuffer::new(scope, 1 << 19).is_some());
        }
        scope.low_memory_notification();
        assert!(scope.array_buffer_bytes() <= 1 << 20);
    });
}
