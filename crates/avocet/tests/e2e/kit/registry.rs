//! Package registries on this machine, with packages that the set-up installed for the workers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project;

/// Registries for the installers; the npm registry lives as long as the test's process.
pub(crate) struct Registries {
    pub(crate) npm: String,
    /// A folder of wheels.
    pub(crate) wheels: PathBuf,
}

impl Registries {
    /// With one npm package and one Python package, by their names.
    pub(crate) fn with(folder: &Path, npm: &str, python: &str) -> Self {
        let wheels = folder.join("wheels");
        std::fs::create_dir(&wheels).unwrap();
        pack_wheel(python, &wheels);
        Self { npm: serve_npm(npm, &pack_npm(npm, folder)), wheels }
    }

    /// Variables with which npm and pip ask nobody else.
    pub(crate) fn environment(&self) -> [(&str, &str); 3] {
        let wheels = self.wheels.to_str().expect("UTF-8");
        [("npm_config_registry", &self.npm), ("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", wheels)]
    }
}

/// The package as a tarball: everything below `package/`.
fn pack_npm(name: &str, folder: &Path) -> Vec<u8> {
    let tarball = folder.join("package.tgz");
    let packed = Command::new("tar")
        .arg("-C")
        .arg(project().join("guests/node/node_modules"))
        .args(["--transform", &format!("s,^{name},package,"), "-czf"])
        .arg(&tarball)
        .arg(name)
        .status()
        .expect("tar runs");
    assert!(packed.success(), "tar of {name}");
    std::fs::read(tarball).unwrap()
}

/// Serves the package's document and its tarball; gives the registry's URL.
fn serve_npm(name: &str, tarball: &[u8]) -> String {
    let package = project().join("guests/node/node_modules").join(name).join("package.json");
    let package: serde_json::Value =
        serde_json::from_slice(&std::fs::read(package).unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let version = package["version"].as_str().expect("a version").to_owned();
    let mut described = package;
    described["dist"] = serde_json::json!({ "tarball": format!("{url}tarball") });
    let document = serde_json::json!({
        "name": name,
        "dist-tags": { "latest": version },
        "versions": { version: described },
    });
    let (document, tarball) = (document.to_string().into_bytes(), tarball.to_vec());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let body = |target: &str| if target == "/tarball" { &tarball } else { &document };
            // npm tries again where it lost a connection.
            let _ = answer(stream, body);
        }
    });
    url
}

fn answer<'a>(
    mut stream: TcpStream,
    body: impl FnOnce(&str) -> &'a Vec<u8>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let body = body(first.split(' ').nth(1).unwrap_or("/"));
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// A wheel of a package and what describes it.
fn pack_wheel(name: &str, folder: &Path) {
    const PACK: &str = r#"
import pathlib, sys, zipfile
site, name, target = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
info, = site.glob(f"{name}-*.dist-info")
with zipfile.ZipFile(target / f"{info.name[:-len('.dist-info')]}-py3-none-any.whl", "w") as wheel:
    for file in sorted([*(site / name).rglob("*.py"), *info.rglob("*")]):
        wheel.write(file, file.relative_to(site))
"#;
    let packed = Command::new("python3")
        .args(["-c", PACK])
        .arg(project().join("guests/python/site"))
        .arg(name)
        .arg(folder)
        .status()
        .expect("Python runs");
    assert!(packed.success(), "wheel of {name}");
}
