//! Loading, and what is wrong with sources.

use avocet_frames::head::{FailureKind, Load, Returned};
use avocet_frames::{CallId, Kind};

use crate::support::{Worker, definition, definition_of, limits};

#[test]
fn every_way_to_export_the_handler_loads() {
    let mut worker = Worker::start();
    for (number, (file, source)) in [
        ("handler.js", "module.exports = { main: (e, c) => 'ok' };"),
        ("handler.js", "module.exports = { main: function () { return 'ok'; } };"),
        ("handler.js", "module.exports = { main() { return 'ok'; } };"),
        ("handler.js", "exports.main = () => 'ok';"),
        ("handler.js", "module.exports.main = async () => 'ok';"),
        ("handler.js", "export const main = () => 'ok';"),
        ("handler.js", "export function main() { return 'ok'; }"),
        ("handler.js", "export default { main() { return 'ok'; } };"),
        ("handler.mjs", "export async function main() { return 'ok'; }"),
        ("handler.cjs", "exports.main = () => 'ok';"),
        (
            "handler.mjs",
            "const text = await Promise.resolve('ok'); export const main = () => text;",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        let loaded = worker.load_definition(number, definition_of(&[(file, source)]));
        assert_eq!(loaded.error, None, "{source}");
        assert!(loaded.took_ms > 0.0);
        assert_eq!(worker.call(number, 1).1, "ok", "{source}");
    }
}

#[test]
fn several_files_environment_and_context() {
    let mut worker = Worker::start();
    let files = definition_of(&[
        (
            "src/handler.js",
            "const { greet } = require('./greet'); exports.main = (e, c) => greet(c['function-name']);",
        ),
        (
            "src/greet.js",
            "const { mark } = require('../data.json'); exports.greet = (name) => process.env.GREETING + ' ' + name + mark;",
        ),
        ("data.json", r#"{"mark":"!"}"#),
    ]);
    assert_eq!(worker.load_definition(1, files).error, None);
    assert_eq!(worker.call(1, 1).1, "hello sample!");
    let modules = definition_of(&[
        (
            "handler.mjs",
            "import { twice } from './lib/twice.js'; export const main = () => twice(21);",
        ),
        ("lib/twice.js", "export const twice = (n) => 2 * n;"),
    ]);
    assert_eq!(worker.load_definition(2, modules).error, None);
    assert_eq!(worker.call(2, 1).1, "42");
}

#[test]
fn what_is_wrong_with_a_source_is_said_with_its_place() {
    let mut worker = Worker::start();
    for (number, (source, message, line, column, source_line)) in [
        (
            "const a = 1;\nconst b = a +* 2;\n",
            "SyntaxError: Unexpected token '*'",
            Some(2),
            Some(14),
            Some("const b = a +* 2;"),
        ),
        (
            "exports.main = () => 1;\nnothing.here;\n",
            "ReferenceError: nothing is not defined",
            Some(2),
            Some(1),
            Some("nothing.here;"),
        ),
        (
            "export const a = ;",
            "SyntaxError: Unexpected token ';'",
            Some(1),
            Some(18),
            Some("export const a = ;"),
        ),
        (
            "import { x } from './absent.js'; export const main = x;",
            "Cannot find module './absent.js'",
            None,
            None,
            None,
        ),
        ("exports.other = () => 1;", "main", None, None, None),
        ("require('fs');", "Cannot find module 'fs'", Some(1), None, Some("require('fs');")),
        ("process.exit(1);", "process.exit", None, None, None),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        let error = worker.load_definition(number, definition(source)).error.expect(source);
        assert!(error.message.contains(message), "{source}: {error:?}");
        assert_eq!(error.file.as_deref(), Some("handler.js"), "{source}");
        assert_eq!(error.line, line, "{source}: {error:?}");
        if column.is_some() {
            assert_eq!(error.column, column, "{source}: {error:?}");
        }
        assert_eq!(error.source_line.as_deref(), source_line, "{source}: {error:?}");
        let (head, _) = worker.call(number, 1);
        assert_eq!(head.e.map(|failure| failure.kind), Some(FailureKind::NotLoaded));
    }
}

#[test]
fn an_error_in_another_file_names_that_file() {
    let mut worker = Worker::start();
    let files = definition_of(&[
        ("handler.js", "require('./lib/broken');"),
        ("lib/broken.js", "\n\nlet x = (;\n"),
    ]);
    let error = worker.load_definition(1, files).error.unwrap();
    assert_eq!((error.file.as_deref(), error.line), (Some("lib/broken.js"), Some(3)));
}

#[test]
fn code_that_never_becomes_ready_is_given_up() {
    let mut worker = Worker::start();
    let short = avocet_frames::head::Limits { timeout_ms: 1, ..limits() };
    for (number, source) in ["for (;;) {}", "await new Promise(() => {}); export const main = 1;"]
        .into_iter()
        .enumerate()
    {
        let (load, body) = definition(source);
        let loaded =
            worker.load_definition(number as u32 + 1, (Load { limits: short, ..load }, body));
        assert!(loaded.error.unwrap().message.contains("did not finish loading"));
    }
}

#[test]
fn calls_may_follow_the_load_frame_at_once() {
    let mut worker = Worker::start();
    let (load, body) = definition("await 1; export const main = () => 'ready';");
    worker.send(Kind::Load, CallId::new(1, 0), &load, &body);
    worker.invoke(1, 1, &crate::support::get("/"), &[]);
    assert_eq!(worker.answer(1, 1).1, "ready");
    let (load, body) = definition("not javascript");
    worker.send(Kind::Load, CallId::new(2, 0), &load, &body);
    worker.invoke(2, 1, &crate::support::get("/"), &[]);
    let (head, _) = worker.answer(2, 1);
    assert_eq!(head.r, Returned::Failed);
}

#[test]
fn the_answer_to_a_load_does_not_wait_for_the_first_call() {
    let mut worker = Worker::start();
    let (load, body) = definition("exports.main = () => { for (;;) {} };");
    worker.send(Kind::Load, CallId::new(1, 0), &load, &body);
    worker.invoke(1, 1, &crate::support::get("/"), &[]);
    let frame = worker.wait(|frame| frame.kind == Kind::Loaded);
    let loaded: avocet_frames::head::Loaded = crate::support::json(&frame.head);
    assert_eq!(loaded.error, None);
}

#[test]
fn a_load_frame_that_contradicts_itself_is_refused() {
    let mut worker = Worker::start();
    let (load, body) = definition("exports.main = () => 1;");
    let loaded = worker.load_definition(1, (load.clone(), body[1..].to_vec()));
    assert!(loaded.error.unwrap().message.contains("bytes"));
    let loaded =
        worker.load_definition(2, (Load { entry: "x.js".into(), ..load.clone() }, body.clone()));
    assert!(loaded.error.unwrap().message.contains("x.js"));
    assert_eq!(worker.load_definition(3, (load.clone(), body.clone())).error, None);
    assert!(worker.load_definition(3, (load, body)).error.unwrap().message.contains("already"));
}
