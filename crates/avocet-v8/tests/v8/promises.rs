//! Promises and microtasks.

use avocet_v8::{
    Function, HandleScope, Integer, IsolateOptions, Local, Promise, PromiseRejectEvent,
    PromiseRejectMessage, PromiseResolver, PromiseState, handle_scope,
};

use crate::common::{eval, set_global, show, string, with_options, with_scope};

#[test]
fn a_resolver_settles_its_promise() {
    with_scope(|scope| {
        let resolver = PromiseResolver::new(scope).unwrap();
        let promise = resolver.get_promise(scope);
        set_global(scope, "p", promise.into());
        eval(scope, "globalThis.seen = 'nothing'; p.then(v => { seen = v })").unwrap();
        assert_eq!(promise.state(), PromiseState::Pending);
        let value = string(scope, "cheese").into();
        resolver.resolve(scope, value).unwrap();
        assert_eq!(promise.state(), PromiseState::Fulfilled);
        assert_eq!(promise.result(scope).to_rust_string_lossy(scope), "cheese");
        assert_eq!(show(scope, "seen"), "nothing");
        scope.perform_microtask_checkpoint();
        assert_eq!(show(scope, "seen"), "cheese");
    });
}

#[test]
fn reactions_are_rust_functions() {
    with_scope(|scope| {
        let promise: Local<Promise> = eval(scope, "Promise.reject(5)").unwrap().cast();
        let double = Function::new(scope, |_, arguments, result| {
            result.set_int32(arguments.i32(0).unwrap() * 2);
        })
        .unwrap();
        let caught = promise.catch(scope, double).unwrap();
        let then = caught.then(scope, double).unwrap();
        let both = promise.then2(scope, double, double).unwrap();
        assert!(promise.has_handler() && !then.has_handler());
        scope.perform_microtask_checkpoint();
        assert_eq!(then.result(scope).as_i32(), Some(20));
        assert_eq!(both.result(scope).as_i32(), Some(10));
    });
}

#[test]
fn microtasks_run_when_asked_only() {
    with_scope(|scope| {
        let task: Local<Function> = eval(scope, "globalThis.n = 0; () => n++").unwrap().cast();
        scope.enqueue_microtask(task);
        assert_eq!(show(scope, "n"), "0");
        scope.perform_microtask_checkpoint();
        assert_eq!(show(scope, "n"), "1");
    });
}

#[test]
#[should_panic(expected = "the promise is pending")]
fn a_pending_promise_has_no_result() {
    with_scope(|scope| {
        let promise: Local<Promise> = eval(scope, "new Promise(() => 0)").unwrap().cast();
        promise.result(scope);
    });
}

struct Seen(Vec<(PromiseRejectEvent, Option<i32>)>);

fn on_reject(scope: &mut HandleScope<'_>, message: PromiseRejectMessage<'_>) {
    let value = message.value.and_then(|value| value.as_i32());
    assert_ne!(message.promise.state(), PromiseState::Pending);
    handle_scope!(let scope = scope);
    Integer::new(scope, 1);
    scope.slot_mut::<Seen>().unwrap().0.push((message.event, value));
}

#[test]
fn unhandled_rejections_are_reported() {
    use PromiseRejectEvent::*;
    let options = IsolateOptions { promise_reject: Some(on_reject), ..Default::default() };
    with_options(options, |scope| {
        scope.set_slot(Seen(Vec::new()));
        eval(scope, "globalThis.p = Promise.reject(3)").unwrap();
        eval(scope, "p.catch(() => 0)").unwrap();
        eval(scope, "new Promise((resolve, reject) => { resolve(1); reject(2) })").unwrap();
        scope.perform_microtask_checkpoint();
        let Seen(seen) = scope.take_slot().unwrap();
        assert_eq!(seen[0], (RejectWithNoHandler, Some(3)));
        assert_eq!(seen[1], (HandlerAddedAfterReject, None));
        assert_eq!(seen[2], (RejectAfterResolved, Some(2)));
    });
}

#[test]
fn promises_carry_data_along() {
    with_scope(|scope| {
        let context = scope.current_context();
        let read = Function::new(scope, |scope, _, result| {
            result.set(scope.current_context().continuation_data(scope));
        })
        .unwrap();
        set_global(scope, "read", read.into());
        for name in ["first", "second"] {
            let value = string(scope, name).into();
            context.set_continuation_data(value);
            eval(scope, &format!("Promise.resolve().then(() => {{ globalThis.{name} = read() }})"))
                .unwrap();
        }
        let nothing = avocet_v8::undefined(scope).into();
        context.set_continuation_data(nothing);
        scope.perform_microtask_checkpoint();
        assert_eq!(show(scope, "`${first}, ${second}, ${read()}`"), "first, second, undefined");
    });
}

#[test]
#[should_panic(expected = "continuation data must not be a small integer")]
fn small_integers_are_not_carried_along() {
    with_scope(|scope| {
        let value = Integer::new(scope, 1).into();
        scope.current_context().set_continuation_data(value);
    });
}
