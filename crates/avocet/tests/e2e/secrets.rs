//! Secrets as files: `spec.secretMounts` for functions on Node.js and Python.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::kit::command::run;
use crate::kit::server::Server;

const NODE: &str = "const fs = require('fs');\n\
    const read = (path) => { try { return fs.readFileSync(path, 'utf8'); } catch (e) { return e.code; } };\n\
    const at = (path) => read(process.env.AVOCET_SECRETS ? process.env.AVOCET_SECRETS + path : path);\n\
    exports.main = () => ['/avocet-secret/password', '/etc/avocet-secret/user'].map(at);\n";

const PYTHON: &str = "import os\n\n\
    def read(path):\n    try:\n        with open(os.environ.get('AVOCET_SECRETS', '') + path) as file:\n            \
    return file.read()\n    except OSError as error:\n        return type(error).__name__\n\n\
    def main(event, context):\n    return [read(path) for path in ('/avocet-secret/password', '/etc/avocet-secret/user')]\n";

const MOUNTS: &str = "  secretMounts:\n  - {secretName: login, mountPath: /avocet-secret}\n  \
    - {secretName: login, mountPath: /etc/avocet-secret}\n";

fn write(folder: &Path, name: &str, runtime: &str, mounts: &str) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let (file, code) = match runtime.starts_with("python") {
        true => ("handler.py", PYTHON),
        false => ("handler.js", NODE),
    };
    std::fs::write(own.join(file), code).unwrap();
    let yaml = format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata: {{name: {name}}}\n\
         spec:\n  runtime: {runtime}\n  source: {{dir: .}}\n{mounts}"
    );
    std::fs::write(own.join("function.yaml"), yaml).unwrap();
}

fn write_secret(folder: &Path, password: &str) {
    let yaml = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\n\
         stringData: {{user: ada, password: {password}}}\n"
    );
    std::fs::write(folder.join("secret.yaml"), yaml).unwrap();
}

#[test]
fn a_function_finds_its_secrets_at_their_paths_and_others_do_not() {
    let (data, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[], &[]);
    write_secret(sources.path(), "first");
    write(sources.path(), "node", "nodejs20", MOUNTS);
    write(sources.path(), "python", "python312", MOUNTS);
    write(sources.path(), "other", "nodejs20", "");
    let checked = run([OsStr::new("check"), sources.path().as_os_str()]).ok();
    let said = |verdict: &str, text: &str| {
        checked.lines().any(|line| line.starts_with(verdict) && line.contains(text))
    };
    assert!(
        said("works", "spec.secretMounts: login: files in /avocet-secret")
            || said("mapped", "/avocet-secret will not be there"),
        "{checked}"
    );
    let deployed = server.deploy(sources.path());
    assert_eq!(deployed.code, Some(0), "{deployed:#?}");
    // Where the machine mounts nothing, the warning says where the files are.
    let told = deployed.stderr.contains("$AVOCET_SECRETS/avocet-secret");
    assert!(told || !deployed.stderr.contains("avocet-secret"), "{}", deployed.stderr);
    let expected = |password| format!("[\"{password}\",\"ada\"]");
    for name in ["node", "python"] {
        assert_eq!(server.get(name, "/").text().replace(", ", ","), expected("first"), "{name}");
    }
    assert_eq!(server.get("other", "/").text(), "[\"ENOENT\",\"ENOENT\"]");
    assert!(!Path::new("/avocet-secret").exists() && !Path::new("/etc/avocet-secret").exists());
    write_secret(sources.path(), "second");
    server.deploy(sources.path()).ok();
    for name in ["node", "python"] {
        assert_eq!(server.get(name, "/").text().replace(", ", ","), expected("second"), "{name}");
    }
    let left = |data: &Path| data.join("secrets").read_dir().map_or(0, Iterator::count);
    // The first ones go with the last process that could read them.
    let patience = Instant::now() + Duration::from_secs(60);
    while left(data.path()) > 2 {
        assert!(Instant::now() < patience, "the first ones are still there");
        std::thread::yield_now();
    }
    server.process.signal("TERM");
    assert_eq!(server.process.end(), Some(0));
    assert_eq!(left(data.path()), 0, "none outlives the server");
}
