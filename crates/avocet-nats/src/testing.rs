//! A real server for tests: on a random port, with a temporary folder; it ends with its owner.
//!
//! `scripts/setup test` brings the servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Time within which a server has to be there.
const START: Duration = Duration::from_secs(60);

/// Release of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Debian's, 2.9: the oldest that is served.
    Old,
    /// A new one, 2.15.
    New,
}

impl Release {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Old, Self::New];

    fn program(self) -> PathBuf {
        let servers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.deps/nats");
        let program = servers.join(match self {
            Self::Old => "debian/usr/sbin/nats-server",
            Self::New => "new/bin/nats-server",
        });
        assert!(program.exists(), "{} is missing: run scripts/setup test", program.display());
        program
    }
}

/// A server.
#[derive(Debug)]
pub struct Server {
    release: Release,
    folder: TempDir,
    child: Child,
    port: u16,
    monitor: u16,
}

impl Server {
    /// Starts one with JetStream and its defaults.
    pub fn start(release: Release) -> Self {
        Self::with(release, "", "")
    }

    /// Starts one that syncs before it acknowledges.
    pub fn strong() -> Self {
        Self::with(Release::New, "sync_interval: always", "")
    }

    /// Starts one with these lines in its block `jetstream`, and these beside it. `FOLDER` in them
    /// is the server's folder.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn with(release: Release, jetstream: &str, rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let config = format!(
            "jetstream {{ store_dir: \"{path}/data\", max_mem: 64M, max_file: 4G, {jetstream} }}\n\
             max_control_line: 8192\n{}\n",
            rest.replace("FOLDER", &path)
        );
        fs::write(folder.path().join("rest.conf"), config).unwrap();
        let (child, port, monitor) = run(release, folder.path(), -1, -1);
        Self { release, folder, child, port, monitor }
    }

    /// URL of the server.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Port of the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Address of its monitoring.
    pub fn monitor(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// Folder of the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Payload of the last message of a subject, as another client reads it.
    ///
    /// # Panics
    /// Where there is none.
    pub fn value(&self, stream: &str, subject: &str) -> Vec<u8> {
        let url = self.url();
        let read = async move {
            let client = async_nats::connect(url).await.unwrap();
            let get = format!("$JS.API.DIRECT.GET.{stream}.{subject}");
            let answer = client.request(get, bytes::Bytes::new()).await.unwrap();
            assert_eq!(answer.status, None, "{subject}");
            answer.payload.to_vec()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(read)
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Starts it again after [`Self::kill`], on the same folder and port.
    pub fn restart(&mut self) {
        let (port, monitor) = (i32::from(self.port), i32::from(self.monitor));
        (self.child, ..) = run(self.release, self.folder.path(), port, monitor);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a server and gives it with its ports; -1 is any port.
fn run(release: Release, folder: &Path, port: i32, monitor: i32) -> (Child, u16, u16) {
    let ports = folder.join("ports");
    fs::remove_dir_all(&ports).ok();
    fs::create_dir(&ports).unwrap();
    let config = folder.join("server.conf");
    let text =
        format!("listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\ninclude rest.conf\n");
    fs::write(&config, text).unwrap();
    let log = fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut child = Command::new(release.program())
        .arg("-c")
        .arg(&config)
        .arg("--ports_file_dir")
        .arg(&ports)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let begin = Instant::now();
    loop {
        if let Some((port, monitor)) = read_ports(&ports) {
            return (child, port, monitor);
        }
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && begin.elapsed() < START,
            "nats-server did not start ({ended:?}): {}",
            fs::read_to_string(folder.join("log")).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ports that the server wrote down when it was ready.
fn read_ports(folder: &Path) -> Option<(u16, u16)> {
    let file = fs::read_dir(folder).ok()?.next()?.ok()?.path();
    let ports: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let port = |kind: &str| ports[kind][0].as_str()?.rsplit(':').next()?.parse().ok();
    Some((port("nats")?, port("monitoring")?))
}
