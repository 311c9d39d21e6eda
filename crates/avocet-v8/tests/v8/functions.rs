//! Functions in both directions, operations and templates.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use crate::common::{eval, set_global, show, string, thrown, with_options, with_scope};
use avocet_v8::{
    Arguments, Function, FunctionOptions, FunctionTemplate, HandleScope, Integer, IsolateOptions,
    Local, Object, ObjectTemplate, Op, PropertyAttribute, ReturnValue, TryCatch, Value,
    handle_scope, null, undefined,
};

static OPS: &[Op] = &[Op::new("add", add), Op::new("fail", fail), Op::new("explode", explode)];

fn add(_: &mut HandleScope, arguments: &Arguments, result: ReturnValue) {
    result.set_int32(arguments.i32(0).unwrap_or(0) + arguments.i32(1).unwrap_or(0));
}

fn fail(scope: &mut HandleScope, _: &Arguments, _: ReturnValue) {
    scope.throw_range_error("too far");
}

fn explode(_: &mut HandleScope, _: &Arguments, _: ReturnValue) {
    panic!("boom");
}

fn with_ops(test: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>)) {
    with_options(IsolateOptions { ops: OPS, ..Default::default() }, |scope| {
        for (index, op) in OPS.iter().enumerate() {
            let function = Function::for_op(scope, index).unwrap();
            set_global(scope, op.name, function.into());
        }
        test(scope);
    });
}

#[test]
fn operations_take_arguments_and_return() {
    with_ops(|scope| {
        assert_eq!(show(scope, "add(40, 2)"), "42");
        assert_eq!(show(scope, "add()"), "0");
        assert_eq!(show(scope, "add.name"), "add");
        assert_eq!(thrown(scope, "new add()"), "TypeError: add is not a constructor");
    });
}

#[test]
fn operations_throw_and_panic() {
    with_ops(|scope| {
        assert_eq!(thrown(scope, "fail()"), "RangeError: too far");
        assert_eq!(thrown(scope, "explode()"), "Error: internal error: boom");
        assert_eq!(show(scope, "try { explode() } catch { add(1, 1) }"), "2");
    });
}

#[test]
fn an_operation_that_is_not_there_is_refused() {
    with_ops(|scope| {
        let mut make = || Function::for_op(scope, 3).is_some();
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut make)).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert_eq!(text, "operation 3 is not in this isolate's table of 3");
    });
}

#[test]
fn results_have_every_type() {
    type Set = fn(&ReturnValue);
    let setters: [(Set, &str); 8] = [
        (|_| {}, "undefined"),
        (|result| result.set_null(), "null"),
        (|result| result.set_bool(true), "true"),
        (|result| result.set_int32(-1), "-1"),
        (|result| result.set_int32(i32::MIN), "-2147483648"),
        (|result| result.set_uint32(u32::MAX), "4294967295"),
        (|result| result.set_double(0.5), "0.5"),
        (|result| result.set_empty_string(), ""),
    ];
    with_scope(|scope| {
        for (set, expected) in setters {
            let function = Function::new(scope, move |_, _, result| set(&result)).unwrap();
            set_global(scope, "f", function.into());
            assert_eq!(show(scope, "f()"), expected);
        }
    });
}

#[test]
fn calls_show_this_new_and_all_arguments() {
    with_scope(|scope| {
        let options = FunctionOptions { name: "Thing", length: 2, constructible: true };
        let function = Function::with_options(scope, options, |scope, arguments, _| {
            assert_eq!(arguments.is_construct_call(), arguments.new_target().is_function());
            let count = Integer::new(scope, arguments.iter().count() as i32).into();
            arguments.this().set_named(scope, "count", count);
        })
        .unwrap();
        set_global(scope, "Thing", function.into());
        assert_eq!(show(scope, "new Thing(1, 2, 3).count"), "3");
        assert_eq!(show(scope, "const o = {}; Thing.call(o); o.count"), "0");
        assert_eq!(show(scope, "Thing.name + Thing.length"), "Thing2");
        let thing = function.new_instance(scope, &[]).unwrap();
        assert_eq!(thing.get_constructor_name(scope).to_rust_string_lossy(scope), "Thing");
    });
}

#[test]
fn javascript_functions_are_called() {
    with_scope(|scope| {
        let source = "(function named(a, b) { return `${this}${a}${b}` })";
        let function: Local<Function> = eval(scope, source).unwrap().cast();
        let this = string(scope, "t").into();
        let arguments = [Integer::new(scope, 1).into(), null(scope).into()];
        let answer = function.call(scope, this, &arguments).unwrap();
        assert_eq!(answer.to_rust_string_lossy(scope), "t1null");
        assert_eq!(function.get_name(scope).to_rust_string_lossy(scope), "named");
        assert_eq!(function.get_position(), Some((0, 15)));
        let script = function.get_script_name(scope).unwrap();
        assert_eq!(script.to_rust_string_lossy(scope), "test.js");
        assert!(function.get_source(scope).unwrap().length() > 20);
    });
}

#[test]
fn exceptions_pass_through_rust() {
    with_scope(|scope| {
        let call = Function::new(scope, |scope, arguments, result| {
            let callback: Local<Function> = arguments.get(0).cast();
            let this = undefined(scope).into();
            if let Some(value) = callback.call(scope, this, &[]) {
                result.set(value);
            }
        })
        .unwrap();
        set_global(scope, "call", call.into());
        assert_eq!(show(scope, "call(() => 7)"), "7");
        assert_eq!(thrown(scope, "call(() => { throw new Error('inner') })"), "Error: inner");
        let nested = "call(() => { try { call(() => { throw 1 }) } catch (e) { return e + 1 } })";
        assert_eq!(show(scope, nested), "2");
    });
}

#[test]
fn a_try_catch_leaves_exceptions_that_javascript_catches() {
    with_scope(|scope| {
        let call = Function::new(scope, |scope, arguments, result| {
            let scope = &mut TryCatch::new(scope);
            let callback: Local<Function> = arguments.get(0).cast();
            let this = undefined(scope).into();
            let value = callback.call(scope, this, &[]);
            assert_eq!(value.is_none(), scope.has_caught());
            result.set_bool(value.is_some());
        })
        .unwrap();
        set_global(scope, "call", call.into());
        let inside = "call(() => { try { throw 1 } catch { return 2 } })";
        assert_eq!(show(scope, inside), "true");
        assert_eq!(show(scope, "call(() => { throw 1 })"), "false");
        assert_eq!(show(scope, &format!("call(() => {{ {inside}; {inside} }})")), "true");
    });
}

#[test]
fn a_caught_exception_can_be_thrown_again() {
    with_scope(|scope| {
        let call = Function::new(scope, |scope, arguments, _| {
            let scope = &mut TryCatch::new(scope);
            let callback: Local<Function> = arguments.get(0).cast();
            let this = undefined(scope).into();
            callback.call(scope, this, &[]);
            assert!(scope.has_caught());
            scope.rethrow();
        })
        .unwrap();
        set_global(scope, "call", call.into());
        assert_eq!(thrown(scope, "call(() => { throw 'again' })"), "again");
    });
}

#[test]
fn closures_are_dropped_when_their_function_is_collected() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    with_scope(|scope| {
        for round in 0..20 {
            handle_scope!(let scope = scope);
            let counted = Counted(drops.clone());
            let function = Function::new(scope, move |_, _, result| {
                let Counted(drops) = &counted;
                result.set_uint32(drops.load(Ordering::SeqCst) as u32);
            })
            .unwrap();
            if round == 0 {
                set_global(scope, "kept", function.into());
            }
        }
        scope.low_memory_notification();
        assert_eq!(drops.load(Ordering::SeqCst), 19);
        assert_eq!(show(scope, "kept()"), "19");
    });
    assert_eq!(drops.load(Ordering::SeqCst), 20);
}

#[test]
fn closures_can_call_back_into_themselves() {
    let depths = Arc::new(Mutex::new(Vec::new()));
    let seen = depths.clone();
    with_scope(|scope| {
        let function = Function::new(scope, move |scope, arguments, _| {
            let depth = arguments.i32(0).unwrap();
            seen.lock().unwrap().push(depth);
            if depth > 0 {
                let own = scope.current_context().global(scope).get_named(scope, "dive").unwrap();
                let own: Local<Function> = own.cast();
                let arguments = [Integer::new(scope, depth - 1).into()];
                let this = undefined(scope).into();
                own.call(scope, this, &arguments);
            }
        })
        .unwrap();
        set_global(scope, "dive", function.into());
        show(scope, "dive(3)");
    });
    assert_eq!(*depths.lock().unwrap(), [3, 2, 1, 0]);
}

#[test]
fn templates_make_classes() {
    with_scope(|scope| {
        let class = FunctionTemplate::new(scope, |scope, arguments, _| {
            let legs = Integer::new(scope, arguments.i32(0).unwrap_or(4)).into();
            assert!(arguments.this().set_internal_field(0, legs));
        });
        let name = string(scope, "Animal");
        class.set_class_name(name);
        class.instance_template(scope).set_internal_field_count(1);
        let legs = FunctionTemplate::new(scope, |scope, arguments, result| {
            let this: Local<Object> = arguments.this();
            result.set(this.get_internal_field(scope, 0).unwrap());
        });
        let prototype = class.prototype_template(scope);
        let key = string(scope, "legs").into();
        prototype.set_accessor(key, Some(legs), None, PropertyAttribute::NONE);
        let derived = FunctionTemplate::new(scope, |_, _, _| {});
        derived.inherit(class);
        let animal = class.get_function(scope).unwrap();
        set_global(scope, "Animal", animal.into());
        assert_eq!(show(scope, "new Animal(6).legs + Animal.name"), "6Animal");
        let instance = eval(scope, "new Animal").unwrap();
        assert!(class.has_instance(instance) && !derived.has_instance(instance));
    });
}

#[test]
fn object_templates_make_objects() {
    with_scope(|scope| {
        let template = ObjectTemplate::new(scope);
        template.set_internal_field_count(2);
        let (key, one): (_, Local<Value>) = (string(scope, "one"), Integer::new(scope, 1).into());
        template.set(key.into(), one, PropertyAttribute::READ_ONLY);
        let object = template.new_instance(scope).unwrap();
        assert_eq!(object.internal_field_count(), 2);
        assert!(object.set_internal_field(1, key.into()));
        assert!(!object.set_internal_field(2, key.into()));
        assert!(object.get_internal_field(scope, 1).unwrap().strict_equals(key.into()));
        assert!(object.get_internal_field(scope, 2).is_none());
        assert_eq!(object.get_named(scope, "one").unwrap().as_i32(), Some(1));
    });
}
