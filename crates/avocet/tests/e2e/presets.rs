//! Presets of resources for functions on Node.js and Python, on this machine.

use crate::kit::http;
use crate::kit::server::Server;

/// Answers with the quota of the group that the function's process is in.
const SCRIPT: &str = r#"
const fs = require('fs');
exports.main = () => {
  for (const line of fs.readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')) {
    const [, controllers, path] = line.split(':');
    const places = controllers === '' ? [`/sys/fs/cgroup${path}/cpu.max`] : [`/sys/fs/cgroup/${controllers}${path}/cpu.cfs_quota_us`];
    for (const place of places) if (fs.existsSync(place)) return fs.readFileSync(place, 'utf8').split(' ')[0].trim();
  }
  return 'none';
};
"#;

const PYTHON: &str = r#"
import os

def main(event, context):
    with open("/proc/self/cgroup") as file:
        for line in file.read().split():
            _, controllers, path = line.split(":", 2)
            place = f"/sys/fs/cgroup/{controllers}{path}/cpu.cfs_quota_us" if controllers else f"/sys/fs/cgroup{path}/cpu.max"
            if os.path.exists(place):
                with open(place) as file:
                    return file.read().split()[0]
    return "none"
"#;

fn deploy(server: &Server, sources: &std::path::Path, runtime: &str, file: &str, code: &str) {
    let folder = sources.join(runtime);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(file), code).unwrap();
    let yaml = format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\n\
         metadata: {{name: {runtime}}}\nspec:\n  runtime: {runtime}\n  source: {{dir: .}}\n  \
         resourceConfiguration: {{function: {{profile: XS}}}}\n"
    );
    std::fs::write(folder.join("function.yaml"), yaml).unwrap();
    server.deploy(&folder).ok();
}

#[test]
fn a_presets_processor_share_is_held_or_said_not_to_be() {
    let (data, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[], &[]);
    deploy(&server, sources.path(), "nodejs20", "handler.js", SCRIPT);
    deploy(&server, sources.path(), "python312", "handler.py", PYTHON);
    let admin = server.admin.trim_start_matches("http://").parse().expect("an address");
    // The platform's own lines belong to no namespace.
    let said = http::get(admin, "/api/v1/logs").text();
    assert!(said.contains("limits of instances: "), "{said}");
    let expected = if said.contains("processor: not enforced") { None } else { Some("15000") };
    for name in ["nodejs20", "python312"] {
        let answer = server.get(name, "/");
        assert_eq!(answer.status, 200, "{}", answer.text());
        match expected {
            Some(quota) => assert_eq!(answer.text(), quota, "{name}: {said}"),
            None => eprintln!("{name}: {said}"),
        }
    }
}
