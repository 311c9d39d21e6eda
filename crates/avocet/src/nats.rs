//! The NATS server that keeps events, messages, values and objects, where one is named.

use avocet_backplane::Backplane;
use avocet_embedded::{Embedded, EventLimits, ServiceLimits};
use avocet_nats::{Demand, EventOptions, Link, Login, Nats, NatsError, NatsOptions, TlsFiles};

use crate::cli::NatsFlags;
use crate::failure::{Exit, Failure};

/// Connects; `None` where no server is named.
pub(crate) async fn connect(flags: &NatsFlags) -> anyhow::Result<Option<Nats>> {
    if flags.servers.is_empty() {
        return Ok(None);
    }
    let nats = Nats::connect(&options(flags)?).await.map_err(not_connected)?;
    if !nats.durability().is_strong() {
        eprintln!("warning: NATS {}: {}", nats.server(), nats.durability().risk());
    }
    tell(&nats);
    Ok(Some(nats))
}

fn options(flags: &NatsFlags) -> anyhow::Result<NatsOptions> {
    let login = match flags {
        NatsFlags { creds: Some(file), .. } => Login::Credentials(file.clone()),
        NatsFlags { nkey: Some(file), .. } => Login::NKey(file.clone()),
        NatsFlags { user: Some(user), .. } => {
            let password = std::env::var("AVOCET_NATS_PASSWORD").unwrap_or_default();
            Login::Password { user: user.clone(), password }
        }
        _ => match std::env::var("AVOCET_NATS_TOKEN") {
            Ok(token) if !token.is_empty() => Login::Token(token),
            _ => Login::None,
        },
    };
    Ok(NatsOptions {
        login,
        tls: TlsFiles { ca: flags.ca.clone(), client: flags.cert.clone().zip(flags.key.clone()) },
        monitor: flags.monitor.clone(),
        replicas: flags.replicas.parse()?,
        durability: match flags.accept_weak_durability {
            true => Demand::Any,
            false => Demand::Strong,
        },
        ..NatsOptions::new(&flags.servers)
    })
}

fn not_connected(error: NatsError) -> anyhow::Error {
    let text = error.to_string();
    let (what, help) = text.split_once("; ").unwrap_or((
        &text,
        "look whether nats-server runs there with JetStream (-js), and at the flags --nats…",
    ));
    Failure::new(Exit::Failed, format!("cannot start: {what}")).help(help).into()
}

/// Tells on standard error when the server is away, and when it is back.
fn tell(nats: &Nats) {
    let (mut link, server) = (nats.link(), nats.server().to_owned());
    link.mark_unchanged();
    tokio::spawn(async move {
        while link.changed().await.is_ok() {
            match *link.borrow_and_update() {
                Link::Down => eprintln!("NATS {server} is away; it is tried again"),
                Link::Up => eprintln!("NATS {server} is back"),
            }
        }
    });
}

/// The stores: what `nats` keeps, and the registry and the log in the data folder.
pub(crate) async fn backplane(
    nats: &Nats,
    store: &Embedded,
    limits: EventLimits,
    services: ServiceLimits,
) -> anyhow::Result<Backplane> {
    let failed = |error: String| Failure::new(Exit::Failed, format!("cannot start: {error}"));
    let view = store.event_view(limits).map_err(|error| failed(error.to_string()))?;
    let options = EventOptions { duplicates: limits.duplicates, ..EventOptions::default() };
    let events = nats.events(view, options).await.map_err(|error| failed(error.to_string()))?;
    Ok(Backplane {
        events,
        kv: nats.kv(services.kv_bytes),
        objects: nats.objects(services.object_bytes),
        messaging: nats.messaging(),
        ..store.backplane()
    })
}
