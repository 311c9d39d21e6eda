//! Costs of the common steps: `cargo run --release -p avocet-v8 --example cost`.

use std::hint::black_box;

use avocet_v8::{
    Arguments, ArrayBuffer, Context, ContextScope, Function, Global, HandleScope, Integer, Isolate,
    IsolateOptions, Local, Op, ReturnValue, Script, Snapshot, SnapshotCreator, String, Value,
    enter, handle_scope,
};

static OPS: &[Op] = &[Op::new("add", add)];

fn add(_: &mut HandleScope, arguments: &Arguments, result: ReturnValue) {
    let sum = arguments.i32(0).unwrap_or(0).wrapping_add(arguments.i32(1).unwrap_or(0));
    result.set_int32(sum);
}

/// Nanoseconds that this thread has run, so that other programs do not count.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has it");
    text.split(' ').next().and_then(|field| field.parse().ok()).expect("a number")
}

fn time(name: &str, times: u32, mut step: impl FnMut()) {
    for _ in 0..times / 10 {
        step();
    }
    let start = processor_time();
    for _ in 0..times {
        step();
    }
    let nanoseconds = (processor_time() - start) / f64::from(times);
    println!("{name:<56} {nanoseconds:>10.1} ns");
}

fn run<'s>(scope: &mut HandleScope<'s>, text: &str) -> Local<'s, Value> {
    let source = String::new(scope, text).expect("a short text");
    let script = Script::compile(scope, source, None).expect("a valid script");
    script.run(scope).expect("a script that does not throw")
}

struct Prepared {
    isolate: Isolate,
    context: Global<Context>,
    receive: Global<Function>,
    own: Global<Function>,
    ops: Global<Function>,
}

fn prepare() -> Prepared {
    let options = IsolateOptions { ops: OPS, ..Default::default() };
    let mut isolate = Isolate::new(options);
    let (context, receive, own, ops);
    {
        enter!(let scope = &mut isolate);
        let local = Context::new(scope);
        let scope = &mut ContextScope::new(scope, local);
        let add = Function::for_op(scope, 0).expect("a function");
        local.global(scope).set_named(scope, "add", add.into());
        let value = run(scope, "(id, head, body) => body === null ? 'hello ' + id : 'bytes'");
        receive = Global::new(scope, value.cast());
        let value = run(
            scope,
            "n => { let a = 0; for (let i = 0; i < n; i++) a = ((a + i) | 0); return a }",
        );
        own = Global::new(scope, value.cast());
        let value =
            run(scope, "n => { let a = 0; for (let i = 0; i < n; i++) a = add(a, i); return a }");
        ops = Global::new(scope, value.cast());
        context = Global::new(scope, local);
    }
    Prepared { isolate, context, receive, own, ops }
}

fn calls(prepared: &mut Prepared) {
    const N: i32 = 5_000_000;
    enter!(let scope = &mut prepared.isolate);
    let context = prepared.context.open(scope);
    let scope = &mut ContextScope::new(scope, context);
    let receiver: Local<Value> = avocet_v8::undefined(scope).into();
    let mut loop_time = |function: &Global<Function>| {
        let function = function.open(scope);
        let count = Integer::new(scope, N).into();
        function.call(scope, receiver, &[count]);
        let start = processor_time();
        black_box(function.call(scope, receiver, &[count]));
        (processor_time() - start) / f64::from(N)
    };
    let empty = loop_time(&prepared.own);
    let full = loop_time(&prepared.ops);
    println!(
        "{:<56} {:>10.1} ns",
        "operation with two integers, called by JavaScript",
        full - empty
    );
}

/// Work of a server for one request.
fn request(prepared: &mut Prepared, head: &[u8], body: Option<&[u8]>, answer: &mut Vec<u8>) {
    enter!(let scope = &mut prepared.isolate);
    let context = prepared.context.open(scope);
    let scope = &mut ContextScope::new(scope, context);
    let function = prepared.receive.open(scope);
    let arguments: [Local<Value>; 3] = [
        Integer::new(scope, 7).into(),
        String::new_from_one_byte(scope, head).expect("a short text").into(),
        match body {
            Some(body) => ArrayBuffer::copy_of(scope, body).expect("few bytes").into(),
            None => avocet_v8::null(scope).into(),
        },
    ];
    let receiver = avocet_v8::undefined(scope).into();
    let result = function.call(scope, receiver, &arguments).expect("a result");
    answer.clear();
    let result: Local<String> = result.cast();
    result.write_utf8_into(scope, answer);
}

fn scopes(prepared: &mut Prepared) {
    time("enter and leave", 2_000_000, || {
        enter!(let scope = &mut prepared.isolate);
        black_box(&scope);
    });
    enter!(let scope = &mut prepared.isolate);
    let context = prepared.context.open(scope);
    let scope = &mut ContextScope::new(scope, context);
    let receiver: Local<Value> = avocet_v8::undefined(scope).into();
    time("open and close a handle scope", 5_000_000, || {
        handle_scope!(let scope = scope);
        black_box(&scope);
    });
    let receive = prepared.receive.clone();
    time("call a function with three arguments", 2_000_000, || {
        handle_scope!(let scope = scope);
        let id = Integer::new(scope, 7).into();
        let null = avocet_v8::null(scope).into();
        let function = receive.open(scope);
        black_box(function.call(scope, receiver, &[id, null, null]));
    });
    time("make a string of 200 bytes", 2_000_000, || {
        handle_scope!(let scope = scope);
        black_box(String::new(scope, &"x".repeat(200)[..]));
    });
    time("make an external string of 200 bytes", 1_000_000, || {
        handle_scope!(let scope = scope);
        black_box(String::new_external(scope, vec![b'x'; 200]));
    });
    time("make an array buffer of 200 bytes", 1_000_000, || {
        handle_scope!(let scope = scope);
        black_box(ArrayBuffer::copy_of(scope, &[1; 200]));
    });
    time("make an array buffer over a Vec of 200 bytes", 1_000_000, || {
        handle_scope!(let scope = scope);
        black_box(ArrayBuffer::from_bytes(scope, vec![1; 200]));
    });
    let text = String::new(scope, &"x".repeat(200)).expect("a short text");
    let mut buffer = Vec::with_capacity(512);
    time("write a string of 200 bytes", 5_000_000, || {
        buffer.clear();
        text.write_utf8_into(scope, &mut buffer);
    });
    time("make and drop a global", 2_000_000, || {
        handle_scope!(let scope = scope);
        black_box(Global::new(scope, text));
    });
}

fn snapshot() -> Snapshot {
    let mut creator = SnapshotCreator::new(IsolateOptions { ops: OPS, ..Default::default() });
    {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        scope.set_default_context(context);
        let scope = &mut ContextScope::new(scope, context);
        let add = Function::for_op(scope, 0).expect("a function");
        context.global(scope).set_named(scope, "add", add.into());
    }
    creator.create_blob(avocet_v8::FunctionCodeHandling::Keep).expect("a snapshot")
}

fn main() {
    avocet_v8::initialize("--single-threaded-gc");
    println!("V8 {}", avocet_v8::version());
    let mut prepared = prepare();
    calls(&mut prepared);
    scopes(&mut prepared);
    let head = [b'h'; 200];
    let mut answer = Vec::new();
    time("a request without body: enter, call, read, leave", 1_000_000, || {
        request(&mut prepared, &head, None, &mut answer);
    });
    time("a request with a body of 200 bytes", 500_000, || {
        request(&mut prepared, &head, Some(&head), &mut answer);
    });
    let snapshot = snapshot();
    time("isolate and context from a snapshot", 200, || {
        let snapshot = Some(snapshot.clone());
        let mut isolate = Isolate::new(IsolateOptions { ops: OPS, snapshot, ..Default::default() });
        enter!(let scope = &mut isolate);
        black_box(Context::new(scope));
    });
}
