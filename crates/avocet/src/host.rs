//! A server in this process, for `serve` and `dev`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use avocet_embedded::{Embedded, FolderError, Options};
use avocet_jail::Launcher;
use avocet_server::{
    RunningServer, RuntimesOptions, Server, ServerError, ServerOptions, v8_launch,
};
use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::api::Api;
use crate::cli::Listen;
use crate::failure::{Exit, Failure};
use crate::reporter::Reporter;

/// How long the first Ctrl-C lets calls go on.
const GRACE: Duration = Duration::from_secs(30);

/// The server and its own admin API.
pub(crate) struct Host {
    running: RunningServer,
    store: Embedded,
    pub(crate) api: Api,
    pub(crate) gateway: String,
    pub(crate) admin: String,
    pub(crate) data: PathBuf,
}

impl Host {
    /// Starts a server with its data in `data`.
    pub(crate) async fn start(listen: &Listen, data: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let launcher = Launcher::of(&program);
        let mut options = ServerOptions::new(data, v8_launch(&program), launcher.clone());
        options.listen = listen.listen;
        options.admin = listen.admin;
        options.admin_names = listen.admin_hosts.clone();
        options.access_log = listen.access_log;
        options.starting = true;
        options.publisher = setting("PUBLISHER_PROXY_ADDRESS");
        options.collector = setting("TRACE_COLLECTOR_ENDPOINT");
        let mut runtimes = RuntimesOptions::new(program, launcher);
        runtimes.install.allow_scripts = listen.allow_install_scripts;
        runtimes.idle_after = listen.idle;
        options.runtimes = Some(runtimes);
        if let Some(idle) = listen.idle {
            options.v8.idle_after = idle;
        }
        let server = Server::bind(options).await.map_err(not_started)?;
        let folder = data.to_owned();
        let store = tokio::task::spawn_blocking(move || Embedded::open(folder, Options::default()));
        let store = store.await?.map_err(not_opened)?;
        let running = server.start(store.backplane()).await.map_err(not_started)?;
        let local = running.admin_url();
        let api = Api::at(&local)?;
        let info = api.get("/api/v1/info").await?;
        let text = |key: &str| info.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let data = store.folder().path().to_owned();
        Ok(Self { running, store, api, gateway: text("gateway"), admin: local, data })
    }

    /// What was to be served from the start is deployed: `/healthz` answers 200 from here on.
    pub(crate) fn ready(&self) {
        self.running.ready();
    }

    /// What is served, of all namespaces.
    pub(crate) async fn functions(&self) -> anyhow::Result<Vec<Value>> {
        let mut list = self.api.get("/api/v1/functions").await?;
        Ok(list
            .get_mut("functions")
            .and_then(Value::as_array_mut)
            .map(std::mem::take)
            .unwrap_or_default())
    }

    /// Lets the calls that run finish; a second signal does not wait for them.
    pub(crate) async fn stop(self, stop: &mut Stop, reporter: &Reporter) -> anyhow::Result<()> {
        reporter.stopping();
        let Self { running, store, .. } = self;
        tokio::select! {
            () = running.shutdown(GRACE) => {
                Ok(tokio::task::spawn_blocking(move || store.close()).await?)
            }
            () = stop.asked() => Err(Failure::silent(Exit::Interrupted).into()),
        }
    }
}

/// A variable of this process's environment, where it is set.
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn not_started(error: ServerError) -> anyhow::Error {
    match error {
        ServerError::Listen { address, flag, source }
            if source.kind() == std::io::ErrorKind::AddrNotAvailable =>
        {
            let what = format!("cannot listen: {address}: this machine does not have that address");
            Failure::new(Exit::Failed, what)
                .help(format!(
                    "choose one of its own with {flag}: 127.0.0.1 for callers on it, 0.0.0.0 for all"
                ))
                .into()
        }
        ServerError::Listen { address, flag, source } => {
            Failure::new(Exit::Failed, format!("cannot listen: {address}: {source}"))
                .help(format!("end what listens there, or choose another address with {flag}"))
                .into()
        }
        ServerError::Store(error) => unusable(&error.to_string()),
        other => other.into(),
    }
}

fn not_opened(error: FolderError) -> anyhow::Error {
    unusable(&error.to_string())
}

/// The store says where it failed and, mostly, what to do.
fn unusable(error: &str) -> anyhow::Error {
    let (what, help) =
        error.rsplit_once("; ").unwrap_or((error, "choose another data folder with --data"));
    Failure::new(Exit::Failed, format!("cannot start: {what}")).help(help).into()
}

/// Ctrl-C and SIGTERM.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
