//! The life of a function through the command line: deploy, get, invoke, logs, roll back, delete.

use std::path::Path;

use crate::kit::command::run_in;
use crate::kit::server::Server;
use crate::kit::write_function;
use serde_json::{Value, json};

/// A server with an empty data folder.
fn server() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[], &[]);
    (data, server)
}

/// Writes a function that answers with `text`.
fn write(folder: &Path, name: &str, text: &str) {
    write_source(folder, name, &format!("exports.main = () => {};\n", json!(text)));
}

fn write_source(folder: &Path, name: &str, source: &str) {
    write_function(folder, name, source, "");
}

fn definition(name: &str) -> String {
    crate::kit::definition(name, "")
}

#[test]
fn a_function_lives_from_deploy_to_delete() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello");

    write(folder.path(), "hello", "one");
    let said = server.deploy(&path).ok();
    assert!(said.contains("created") && said.contains("default/hello"), "{said}");
    assert_eq!(server.get("hello", "/").text(), "one");

    let said = server.deploy(&path).ok();
    assert!(said.contains("unchanged"), "{said}");

    write(folder.path(), "hello", "two");
    let said = server.deploy(&path).ok();
    assert!(said.contains("configured") && said.contains("revision 2"), "{said}");
    assert_eq!(server.get("hello", "/").text(), "two");

    server.run(&["rollback", "function", "hello"]).ok();
    assert_eq!(server.get("hello", "/").text(), "one");
    server.run(&["rollback", "function", "hello", "2"]).ok();
    assert_eq!(server.get("hello", "/").text(), "two");
    let again = server.run(&["rollback", "function", "hello", "2"]).ok();
    assert!(again.starts_with("unchanged"), "{again}");
    let stderr = server.run(&["rollback", "function", "hello", "9"]).fails(4);
    assert!(stderr.contains('9'), "{stderr}");

    let revisions = server.run(&["get", "revisions", "hello", "-o", "json"]).json();
    let revisions = revisions["revisions"].as_array().unwrap().clone();
    let numbers: Vec<&Value> = revisions.iter().map(|r| &r["revision"]).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!((&revisions[0]["active"], &revisions[1]["active"]), (&json!(true), &json!(false)));

    let stderr = server.run(&["delete", "function", "nobody", "hello", "no-one"]).fails(4);
    assert!(stderr.contains("\"nobody\"") && stderr.contains("\"no-one\""), "{stderr}");
    assert_eq!(server.get("hello", "/").status, 404);
    let stderr = server.run(&["delete", "function", "hello"]).fails(4);
    assert!(stderr.contains("hello"), "{stderr}");
}

#[test]
fn get_prints_tables_json_and_yaml() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a", "a");
    write(folder.path(), "b", "b");
    server.deploy(folder.path()).ok();

    let table = server.run(&["get", "functions"]).ok();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("NAMESPACE") && lines[1].contains("a") && lines[2].contains("b"));

    let list = server.run(&["get", "functions", "-o", "json"]).json();
    let names: Vec<&Value> =
        list["functions"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["a", "b"]);
    let one = server.run(&["get", "function", "a", "-o", "json"]).json();
    assert_eq!(
        (&one["name"], &one["namespace"], &one["revision"]),
        (&json!("a"), &json!("default"), &json!(1))
    );
    let yaml = server.run(&["get", "function", "a", "-o", "yaml"]).ok();
    assert!(yaml.contains("name: a\n"), "{yaml}");

    let none = server.run(&["get", "functions", "-n", "other"]);
    assert_eq!(none.stderr, "no functions in namespace other\n");
    assert_eq!(none.ok(), "");
    let stderr = server.run(&["get", "function", "c"]).fails(4);
    assert!(stderr.contains("c"), "{stderr}");
}

#[test]
fn every_kind_of_path_can_be_deployed() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    // A bare file is a function of its name.
    std::fs::write(folder.path().join("bare.js"), "exports.main = () => 'bare';").unwrap();
    server.deploy(&folder.path().join("bare.js")).ok();
    assert_eq!(server.get("bare", "/").text(), "bare");

    // A folder with a handler and no YAML, too.
    std::fs::create_dir(folder.path().join("plain")).unwrap();
    std::fs::write(folder.path().join("plain/handler.js"), "exports.main = () => 'plain';")
        .unwrap();
    server.deploy(&folder.path().join("plain")).ok();
    assert_eq!(server.get("plain", "/").text(), "plain");

    // A YAML file brings the folder that it means.
    write(folder.path(), "meant", "by its YAML");
    server.deploy(&folder.path().join("meant/function.yaml")).ok();
    assert_eq!(server.get("meant", "/").text(), "by its YAML");

    // YAML from standard input has its source in it.
    let yaml = definition("piped").replace(
        "    dir: .\n",
        "    inline:\n      source: |\n        exports.main = () => 'piped';\n",
    );
    run_in(folder.path(), ["deploy", "-f", "-", "--server", &server.admin], yaml.as_bytes()).ok();
    assert_eq!(server.get("piped", "/").text(), "piped");

    // Relative to the folder in which one works.
    write(folder.path(), "here", "from here");
    run_in(&folder.path().join("here"), ["deploy", "-f", ".", "--server", &server.admin], b"").ok();
    assert_eq!(server.get("here", "/").text(), "from here");
}

#[test]
fn namespaces_are_apart() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "default");
    server.deploy(folder.path()).ok();
    write(folder.path(), "hello", "shop");
    let path = folder.path().to_str().unwrap();
    server.run(&["deploy", "-f", path, "-n", "shop"]).ok();
    assert_eq!(server.get("hello", "/").text(), "default");
    assert_eq!(server.run(&["invoke", "hello", "-n", "shop"]).ok(), "shop");
    let all = server.run(&["get", "functions", "-A", "-o", "json"]).json();
    assert_eq!(all["functions"].as_array().unwrap().len(), 2);
    server.run(&["delete", "function", "hello", "-n", "shop"]).ok();
    assert_eq!(server.run(&["invoke", "hello"]).ok(), "default");
}

#[test]
fn a_broken_source_is_refused_and_the_old_one_goes_on() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello");
    write(folder.path(), "hello", "good");
    server.deploy(&path).ok();

    let broken = [
        ("exports.main = () => {\n  return }}\n};\n", "SyntaxError", "handler.js:2:"),
        ("exports.other = () => 1;\n", "main", "handler.js"),
        ("exports.main = 42;\n", "main", "handler.js"),
        ("throw new Error('at load');\n", "at load", "handler.js:1:"),
        ("require('./nowhere');\n", "nowhere", "handler.js:1:"),
        ("process.exit(1);\n", "exit", "handler.js"),
        ("for (;;);\n", "load", "hello/"),
    ];
    for (source, what, place) in broken {
        write_source(folder.path(), "hello", source);
        let stderr = server.deploy(&path).fails(3);
        assert!(stderr.contains(what) && stderr.contains(place), "{source}: {stderr}");
        assert!(stderr.contains("help: "), "{stderr}");
        assert_eq!(server.get("hello", "/").text(), "good", "after {source}");
    }
    let revisions = server.run(&["get", "revisions", "hello", "-o", "json"]).json();
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 1);
}

#[test]
fn one_bad_file_refuses_the_whole_set() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good", "good");
    write_source(folder.path(), "bad", "exports.main = (");
    let stderr = server.deploy(folder.path()).fails(3);
    assert!(stderr.contains("bad/handler.js:1:"), "{stderr}");
    let list = server.run(&["get", "functions", "-o", "json"]).json();
    assert_eq!(list["functions"], json!([]));
}

#[test]
fn a_bad_definition_names_the_field_and_what_is_allowed() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (definition("hello").replace("runtime: v8", "runtime: cobol"), "nodejs22"),
        (definition("hello").replace("runtime: v8", "runtime: [v8]"), "spec.runtime"),
        (definition("hello").replace("name: hello", "name: Hello_World"), "metadata.name"),
        (definition("hello").replace("    dir: .\n", "    dir: [1]\n"), "spec.source.dir"),
        (definition("hello").replace("dir: .", "dir: missing"), "missing"),
        ("kind: [unclosed\n".to_owned(), "function.yaml:"),
    ];
    for (yaml, wanted) in cases {
        write(folder.path(), "hello", "hello");
        std::fs::write(folder.path().join("hello/function.yaml"), &yaml).unwrap();
        let stderr = server.deploy(&folder.path().join("hello")).fails(3);
        assert!(stderr.contains(wanted) && stderr.contains("function.yaml"), "{yaml}\n{stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused_at_its_place() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write_source(folder.path(), "hello", "exports.main = () => 1;");
    std::fs::write(folder.path().join("hello/package.json"), "{\n  \"a\": 1,\n}").unwrap();
    let stderr = server.deploy(folder.path()).fails(3);
    assert!(
        stderr.contains("trailing comma: ") && stderr.contains("hello/package.json:3:1"),
        "{stderr}"
    );

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.yaml"), "a: b\n a: : c\n").unwrap();
    let stderr = server.deploy(folder.path()).fails(3);
    assert!(stderr.contains("not valid YAML") && stderr.contains("broken.yaml:2:3"), "{stderr}");
}

#[test]
fn two_functions_of_one_name_are_refused() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "one");
    write(folder.path(), "again", "two");
    std::fs::write(folder.path().join("again/function.yaml"), definition("hello")).unwrap();
    let stderr = server.deploy(folder.path()).fails(3);
    assert!(stderr.contains("hello") && stderr.contains("again"), "{stderr}");
}

#[test]
fn an_unknown_field_is_a_warning() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "hello");
    let yaml = format!("{}  colour: blue\n", definition("hello"));
    std::fs::write(folder.path().join("hello/function.yaml"), yaml).unwrap();
    let run = server.deploy(&folder.path().join("hello"));
    assert!(run.stderr.contains("warning: ") && run.stderr.contains("spec.colour"), "{run:?}");
    run.ok();
}

#[test]
fn deploy_reports_as_json() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "hello");
    let path = folder.path().join("hello");
    let path = path.to_str().unwrap();
    let answer = server.run(&["deploy", "-f", path, "-o", "json"]).json();
    let result = &answer["results"][0];
    assert_eq!((&result["name"], &result["outcome"]), (&json!("hello"), &json!("created")));
    assert!(result["url"].as_str().unwrap().ends_with("/default/hello"), "{result}");
}

#[test]
fn invoke_sends_what_it_is_told() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    write_source(
        folder.path(),
        "echo",
        "exports.main = (event) => {\n\
         const { request, response } = event.extensions;\n\
         if (request.query.status) response.status(Number(request.query.status));\n\
         return { method: request.method, url: request.url, data: event.data,\n\
         type: event['ce-type'], source: event['ce-source'], id: event['ce-id'],\n\
         one: request.get('x-one') };\n};\n",
    );
    server.deploy(folder.path()).ok();
    let file = folder.path().join("data.json");
    std::fs::write(&file, r#"{"from":"file"}"#).unwrap();
    let file = format!("@{}", file.display());

    let answer = server.run(&["invoke", "echo"]).json();
    assert_eq!((&answer["method"], &answer["url"]), (&json!("GET"), &json!("/")));
    let answer = server.run(&["invoke", "echo", "-d", "text", "-H", "X-One: 1"]).json();
    assert_eq!(
        (&answer["method"], &answer["data"], &answer["one"]),
        (&json!("POST"), &json!("text"), &json!("1"))
    );
    let answer =
        server.run(&["invoke", "echo", "-d", &file, "-X", "put", "--path", "a/b?c=d"]).json();
    assert_eq!((&answer["method"], &answer["url"]), (&json!("PUT"), &json!("/a/b?c=d")));
    assert_eq!(answer["data"], json!({"from": "file"}));
    let answer = server.run(&["invoke", "echo", "--path", "/a b?name=Jürgen"]).json();
    assert_eq!(answer["url"], json!("/a%20b?name=J%C3%BCrgen"));
    let answer = server
        .run(&[
            "invoke",
            "echo",
            "--event",
            "order.created",
            "--source",
            "/shop",
            "-d",
            "{\"n\":1}",
        ])
        .json();
    assert_eq!(
        (&answer["type"], &answer["source"], &answer["data"]["n"]),
        (&json!("order.created"), &json!("/shop"), &json!(1))
    );
    assert!(answer["id"].is_string());

    let run = server.run(&["invoke", "echo", "--path", "/?status=404"]);
    assert_eq!((run.code, run.stderr.trim()), (Some(6), "HTTP 404 Not Found"));
    assert!(run.stdout.contains("\"method\""));
    let run = server.run(&["invoke", "echo", "--path", "/?status=202"]);
    assert_eq!((run.code, run.stderr.trim()), (Some(0), ""));
    server.run(&["invoke", "nobody"]).fails(4);
    server.run(&["invoke", "echo", "-d", "@/no/such/file"]).fails(4);
    let stderr = server.run(&["invoke", "echo", "-d", "@/dev/zero"]).fails(1);
    assert!(stderr.contains("more than 100 MiB"), "{stderr}");
}

#[test]
fn logs_are_selected() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        write_source(
            folder.path(),
            name,
            &format!("exports.main = (event) => console.log('{name} ' + event.data);"),
        );
    }
    server.deploy(folder.path()).ok();
    let follower = server.follow("one");
    for n in ["1", "2", "3"] {
        server.run(&["invoke", "one", "-d", n]).ok();
        server.run(&["invoke", "two", "-d", n]).ok();
    }
    let line: Value =
        serde_json::from_str(&follower.line_where(|line| line.contains("one 3"))).unwrap();
    assert_eq!(
        (&line["function"], &line["level"], &line["text"]),
        (&json!("one"), &json!("info"), &json!("one 3"))
    );
    server.follow("two").line_where(|line| line.contains("two 3"));

    assert_eq!(server.run(&["logs", "-l", "function=one"]).ok(), "one 1\none 2\none 3\n");
    assert_eq!(server.run(&["logs", "-c", "two", "--tail", "1"]).ok(), "two 3\n");
    assert_eq!(
        server
            .run(&["logs", "-l", "function=one", "-c", "one", "--since", "10m"])
            .ok()
            .lines()
            .count(),
        3
    );
    let stderr = server.run(&["logs", "-n", "other"]).fails(4);
    assert!(stderr.contains("no namespace \"other\""), "{stderr}");
    let stderr = server.run(&["logs", "-l", "function=three"]).fails(4);
    assert!(stderr.contains("three"), "{stderr}");
    assert_eq!(server.run(&["logs", "-l", "function=one", "--tail", "0"]).ok(), "");
    let all = server.run(&["logs"]).ok();
    assert!(all.contains("one  one 1") && all.contains("two  two 3"), "{all}");
    server.run(&["logs", "-l", "function=one", "-c", "two"]).fails(2);
}

#[test]
fn a_new_project_answers_at_once() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    for runtime in ["v8", "nodejs22", "python312"] {
        let name = format!("greeter-{runtime}");
        run_in(folder.path(), ["init", &name, "--runtime", runtime], b"").ok();
        server.deploy(&folder.path().join(&name)).ok();
        let answer = server.run(&["invoke", &name, "-d", r#"{"name":"Ada"}"#]).json();
        assert_eq!(answer["message"], json!("Hello, Ada!"), "{runtime}");
    }
}

#[test]
fn a_full_disk_leaves_the_old_revision_serving() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_on_small_disk(data.path(), 6 * 1024);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello");
    write(folder.path(), "hello", "one");
    server.deploy(&path).ok();
    write(folder.path(), "hello", "two");
    std::fs::write(path.join("large.txt"), "x".repeat(8 << 20)).unwrap();
    server.deploy(&path).fails(1);
    assert_eq!(server.get("hello", "/").text(), "one");
    std::fs::remove_file(path.join("large.txt")).unwrap();
    write(folder.path(), "hello", "three");
    server.deploy(&path).ok();
    assert_eq!(server.get("hello", "/").text(), "three");
}

#[test]
fn a_function_has_the_triggers_that_it_was_deployed_with() {
    let (_data, server) = server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.js");
    std::fs::write(&file, "exports.main = () => 'heard';\n").unwrap();
    let file = file.to_str().unwrap();

    server.run(&["deploy", "-f", file, "--trigger", "orders.>", "--trigger", "audit.*"]).ok();
    let shown = server.run(&["get", "function", "audit", "-o", "json"]).json();
    assert_eq!(shown["definition"]["triggers"], json!({ "subjects": ["orders.>", "audit.*"] }));
    let again =
        server.run(&["deploy", "-f", file, "--trigger", "orders.>", "--trigger", "audit.*"]);
    assert!(again.ok().contains("unchanged"));

    let stderr = server.run(&["deploy", "-f", file, "--trigger", "orders..new"]).fails(2);
    assert!(stderr.contains("has an empty token"), "{stderr}");

    let yaml = folder.path().join("cron.yaml");
    let triggers =
        "  triggers:\n    cron: [{ schedule: '0 0 30 2 *' }]\n    events: [{ types: [a*b] }]\n";
    std::fs::write(&yaml, crate::kit::definition("never", triggers)).unwrap();
    let checked = run_in(folder.path(), ["check", "cron.yaml"], b"");
    for said in [server.deploy(&yaml), checked] {
        let all = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(said.code, Some(3), "{all}");
        assert!(all.contains("\"0 0 30 2 *\" never fires"), "{all}");
        assert!(all.contains("\"a*b\" is no event type"), "{all}");
    }
}
