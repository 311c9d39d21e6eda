//! A server in this process, for `serve` and `dev`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use avocet_api::{ApplyReport, ApplyRequest, FunctionSummary, LogQuery};
use avocet_backplane::{ErrorKind, Key};
use avocet_embedded::{Embedded, EventLimits, FolderError, LostRegistry, Options, ServiceLimits};
use avocet_jail::{Isolation, Launcher};
use avocet_nats::Nats;
use avocet_server::{
    CallObserver, RunningServer, RuntimesOptions, Server, ServerError, ServerOptions, v8_launch,
    v8_visible,
};
use tempfile::TempDir;

use crate::cli::{EventLog, IsolationLevel, Listen, ServiceSizes};
use crate::failure::{Exit, Failure};
use crate::lines::Lines;
use crate::nats;
use crate::stop::Stop;
use crate::terminal::note;

/// Ports that are tried where the one that is asked for is taken.
const PORTS: u32 = 100;

/// Time for which the first Ctrl-C lets calls go on.
const GRACE: Duration = Duration::from_secs(30);

/// The server and its stores.
pub(crate) struct Host {
    running: RunningServer,
    /// Folder that jails are put together on, as long as there are some.
    _stage: TempDir,
    store: Embedded,
    /// Connection to the broker, where there is one.
    pub(crate) nats: Option<Nats>,
    pub(crate) gateway: String,
    pub(crate) admin: String,
    pub(crate) data: PathBuf,
}

/// Purpose for which a server is started.
pub(crate) enum Purpose {
    /// Serving: on the addresses that were asked for, or not at all.
    Serve,
    /// Work on functions: on the next free ports, and each call is told.
    Develop(CallObserver),
}

impl Host {
    /// Starts a server with its data in `data`.
    pub(crate) async fn start(
        listen: &Listen,
        data: &Path,
        purpose: Purpose,
    ) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let launcher = Launcher::of(&program);
        let mut options = ServerOptions::new(data, v8_launch(&program), launcher.clone());
        options.listen = listen.listen;
        options.admin = listen.admin;
        options.admin_names = listen.admin_hosts.clone();
        options.access_log = listen.access_log;
        options.gateway.head_bytes = listen.head_bytes as usize;
        options.gateway.connections_of_one = listen.connections_per_address as usize;
        options.starting = true;
        options.egress.clone_from(&listen.egress);
        options.publisher = setting("PUBLISHER_PROXY_ADDRESS");
        options.event_bytes = listen.event_log.event_limit as usize;
        options.collector = setting("TRACE_COLLECTOR_ENDPOINT");
        let stage = tempfile::Builder::new().prefix("avocet-root-").tempdir()?;
        let isolation = isolation(listen.isolation, &launcher, stage.path())?;
        options.v8.launch = isolation.enclose(options.v8.launch, v8_visible(&program));
        options.v8.isolation = isolation.clone();
        let mut runtimes = RuntimesOptions::new(program, launcher);
        runtimes.isolation = isolation;
        runtimes.install.allow_scripts = listen.allow_install_scripts;
        runtimes.idle_after = listen.idle;
        options.runtimes = Some(runtimes);
        if let Some(idle) = listen.idle {
            options.v8.idle_after = idle;
        }
        let nats = nats::connect(&listen.nats).await?;
        let server = match purpose {
            Purpose::Serve => Server::bind(options).await.map_err(not_started)?,
            Purpose::Develop(observer) => {
                options.observer = Some(observer);
                bind_nearby(options).await?
            }
        };
        let folder = data.to_owned();
        let lost_registry = match listen.start_empty {
            true => LostRegistry::StartEmpty,
            false => LostRegistry::Refuse,
        };
        let limits = event_limits(&listen.event_log);
        let services = service_limits(&listen.services);
        let stores = Options { lost_registry, events: limits, services, ..Options::default() };
        let store = tokio::task::spawn_blocking(move || Embedded::open(folder, stores));
        let store = store.await?.map_err(not_opened)?;
        let backplane = match &nats {
            Some(nats) => nats::backplane(nats, &store, limits, services).await?,
            None => store.backplane(),
        };
        let running = server.start(backplane).await.map_err(not_started)?;
        let admin = running.admin_url();
        let gateway = running.gateway().to_owned();
        let data = store.folder().path().to_owned();
        Ok(Self { running, _stage: stage, store, nats, gateway, admin, data })
    }

    /// Ends the start: `/healthz` answers 200 from here on.
    pub(crate) fn ready(&self) {
        self.running.ready();
    }

    /// Functions of all namespaces.
    pub(crate) fn functions(&self) -> Vec<FunctionSummary> {
        self.running.functions(None).functions
    }

    /// Deploys a set.
    pub(crate) async fn apply(&self, request: &ApplyRequest) -> anyhow::Result<ApplyReport> {
        self.running.apply(request).await.map_err(refused)
    }

    /// Deletes a resource, if it is there.
    pub(crate) async fn delete(&self, key: Key) -> anyhow::Result<()> {
        self.running.delete(key).await.map_err(refused)
    }

    /// Reads the log and follows it.
    pub(crate) async fn logs(&self, which: &LogQuery) -> anyhow::Result<Lines> {
        Ok(Lines::Own(self.running.logs(which).await?))
    }

    /// Lets the calls that run finish; a second signal does not wait for them.
    pub(crate) async fn stop(self, stop: &mut Stop) -> anyhow::Result<()> {
        let Self { running, store, .. } = self;
        tokio::select! {
            () = running.shutdown(GRACE) => {
                Ok(tokio::task::spawn_blocking(move || store.close()).await?)
            }
            () = stop.asked() => Err(Failure::silent(Exit::Interrupted).into()),
        }
    }
}

fn service_limits(sizes: &ServiceSizes) -> ServiceLimits {
    ServiceLimits { kv_bytes: sizes.kv_size, object_bytes: sizes.objects_size }
}

fn event_limits(log: &EventLog) -> EventLimits {
    EventLimits {
        keep: log.events_keep,
        keep_dead: log.events_keep_dead,
        bytes: log.events_size,
        ..EventLimits::default()
    }
}

/// Takes the addresses, or the next ones where they are taken, and says so.
async fn bind_nearby(mut options: ServerOptions) -> anyhow::Result<Server> {
    let asked = (options.listen, options.admin);
    let mut tries = PORTS;
    let bound = loop {
        tries -= 1;
        match Server::bind(options.clone()).await {
            Err(ServerError::Listen { address, flag, source })
                if source.kind() == std::io::ErrorKind::AddrInUse
                    && address.port() < u16::MAX
                    && tries > 0 =>
            {
                let own = if flag == "--listen" { &mut options.listen } else { &mut options.admin };
                own.set_port(address.port() + 1);
            }
            bound => break bound.map_err(not_started)?,
        }
    };
    for (asked, now) in [(asked.0, options.listen), (asked.1, options.admin)] {
        if asked != now {
            note(format_args!("{asked} is taken: {now} instead"));
        }
    }
    Ok(bound)
}

/// A variable of this process's environment, where it is set.
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The isolation that was asked for, or what this machine lacks for it.
fn isolation(
    level: IsolationLevel,
    launcher: &Launcher,
    stage: &Path,
) -> anyhow::Result<Isolation> {
    if level == IsolationLevel::Process {
        return Ok(Isolation::Process);
    }
    Isolation::jail(launcher, stage).map_err(|why| {
        let what = format!("cannot start: this machine gives no jail: {why}");
        let help = "run the server as root, or let users make namespaces \
                    (sysctl kernel.unprivileged_userns_clone=1, \
                    kernel.apparmor_restrict_unprivileged_userns=0), or choose --isolation process";
        Failure::new(Exit::Failed, what).help(help).into()
    })
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

/// Failure with the exit code of what the admin API would have answered.
fn refused(error: ServerError) -> anyhow::Error {
    let ServerError::Store(error) = error else { return error.into() };
    let exit = match error.kind() {
        ErrorKind::NotFound => Exit::NotFound,
        ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::TooLarge => Exit::Refused,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string()).into()
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
