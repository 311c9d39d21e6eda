//! Ends of the process: each says why.

use std::process::Command;

use avocet_v8::{Function, HandleScope, IsolateOptions, PromiseRejectFn, TryCatch};

use crate::common::{eval, set_global, show, with_options, with_scope};

/// Runs an ignored test of this file in a process of its own; what it wrote.
fn dying_words(test: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", test, "--ignored", "--nocapture", "--test-threads=1"];
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{test} did not die");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_exhausted_heap_says_so() {
    let words = dying_words("fatal::exhaust_the_heap");
    assert!(
        words.contains("avocet: this process stops because the JavaScript heap is exhausted"),
        "{words}"
    );
}

#[test]
#[ignore = "ends the process; run by another test"]
fn exhaust_the_heap() {
    with_options(IsolateOptions { heap_limit: 8 << 20, ..Default::default() }, |scope| {
        eval(scope, "const all = []; for (;;) all.push(new Array(1000).fill(1.5))");
    });
}

#[test]
fn a_scope_leaked_in_a_callback_says_so() {
    let words = dying_words("fatal::leak_a_scope");
    assert!(words.contains("avocet-v8: a callback leaked a scope"), "{words}");
}

#[test]
#[ignore = "ends the process; run by another test"]
fn leak_a_scope() {
    with_scope(|scope| {
        let function = Function::new(scope, |scope, _, _| {
            std::mem::forget(TryCatch::new(scope));
        })
        .unwrap();
        set_global(scope, "f", function.into());
        show(scope, "f()");
    });
}

#[test]
fn a_scope_leaked_anywhere_says_so() {
    let words = dying_words("fatal::leak_a_scope_at_the_root");
    assert!(words.contains("avocet-v8: a scope was leaked"), "{words}");
}

#[test]
#[ignore = "ends the process; run by another test"]
fn leak_a_scope_at_the_root() {
    with_scope(|scope| std::mem::forget(HandleScope::new(scope)));
}

#[test]
fn a_panic_where_nothing_can_be_thrown_says_so() {
    let words = dying_words("fatal::panic_on_a_rejection");
    assert!(words.contains("V8 cannot take an exception (no way)"), "{words}");
}

#[test]
#[ignore = "ends the process; run by another test"]
fn panic_on_a_rejection() {
    let promise_reject: Option<PromiseRejectFn> = Some(|_, _| panic!("no way"));
    with_options(IsolateOptions { promise_reject, ..Default::default() }, |scope| {
        eval(scope, "Promise.reject(1)");
    });
}
