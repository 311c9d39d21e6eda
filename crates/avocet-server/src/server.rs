//! Puts the parts together.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use avocet_backplane::{Backplane, ErrorKind, Follow, Key, LogQuery};
use avocet_functions::model::Runtime;
use avocet_runtimes::{Environment, Fetcher, Processes, RuntimesOptions};
use avocet_services::egress::Policy;
use avocet_services::{HttpClient, Stores};
use avocet_workers::{Invoke, Supervisor};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Admin, Logs};
use crate::calls::{ByName, Calls, Scopes};
use crate::delivery::{Delivery, Followed, Functions, Parts};
use crate::gateway::{Cluster, Gateway, Routed, Serves, access_log};
use crate::host::Host;
use crate::life::{ChangeError, Families, Life, Sources, reconcile, to_its_end, upkeep};
use crate::log_lines::now_ms;
use crate::log_sink::Sink;
use crate::neighbours::Neighbours;
use crate::net::answers::AnswerMemory;
use crate::net::body::BodyMemory;
use crate::net::{ConnectionLimits, Listener, serve};
use crate::options::{GatewayOptions, ServerOptions};
use crate::results::{self, Results};
use crate::routes::{Arrivals, RouteTable};
use crate::schedules::{self, Started};
use crate::services::{OwnBus, Services};
use crate::subjects::Subjects;
use crate::traces::{CollectorError, Exporter};
use avocet_api::{ApplyReport, ApplyRequest, FunctionList, GatewayLimits};

/// Time that the workers have to end after the last call.
pub(crate) const WORKER_END: Duration = Duration::from_secs(12);

/// A server that has its addresses, and does not answer yet.
#[derive(Debug)]
pub struct Server {
    options: ServerOptions,
    gateway: TcpListener,
    admin: TcpListener,
    started: (Instant, u64),
}

/// Reason for which a server did not start, or could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another one with {flag}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// Cause.
        source: io::Error,
    },
    /// The folder for files cannot be used.
    #[error("cannot use {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A query of the log is wrong.
    #[error("{0}")]
    Query(String),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] avocet_backplane::Error),
    /// The trace collector's address cannot be used.
    #[error(transparent)]
    Collector(#[from] CollectorError),
}

/// A server that runs. Dropping it ends it at once; [`RunningServer::shutdown`] lets calls finish.
pub struct RunningServer {
    listen: SocketAddr,
    admin: SocketAddr,
    life: Arc<Life>,
    delivery: Arc<Delivery>,
    invoker: Arc<dyn Invoke>,
    starting: Arc<AtomicBool>,
    drain: watch::Sender<bool>,
    grace: Arc<Mutex<Duration>>,
    listeners: Vec<JoinHandle<()>>,
    /// Tasks that end with the server.
    background: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { listen, admin, .. } = self;
        f.debug_struct("RunningServer").field("listen", listen).field("admin", admin).finish()
    }
}

impl Server {
    /// Takes the addresses, before any store is opened for it.
    ///
    /// # Errors
    /// [`ServerError::Listen`] where one is taken.
    pub async fn bind(options: ServerOptions) -> Result<Self, ServerError> {
        let started = (Instant::now(), now_ms());
        let gateway = bind(options.listen, "--listen").await?;
        let admin = bind(options.admin, "--admin").await?;
        Ok(Self { options, gateway, admin, started })
    }

    /// Restores what was deployed and answers. No function is loaded before its first call.
    ///
    /// # Errors
    /// Where a store fails, or the folder for files cannot be used.
    pub async fn start(self, backplane: Backplane) -> Result<RunningServer, ServerError> {
        let Self { options, gateway: gateway_socket, admin: admin_socket, started } = self;
        let (listen, admin) = (local(&gateway_socket)?, local(&admin_socket)?);
        let Backplane { registry, events, logs, kv, objects, messaging } = backplane;
        let events = Parts::new(events, options.event_bytes);
        let scopes = Arc::<Scopes>::default();
        let routes = Arc::new(RouteTable::default());
        let neighbours = Neighbours::new(&routes, reachable(listen));
        let collector = options.collector.as_deref();
        let traces = collector.map(|url| Exporter::start(url, neighbours.clone())).transpose()?;
        if let Some(traces) = &traces {
            traces.log_to(&logs);
        }
        let sink = Arc::new(Sink::new(logs.clone(), traces, scopes.clone()));
        let bus = OwnBus { bus: events.bus.clone(), scopes: scopes.clone() };
        let stores = Stores { kv, objects, messaging: messaging.clone() };
        let policy = Policy::new(options.egress.clone().into(), []);
        let http = Arc::new(HttpClient::new(options.egress));
        let services = Arc::new(avocet_services::Services::new(stores.clone(), http));
        let events_of = Services::new(options.publisher, neighbours, Some(bus));
        let host = Arc::new(Host::new(events_of, services));
        let mut v8 = options.v8;
        v8.host = host.clone();
        v8.logs = sink.clone();
        let v8 = Supervisor::new(v8);
        // Absolute, since workers have another working folder.
        let data = absolute(&options.data_dir)?;
        let environment = options.runtimes.as_ref().map(|own| own.install.environment.clone());
        let environment = environment.unwrap_or_else(Environment::of_process);
        let fetcher = Fetcher::new(&data, &environment, sink.clone());
        let processes = options.runtimes.map(|runtimes| {
            let runtimes = RuntimesOptions { collector: options.collector, ..runtimes };
            Processes::new(&data, runtimes, host, sink.clone())
        });
        let (drain, draining) = watch::channel(false);
        let grace = Arc::new(Mutex::new(Duration::ZERO));
        let listener = listener(&options.gateway);
        let cluster = Cluster::new(listener.clone(), draining.clone(), grace.clone());
        let address = {
            let cluster = cluster.clone();
            Arc::new(move |namespace: &str| cluster.address(namespace))
        };
        let families = Families::new(v8, processes, Some(fetcher), address);
        let gateway = format!("http://{}", reachable(listen));
        let arrivals = options.gateway.arrivals.clone();
        let arrivals = Arc::new(Arrivals::new(routes.clone(), arrivals));
        if options.starting {
            arrivals.expect_announcement();
        }
        let sources = Sources { registry: registry.clone(), families };
        let life = Life::open(sources, logs.clone(), routes.clone(), arrivals.clone(), gateway);
        let life = Arc::new(life.await?);
        tokio::spawn(reconcile(Arc::downgrade(&life)));
        warm(&life);
        tokio::spawn(upkeep(Arc::downgrade(&life)));
        let body_memory = BodyMemory::new(options.gateway.body_memory);
        let metrics: Arc<dyn Fn() -> String + Send + Sync> = {
            let (life, sink, bodies) = (life.clone(), sink.clone(), body_memory.clone());
            let (bus, totals) = (events.bus.clone(), events.totals.clone());
            Arc::new(move || {
                crate::exposition::platform(&life, &sink, (&*bus, &*totals), bodies.held())
            })
        };
        let starting = Arc::new(AtomicBool::new(options.starting));
        let calls = Arc::new(Calls::new(logs.clone(), sink.traces.clone(), scopes));
        let invoker = Arc::new(ByName::new(&routes, &arrivals, &calls));
        let bus = events.bus.clone();
        let delivery = Delivery::start(events, logs.clone());
        let functions = (&routes, invoker.clone());
        let routed = life.routed();
        let mut followed = Followed::new(
            registry.clone(),
            logs.clone(),
            delivery.clone(),
            functions,
            Arc::new(policy),
            routed,
        );
        followed.begin().await?;
        let delivered = followed.position();
        let Started { schedules, position, tasks } =
            schedules::start(registry, &delivery, delivered, logs.clone(), options.clock).await?;
        life.follow_with(position);
        let following = tokio::spawn(followed.run());
        let subjects = Subjects::new(&routes, calls.clone(), messaging, logs);
        follow(&life, Arc::new(subjects)).await;
        let functions = Functions { routes: Arc::downgrade(&routes), by_name: invoker.clone() };
        let results = Results::new(delivery.clone(), Arc::new(functions));
        results.begin().await?;
        let tidying = tokio::spawn(results::upkeep(Arc::downgrade(&results)));
        let gateway = Arc::new(Gateway {
            serves: Serves::Routed(Routed {
                routes,
                arrivals,
                bus,
                results: results.clone(),
                starting: starting.clone(),
            }),
            calls,
            platform_metrics: metrics.clone(),
            body_time: options.gateway.body_time,
            body_memory: body_memory.clone(),
            answer_memory: listener.answers.clone(),
            read_bytes: options.gateway.head_bytes,
            access_log: options.access_log.then(access_log::to_stderr),
            observer: options.observer,
        });
        cluster.open(&gateway);
        let api = Admin {
            life: life.clone(),
            delivery: delivery.clone(),
            results,
            schedules,
            stores,
            started,
            address: admin,
            data_folder: options.data_dir,
            names: options.admin_names,
            limits: limits(&options.gateway),
            body_time: options.gateway.body_time,
            body_memory: BodyMemory::new(options.gateway.body_memory),
            metrics,
            draining: draining.clone(),
        };
        let of = |grace: &Arc<Mutex<Duration>>| {
            let grace = grace.clone();
            move || *grace.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let listeners = vec![
            tokio::spawn(serve(
                gateway_socket,
                listener.clone(),
                draining.clone(),
                of(&grace),
                gateway,
            )),
            tokio::spawn(serve(admin_socket, listener, draining, of(&grace), Arc::new(api))),
        ];
        let background = tasks.into_iter().chain([following, tidying]).collect();
        Ok(RunningServer {
            listen,
            admin,
            life,
            delivery,
            invoker,
            starting,
            drain,
            grace,
            listeners,
            background,
        })
    }
}

impl RunningServer {
    /// Address at which functions are called.
    pub fn listen_addr(&self) -> SocketAddr {
        self.listen
    }

    /// Address of the admin API.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin
    }

    /// URL of the admin API for programs on this machine, without a slash at its end.
    pub fn admin_url(&self) -> String {
        format!("http://{}", reachable(self.admin))
    }

    /// Deploys a set of files, all or nothing, as `POST /api/v1/apply` does.
    ///
    /// # Errors
    /// Where the store failed; what is wrong with the files is in the report.
    pub async fn apply(&self, request: &ApplyRequest) -> Result<ApplyReport, ServerError> {
        // Boxed: what a deploy holds while it waits is large.
        Ok(Box::pin(self.life.deploy(request.clone())).await?)
    }

    /// Deletes a resource, a function with its revisions. Nothing happens where there is none.
    ///
    /// # Errors
    /// Where the store failed.
    pub async fn delete(&self, key: Key) -> Result<(), ServerError> {
        let life = self.life.clone();
        match to_its_end(async move { life.delete_object(key).await }).await {
            Ok(()) | Err(ChangeError::NotFound(_)) => Ok(()),
            Err(ChangeError::Registry(error)) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(ChangeError::Registry(error)) => Err(error.into()),
            // What else a change can meet belongs to loading.
            Err(ChangeError::Refused { .. } | ChangeError::Load(_)) => Ok(()),
        }
    }

    /// Calls functions by name, without HTTP: with the same numbers, counts, logs and spans.
    pub fn invoker(&self) -> Arc<dyn Invoke> {
        self.invoker.clone()
    }

    /// Ends the time of [`ServerOptions::starting`]: what is to be deployed at first is.
    pub fn ready(&self) {
        self.starting.store(false, Release);
        self.life.arrivals.announced();
    }

    /// Functions that are served, of one namespace or of all.
    pub fn functions(&self, namespace: Option<&str>) -> FunctionList {
        admin::functions::list(&self.life, namespace)
    }

    /// URL at which functions are called.
    pub fn gateway(&self) -> &str {
        &self.life.gateway
    }

    /// Reads the log and follows it, as `GET /api/v1/logs?follow=true` does.
    ///
    /// # Errors
    /// Where the query is wrong or the store failed.
    pub async fn logs(&self, which: &avocet_api::LogQuery) -> Result<Logs, ServerError> {
        let query = admin::selection(which).map_err(|wrong| ServerError::Query(wrong.detail))?;
        Ok(Logs::new(self.life.logs.follow(query).await?))
    }

    /// Follows the log as it is stored.
    ///
    /// # Errors
    /// Where the store failed.
    pub async fn follow_logs(&self, query: LogQuery) -> Result<Follow, ServerError> {
        Ok(self.life.logs.follow(query).await?)
    }

    /// Stops accepting, lets requests finish for up to `grace`, and ends the workers. No worker
    /// process is left when this returns, and nothing is written to the stores any more.
    pub async fn shutdown(mut self, grace: Duration) {
        *self.grace.lock().unwrap_or_else(PoisonError::into_inner) = grace;
        self.drain.send_replace(true);
        for listener in self.listeners.drain(..) {
            // It ends by itself within the grace; where it panicked there is nothing to wait for.
            let _ = listener.await;
        }
        self.background.iter().for_each(JoinHandle::abort);
        self.delivery.stop(grace).await;
        let families = self.life.sources.families.supervisors();
        let ends = families.into_iter().map(|family| {
            // All at the same time.
            tokio::spawn(async move { family.shutdown(WORKER_END).await })
        });
        for end in ends.collect::<Vec<_>>() {
            // Where it failed, dropping the supervisor kills what is left.
            let _ = end.await;
        }
        // Lines of the last calls; where they cannot be stored there is nobody left to know.
        let _ = self.life.logs.flush().await;
        let sources = self.life.sources.clone();
        let _ = tokio::task::spawn_blocking(move || sources.families.clean()).await;
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.listeners.iter().chain(&self.background).for_each(JoinHandle::abort);
    }
}

/// Has subscriptions to subjects follow the routes, beginning now.
async fn follow(life: &Life, subjects: Arc<Subjects>) {
    let work = move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let subjects = subjects.clone();
        Box::pin(async move { subjects.reconcile().await })
    };
    life.after_routing(Box::new(work)).await;
}

/// Starts the warm workers that what is deployed needs and loads the functions that stay awake,
/// while the first calls may come already.
fn warm(life: &Arc<Life>) {
    let routes = life.routes.load();
    let runtimes: HashSet<Runtime> = routes.functions().map(|function| function.runtime).collect();
    let life = life.clone();
    tokio::spawn(async move {
        life.sources.families.warm(runtimes).await;
        life.wake_kept();
    });
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, ServerError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ServerError::Listen { address, flag, source })
}

fn local(socket: &TcpListener) -> Result<SocketAddr, ServerError> {
    let address = SocketAddr::from(([0, 0, 0, 0], 0));
    socket.local_addr().map_err(|source| ServerError::Listen { address, flag: "--listen", source })
}

/// An address that can be connected to, where `listen` means every one of this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn absolute(folder: &Path) -> Result<PathBuf, ServerError> {
    let failed = |source| ServerError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).and_then(|()| folder.canonicalize()).map_err(failed)
}

pub(crate) fn listener(options: &GatewayOptions) -> Listener {
    Listener {
        limits: ConnectionLimits {
            head: options.head_time,
            idle: options.idle_time,
            write_stall: options.write_stall,
        },
        connections: options.connections,
        connections_of_one: options.connections_of_one,
        answers: AnswerMemory::new(options.answer_memory),
        head_bytes: options.head_bytes.max(8 * 1024),
    }
}

fn limits(options: &GatewayOptions) -> GatewayLimits {
    GatewayLimits {
        connections: options.connections,
        head_bytes: options.head_bytes,
        head_seconds: options.head_time.as_secs_f64(),
        body_seconds: options.body_time.as_secs_f64(),
        idle_seconds: options.idle_time.as_secs_f64(),
    }
}
