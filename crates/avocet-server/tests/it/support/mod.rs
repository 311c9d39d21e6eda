//! A server with a worker of its own, and ways to ask it.

pub(crate) mod http;
pub(crate) mod schema;
mod worker;

use std::path::Path;
use std::time::Duration;

use avocet_backplane::StoredLine;
use avocet_embedded::{Embedded, Options};
use avocet_server::api::{ApplyFile, ApplyReport, ApplyRequest};
use avocet_server::{RunningServer, Server, ServerOptions};
use avocet_workers::{Launch, Launcher};
use tempfile::TempDir;

pub(crate) use http::{Answer, Client};

/// A server in a folder that is gone afterwards.
pub(crate) struct Running {
    pub(crate) server: RunningServer,
    /// Removed at the end.
    _folder: TempDir,
}

pub(crate) async fn start() -> Running {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let server = start_in(folder.path(), change).await;
    Running { server, _folder: folder }
}

/// A server whose stores may take so much.
pub(crate) async fn start_on(store: Options) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let server = start_of(folder.path(), store, |_| {}).await;
    Running { server, _folder: folder }
}

pub(crate) async fn start_in(
    folder: &Path,
    change: impl FnOnce(&mut ServerOptions),
) -> RunningServer {
    start_of(folder, Options::default(), change).await
}

async fn start_of(
    folder: &Path,
    store: Options,
    change: impl FnOnce(&mut ServerOptions),
) -> RunningServer {
    let options = options(folder, change);
    let store = Embedded::open(&options.data_dir, store).unwrap();
    Server::bind(options).await.unwrap().start(store.backplane()).await.unwrap()
}

/// Two servers on the same stores, each with its own worker.
pub(crate) async fn start_two() -> [Running; 2] {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let store = Embedded::open(folders[0].path().join("store"), Options::default()).unwrap();
    let [first, second] = folders.map(async |folder| {
        let server = Server::bind(options(folder.path(), |_| {})).await.unwrap();
        let server = server.start(store.backplane()).await.unwrap();
        Running { server, _folder: folder }
    });
    [first.await, second.await]
}

pub(crate) fn options(folder: &Path, change: impl FnOnce(&mut ServerOptions)) -> ServerOptions {
    // Both are this program, as tests that are run by themselves.
    let own = std::env::current_exe().unwrap();
    let alone = ["--exact", "--ignored", "--nocapture"];
    let worker = Launch::new(&own).arg("support::worker::worker");
    let worker = alone.iter().fold(worker, |worker, arg| worker.arg(arg));
    let launcher = Launcher::new(&own).arg("support::worker::launcher");
    let launcher = alone.iter().fold(launcher, |launcher, arg| launcher.arg(arg));
    let mut options = ServerOptions::new(folder.join("data"), worker, launcher);
    options.listen.set_port(0);
    options.admin.set_port(0);
    options.v8.warm_processes = 0;
    change(&mut options);
    options
}

/// A YAML document of a function whose code is `code`.
pub(crate) fn function(name: &str, code: &str) -> String {
    function_with(name, code, "")
}

/// As [`function`], with more of its `spec` (whole lines, indented by two).
pub(crate) fn function_with(name: &str, code: &str, spec: &str) -> String {
    format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata:\n  \
         name: {name}\nspec:\n  runtime: v8\n{spec}  source:\n    inline:\n      source: |\n        \
         {code}\n---\n"
    )
}

impl Running {
    /// A server whose `folder` goes with it.
    pub(crate) fn of(server: RunningServer, folder: TempDir) -> Self {
        Self { server, _folder: folder }
    }

    /// Ends it in order, and gives its folder.
    pub(crate) async fn stop_and_keep(self) -> TempDir {
        let Self { server, _folder } = self;
        server.shutdown(Duration::from_secs(30)).await;
        _folder
    }

    /// Ends it in order.
    pub(crate) async fn stop(self) {
        self.server.shutdown(Duration::from_secs(30)).await;
    }

    pub(crate) async fn apply(&self, yaml: &str) -> ApplyReport {
        apply(&self.server, yaml).await
    }

    /// Deploys one function, which must work.
    pub(crate) async fn deploy(&self, name: &str, code: &str) {
        let report = self.apply(&function(name, code)).await;
        assert!(!report.is_refused(), "{report:?}");
    }

    /// Calls the gateway.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.call("GET", target, "", b"").await
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        http::request(self.server.listen_addr(), method, target, headers, body).await
    }

    /// Asks the admin API; the answer is held against the OpenAPI document.
    pub(crate) async fn admin(&self, method: &str, target: &str, body: &str) -> Answer {
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        self.admin_with(method, target, kind, body.as_bytes()).await
    }

    pub(crate) async fn admin_with(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        let address = self.server.admin_addr();
        let answer = http::request(address, method, target, headers, body).await;
        schema::check(method, target, &answer);
        answer
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.server.listen_addr()).await
    }

    /// The log line that says `text`, once it is there.
    pub(crate) async fn logged(&self, text: &str) -> StoredLine {
        let query = avocet_backplane::LogQuery::default();
        let mut follow = self.server.follow_logs(query).await.unwrap();
        if let Some(line) = follow.page.lines.into_iter().find(|line| &*line.text == text) {
            return line;
        }
        let found = async {
            loop {
                match follow.follower.recv().await.unwrap() {
                    avocet_backplane::Followed::Line(line) if &*line.text == text => {
                        break (*line).clone();
                    }
                    _ => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found).await.expect("the line is logged")
    }
}

/// Asks until `fulfilled` says so.
pub(crate) async fn until(mut fulfilled: impl AsyncFnMut() -> bool) {
    let fulfilled = async {
        while !fulfilled().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), fulfilled).await.expect("it comes true");
}

pub(crate) async fn apply(server: &RunningServer, yaml: &str) -> ApplyReport {
    let file =
        ApplyFile { path: "functions.yaml".into(), text: Some(yaml.to_owned()), base64: None };
    let (namespace, files) = ("default".into(), vec![file]);
    let request = ApplyRequest { namespace, files, ..ApplyRequest::default() };
    server.apply(&request).await.unwrap()
}
