//! The data folder is one thing: it may be named relative to the working folder, and it may be moved
//! between two runs of the server.

use std::path::Path;
use std::process::Command;

use crate::kit::command::avocet;
use crate::kit::definition;
use crate::kit::server::{Process, Server};

#[test]
fn packages_for_node_js_survive_a_move_of_a_relative_data_folder() {
    let home = tempfile::tempdir().unwrap();
    let package = home.path().join("package").display().to_string();
    let list = format!(r#"{{"dependencies":{{"greet":"file:{package}"}}}}"#);
    survive(
        home.path(),
        "nodejs20",
        &[
            ("package/package.json", r#"{"name":"greet","version":"1.0.0"}"#),
            ("package/index.js", "module.exports = 'good day';"),
            ("hello/package.json", &list),
            ("hello/handler.js", "exports.main = () => require('greet');"),
        ],
    );
}

#[test]
fn packages_for_python_survive_a_move_of_a_relative_data_folder() {
    let home = tempfile::tempdir().unwrap();
    let wheel = home.path().join("greet-1.0.0-py3-none-any.whl");
    let made = Command::new("python3").args(["-c", WHEEL]).arg(&wheel).status().unwrap();
    assert!(made.success());
    let handler = "import greet\ndef main(event, context):\n    return greet.TEXT\n";
    let list = wheel.display().to_string();
    let files = [("hello/requirements.txt", &*list), ("hello/handler.py", handler)];
    survive(home.path(), "python312", &files);
}

/// Writes a package that needs nothing to be built.
const WHEEL: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    about = 'greet-1.0.0.dist-info/'
    wheel.writestr('greet.py', 'TEXT = \\'good day\\'')
    wheel.writestr(about + 'METADATA', 'Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0.0\\n')
    wheel.writestr(about + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(about + 'RECORD', '')
";

fn survive(home: &Path, runtime: &str, files: &[(&str, &str)]) {
    let function = home.join("hello");
    let yaml = definition("hello", "").replace("runtime: v8", &format!("runtime: {runtime}"));
    for (path, text) in files.iter().chain(&[("hello/function.yaml", &*yaml)]) {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let serve = |data: &str| {
        let mut command = avocet();
        let ports = ["-o", "json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        command.current_dir(home).args(["serve", "--data", data]).args(ports);
        Server::ready(Process::spawn(&mut command))
    };

    let server = serve("data");
    server.deploy(&function).ok();
    assert_eq!(server.get("hello", "/").text(), "good day");
    server.process.signal("TERM");
    assert_eq!(server.process.end(), Some(0));

    std::fs::rename(home.join("data"), home.join("elsewhere")).unwrap();
    let server = serve("elsewhere");
    assert_eq!(server.get("hello", "/").text(), "good day");
}
