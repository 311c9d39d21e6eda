//! Exceptions, and where they happened.

use avocet_v8::{Error, ErrorKind, Function, Message, Script, ScriptOrigin, StackTrace, TryCatch};

use crate::common::{eval, set_global, show, string, thrown, with_scope};

#[test]
fn a_message_says_where() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        assert!(eval(scope, "let a = 1;\nfunction f() {\n    a.b.c();\n}\nf()").is_none());
        assert!(scope.has_caught() && scope.can_continue() && !scope.has_terminated());
        let message = scope.message().unwrap();
        let text = message.get(scope).to_rust_string_lossy(scope);
        assert!(text.starts_with("Uncaught TypeError: Cannot read"), "{text}");
        assert_eq!(message.get_script_name(scope).as_deref(), Some("test.js"));
        assert_eq!(message.get_source_line(scope).as_deref(), Some("    a.b.c();"));
        let position = message.get_position(scope);
        assert_eq!((position.line, position.start_column, position.end_column), (3, 8, 9));
        let frames = message.get_stack_trace(scope).unwrap().frames(scope);
        assert_eq!((frames[0].function.as_str(), frames[0].line, frames[0].column), ("f", 3, 9));
        assert_eq!(frames[1].script, "test.js");
        let stack = scope.stack_trace().unwrap().to_rust_string_lossy(scope);
        assert!(stack.contains("at f (test.js:3:9)"), "{stack}");
    });
}

#[test]
fn a_syntax_error_has_a_place() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        assert!(eval(scope, "let x = 1;\nlet y = ;").is_none());
        let message = scope.message().unwrap();
        assert_eq!(message.get_line_number(scope), Some(2));
        assert_eq!(message.get_position(scope).start_column, 8);
        assert_eq!(message.get_source_line(scope).as_deref(), Some("let y = ;"));
    });
}

#[test]
fn line_offsets_count() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        let origin =
            ScriptOrigin { line_offset: 10, ..ScriptOrigin::named(string(scope, "part.js")) };
        let text = string(scope, "\nthrow 1");
        Script::compile(scope, text, Some(origin)).unwrap().run(scope);
        let message = scope.message().unwrap();
        assert_eq!(message.get_line_number(scope), Some(12));
    });
}

#[test]
fn errors_of_every_class_are_thrown() {
    let kinds = [
        (ErrorKind::Error, "Error"),
        (ErrorKind::TypeError, "TypeError"),
        (ErrorKind::RangeError, "RangeError"),
        (ErrorKind::SyntaxError, "SyntaxError"),
        (ErrorKind::ReferenceError, "ReferenceError"),
    ];
    with_scope(|scope| {
        for (kind, name) in kinds {
            let function = Function::new(scope, move |scope, _, _| {
                Error::throw_kind(scope, kind, "käse");
            })
            .unwrap();
            set_global(scope, "f", function.into());
            assert_eq!(thrown(scope, "f()"), format!("{name}: käse"));
            let check = format!("try {{ f() }} catch (e) {{ e instanceof {name} }}");
            assert_eq!(show(scope, &check), "true");
        }
    });
}

#[test]
fn an_error_remembers_where_it_was_made() {
    with_scope(|scope| {
        let error = eval(scope, "\n\n  new Error('kept')").unwrap();
        let message = Message::of(scope, error);
        assert_eq!(message.get_line_number(scope), Some(3));
        let trace = StackTrace::of(scope, error).unwrap();
        assert_eq!(trace.get_frame_count(), 1);
        let number = eval(scope, "1").unwrap();
        assert!(StackTrace::of(scope, number).is_none());
    });
}

#[test]
fn the_current_stack_is_seen_from_rust() {
    with_scope(|scope| {
        let function = Function::new(scope, |scope, _, result| {
            let stack = StackTrace::current(scope, 5).unwrap();
            let frames = stack.frames(scope);
            assert_eq!(frames[0].function, "inner");
            assert!(frames[0].is_constructor);
            assert!(stack.get_frame(scope, 9).is_none());
            result.set_uint32(frames.len() as u32);
        })
        .unwrap();
        set_global(scope, "f", function.into());
        assert_eq!(show(scope, "let n; function inner() { n = f() } new inner; n"), "2");
    });
}

#[test]
fn a_try_catch_can_be_used_again() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        for round in 0..3 {
            assert!(eval(scope, &format!("throw {round}")).is_none());
            let exception = scope.exception().unwrap();
            scope.reset();
            assert!(!scope.has_caught() && scope.exception().is_none());
            assert_eq!(exception.as_i32(), Some(round));
        }
    });
}

#[test]
fn nested_try_catches_take_the_inner_first() {
    with_scope(|scope| {
        let outer = &mut TryCatch::new(scope);
        {
            let inner = &mut TryCatch::new(outer);
            assert!(eval(inner, "throw 'inner'").is_none());
            assert!(inner.has_caught());
        }
        assert!(!outer.has_caught());
        {
            let inner = &mut TryCatch::new(outer);
            assert!(eval(inner, "throw 'passed on'").is_none());
            inner.rethrow();
        }
        let exception = outer.exception().unwrap();
        assert_eq!(exception.to_rust_string_lossy(outer), "passed on");
    });
}

#[test]
fn a_stack_overflow_is_an_exception() {
    with_scope(|scope| {
        let text = thrown(scope, "(function f() { f() })()");
        assert_eq!(text, "RangeError: Maximum call stack size exceeded");
    });
}
