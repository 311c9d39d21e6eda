//! Start-up snapshots.

use avocet_v8::{
    Arguments, Context, ContextScope, Function, FunctionCodeHandling, Global, HandleScope, Isolate,
    IsolateOptions, Op, ReturnValue, Snapshot, SnapshotCreator, SnapshotError, String, enter,
};

use crate::common::{eval, in_context, set_global, show, thrown};

static PLACES: &[Op] = &[Op::placeholder("add"), Op::placeholder("name")];
static OPS: &[Op] = &[Op::new("add", add), Op::new("name", name)];

fn add(_: &mut HandleScope, arguments: &Arguments, result: ReturnValue) {
    result.set_int32(arguments.i32(0).unwrap() + arguments.i32(1).unwrap());
}

fn name(scope: &mut HandleScope, _: &Arguments, result: ReturnValue) {
    result.set(String::new(scope, "avocet").unwrap().into());
}

fn make(code: FunctionCodeHandling, existing: Option<Snapshot>, text: &str) -> Snapshot {
    let options = IsolateOptions { ops: PLACES, snapshot: existing, ..Default::default() };
    let mut creator = SnapshotCreator::new(options);
    {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        scope.set_default_context(context);
        let scope = &mut ContextScope::new(scope, context);
        for (index, op) in PLACES.iter().enumerate() {
            let function = Function::for_op(scope, index).unwrap();
            set_global(scope, op.name, function.into());
        }
        assert_eq!(
            thrown(scope, "add(1, 2)"),
            "Error: this operation cannot be called while a snapshot is made"
        );
        let fixed = String::new_external_static(scope, b"static text").unwrap();
        set_global(scope, "fixed", fixed.into());
        eval(scope, text).unwrap();
        // Dropped before the snapshot is made, so it does not matter.
        Global::new(scope, context);
    }
    creator.create_blob(code).unwrap()
}

const TEXT: &str =
    "globalThis.state = { n: 7 }; function twice(x) { return add(x, x) } twice.toString()";

#[test]
fn an_isolate_starts_where_the_snapshot_ended() {
    for code in [FunctionCodeHandling::Keep, FunctionCodeHandling::Clear] {
        let bytes = make(code, None, TEXT).as_bytes().to_vec();
        // SAFETY: they are what `as_bytes` gave.
        let snapshot = Some(unsafe { Snapshot::from_vec(bytes) }.unwrap());
        let mut isolate = Isolate::new(IsolateOptions { ops: OPS, snapshot, ..Default::default() });
        in_context(&mut isolate, |scope| {
            assert_eq!(show(scope, "twice(state.n++) + name() + fixed"), "14avocetstatic text");
        });
        // Every context is a new copy.
        in_context(&mut isolate, |scope| assert_eq!(show(scope, "state.n"), "7"));
    }
}

/// Addresses of V8 and this program in memory differ from process to process.
#[test]
fn a_snapshot_of_another_process_works() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapshot.bin");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "snapshots::write_a_snapshot", "--ignored"])
        .env("AVOCET_V8_TEST_SNAPSHOT", &path)
        .status()
        .unwrap();
    assert!(status.success());
    // SAFETY: the other process wrote what `as_bytes` gave.
    let snapshot = Some(unsafe { Snapshot::from_vec(std::fs::read(path).unwrap()) }.unwrap());
    let mut isolate = Isolate::new(IsolateOptions { ops: OPS, snapshot, ..Default::default() });
    in_context(&mut isolate, |scope| assert_eq!(show(scope, "twice(state.n)"), "14"));
}

#[test]
#[ignore = "writes a file for another test, which runs it"]
fn write_a_snapshot() {
    let path = std::env::var_os("AVOCET_V8_TEST_SNAPSHOT").unwrap();
    std::fs::write(path, make(FunctionCodeHandling::Keep, None, TEXT).as_bytes()).unwrap();
}

#[test]
fn a_snapshot_builds_on_another() {
    let first = make(FunctionCodeHandling::Keep, None, TEXT);
    let second = make(FunctionCodeHandling::Keep, Some(first), "state.n = 8");
    let options = IsolateOptions { ops: OPS, snapshot: Some(second), ..Default::default() };
    in_context(&mut Isolate::new(options), |scope| {
        assert_eq!(show(scope, "twice(state.n)"), "16");
    });
}

#[test]
fn a_snapshot_holds_more_contexts() {
    let mut creator = SnapshotCreator::new(IsolateOptions::default());
    {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        scope.set_default_context(context);
        let other = Context::new(scope);
        assert_eq!(scope.add_context(other), 0);
        let scope = &mut ContextScope::new(scope, other);
        eval(scope, "globalThis.x = 'other'").unwrap();
    }
    let snapshot = creator.create_blob(FunctionCodeHandling::Keep);
    let mut isolate = Isolate::new(IsolateOptions { snapshot, ..Default::default() });
    enter!(let scope = &mut isolate);
    assert!(Context::from_snapshot(scope, 1).is_none());
    let context = Context::from_snapshot(scope, 0).unwrap();
    let scope = &mut ContextScope::new(scope, context);
    assert_eq!(show(scope, "x"), "other");
}

#[test]
fn an_operation_beyond_the_table_throws() {
    let snapshot = Some(make(FunctionCodeHandling::Keep, None, TEXT));
    let mut isolate = Isolate::new(IsolateOptions { snapshot, ..Default::default() });
    in_context(&mut isolate, |scope| {
        let error = "Error: operation 0 is not in this isolate's table of 0";
        assert_eq!(thrown(scope, "add(1, 1)"), error);
    });
}

#[test]
fn a_snapshot_knows_its_version() {
    let snapshot = make(FunctionCodeHandling::Clear, None, TEXT);
    assert!(snapshot.is_compatible());
    assert_eq!(snapshot.version(), avocet_v8::version());
    let mut bytes = snapshot.as_bytes().to_vec();
    bytes[9] = b'9';
    // SAFETY: only the version is another, and the heap is not read.
    let other = unsafe { Snapshot::from_vec(bytes) }.unwrap();
    assert!(!other.is_compatible());
    let start = || Isolate::new(IsolateOptions { snapshot: Some(other), ..Default::default() });
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(start)).unwrap_err();
    assert!(panic.downcast_ref::<std::string::String>().unwrap().contains("was made by V8 19."));
}

#[test]
fn other_bytes_are_not_a_snapshot() {
    assert_eq!(Snapshot::from_static(b"nonsense").unwrap_err(), SnapshotError::NotASnapshot);
    let mut bytes = make(FunctionCodeHandling::Clear, None, TEXT).as_bytes().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    // SAFETY: they are what `as_bytes` gave, damaged.
    assert_eq!(unsafe { Snapshot::from_vec(bytes) }.unwrap_err(), SnapshotError::Damaged);
}

#[test]
#[should_panic(expected = "a snapshot cannot hold Rust closures")]
fn a_snapshot_takes_no_closures() {
    let mut creator = SnapshotCreator::new(IsolateOptions::default());
    in_context(creator.isolate(), |scope| {
        Function::new(scope, |_, _, _| {});
    });
}

#[test]
#[should_panic(expected = "1 Globals still hold values")]
fn a_snapshot_takes_no_globals() {
    let mut creator = SnapshotCreator::new(IsolateOptions::default());
    let kept = {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        scope.set_default_context(context);
        Global::new(scope, context)
    };
    creator.create_blob(FunctionCodeHandling::Keep);
    drop(kept);
}

#[test]
#[should_panic(expected = "set_default_context has not been called")]
fn a_snapshot_needs_a_context() {
    SnapshotCreator::new(IsolateOptions::default()).create_blob(FunctionCodeHandling::Keep);
}

#[test]
#[should_panic(expected = "this isolate does not make a snapshot")]
fn a_plain_isolate_makes_no_snapshot() {
    in_context(&mut Isolate::new(IsolateOptions::default()), |scope| {
        let context = scope.current_context();
        scope.set_default_context(context);
    });
}
