use std::collections::BTreeMap;
use std::path::Path;

use avocet_functions::model::{Engine, FileContent, Runtime};
use avocet_runtimes::{Environment, Interpreter, Interpreters};

pub(crate) type Files = BTreeMap<String, FileContent>;

/// No settings of installers beside those among the files.
pub(crate) static NONE: Files = BTreeMap::new();

pub(crate) fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect()
}

/// The installed interpreter; the tests need both.
pub(crate) async fn interpreter(engine: Engine) -> Interpreter {
    let runtime = match engine {
        Engine::Python => Runtime::PYTHON,
        _ => Runtime::NODEJS,
    };
    let all = Interpreters::discover(&Environment::of_process()).await;
    all.choose(runtime).expect("Node.js and Python are installed").interpreter
}

/// An npm package `greet` in a folder.
pub(crate) fn npm_package(folder: &Path, script: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let package = format!(
        r#"{{"name":"greet","version":"1.0.0","main":"g.js","scripts":{{"install":"{script}"}}}}"#
    );
    std::fs::write(folder.join("package.json"), package).unwrap();
    std::fs::write(folder.join("g.js"), "module.exports = (who) => `hello ${who}`;").unwrap();
}

/// A wheel of a package `greet`: a zip file by hand, stored without compression.
pub(crate) fn wheel(interpreter: &Interpreter, folder: &Path) -> std::path::PathBuf {
    let path = folder.join("greet-1.0.0-py3-none-any.whl");
    let script = r#"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("greet.py", "def greet(who): return 'hello ' + who\n")
    z.writestr("greet-1.0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greet\nVersion: 1.0.0\n")
    z.writestr("greet-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("greet-1.0.0.dist-info/RECORD", "")
"#;
    let made = std::process::Command::new(&interpreter.program)
        .args(["-c", script])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}
