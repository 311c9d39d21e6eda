//! `--isolation jail`: what functions reach of the machine, and that they work there.

use std::ffi::OsStr;
use std::path::Path;

use crate::kit::command::run;
use crate::kit::server::Server;

const NODE: &str = "const fs = require('fs'), os = require('os');\n\
    const { execFileSync } = require('child_process');\n\
    const tried = (what) => { try { what(); return true; } catch { return false; } };\n\
    exports.main = (event) => ({\n\
      shadow: tried(() => fs.readFileSync('/etc/shadow')),\n\
      data: fs.readdirSync(process.env.DATA),\n\
      code: fs.readdirSync(process.env.DATA + '/code/default'),\n\
      own: tried(() => fs.writeFileSync(__filename, '')),\n\
      tmp: tried(() => fs.writeFileSync(os.tmpdir() + '/file', 'x')),\n\
      others: fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length > 2,\n\
      supervisor: tried(() => process.kill(Number(process.env.SERVER), 0)),\n\
      child: execFileSync('/bin/echo', ['served']).toString().trim(),\n\
      caps: /^CapBnd:\\s*(\\w+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],\n\
      secret: fs.readFileSync('/etc/avocet-secret/password', 'utf8'),\n\
    });\n";

const PYTHON: &str = "import os, re, subprocess, tempfile\n\n\
    def tried(what):\n    try:\n        what()\n        return True\n    except OSError:\n        return False\n\n\
    def main(event, context):\n    \
    return {\n        \
    'shadow': tried(lambda: open('/etc/shadow')),\n        \
    'data': os.listdir(os.environ['DATA']),\n        \
    'code': os.listdir(os.environ['DATA'] + '/code/default'),\n        \
    'own': tried(lambda: open(__file__, 'w')),\n        \
    'tmp': tried(lambda: open(tempfile.gettempdir() + '/file', 'w')),\n        \
    'others': sum(name.isdigit() for name in os.listdir('/proc')) > 2,\n        \
    'supervisor': tried(lambda: os.kill(int(os.environ['SERVER']), 0)),\n        \
    'child': subprocess.check_output(['/bin/echo', 'served']).decode().strip(),\n        \
    'caps': re.search(r'^CapBnd:\\s*(\\w+)$', open('/proc/self/status').read(), re.M).group(1),\n        \
    'secret': open('/etc/avocet-secret/password').read(),\n    }\n";

fn write(folder: &Path, name: &str, runtime: &str, code: &str, variables: &[(&str, &str)]) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let file = if runtime.starts_with("python") { "handler.py" } else { "handler.js" };
    std::fs::write(own.join(file), code).unwrap();
    let variables: String = variables
        .iter()
        .map(|(name, value)| format!("  - {{name: {name}, value: \"{value}\"}}\n"))
        .collect();
    let mounts = if runtime == "v8" {
        ""
    } else {
        "  secretMounts:\n  - {secretName: login, mountPath: /etc/avocet-secret}\n"
    };
    let yaml = format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata: {{name: {name}}}\n\
         spec:\n  runtime: {runtime}\n  source: {{dir: .}}\n{mounts}  env:\n  - {{name: X, value: x}}\n{variables}"
    );
    std::fs::write(own.join("function.yaml"), yaml).unwrap();
}

/// Whether this machine gives a jail; says so where it does not.
fn is_given() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let args = ["serve", "--isolation", "jail", "--listen", "127.0.0.1:1", "--admin"];
    // The address is taken by nobody who lets it be used: what fails first is told.
    let told = run(args.map(OsStr::new).into_iter().chain([
        OsStr::new("192.0.2.1:1"),
        OsStr::new("--data"),
        folder.path().as_os_str(),
    ]));
    let given = !told.stderr.contains("this machine gives no jail");
    if !given {
        eprintln!("not tried: {}", told.stderr);
    }
    given
}

#[test]
fn functions_work_in_a_jail_and_reach_nothing_of_the_machine() {
    if !is_given() {
        return;
    }
    let (data, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[], &["--isolation", "jail"]);
    let (folder, id) = (data.path().display().to_string(), server.process.id().to_string());
    let variables = [("DATA", &*folder), ("SERVER", &*id)];
    write(sources.path(), "node", "nodejs20", NODE, &variables);
    write(sources.path(), "python", "python312", PYTHON, &variables);
    let v8 = "exports.main = (event) => `v8 ${event.extensions.request.path}`;\n";
    write(sources.path(), "isolate", "v8", v8, &[]);
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {password: kept}\n";
    std::fs::write(sources.path().join("secret.yaml"), secret).unwrap();
    let deployed = server.deploy(sources.path());
    assert_eq!(deployed.code, Some(0), "{deployed:#?}");
    assert_eq!(server.get("isolate", "/x").text(), "v8 /x");
    for name in ["node", "python"] {
        let answer: serde_json::Value =
            serde_json::from_str(&server.get(name, "/").text()).unwrap();
        let expected = serde_json::json!({
            "shadow": false, "data": ["code"], "code": [name], "own": false, "tmp": true, "others": false,
            "supervisor": false, "child": "served", "caps": "0000000000000000", "secret": "kept",
        });
        assert_eq!(answer, expected, "{name}");
    }
    assert!(!Path::new("/etc/avocet-secret").exists());
    server.process.signal("TERM");
    assert_eq!(server.process.end(), Some(0));
}
