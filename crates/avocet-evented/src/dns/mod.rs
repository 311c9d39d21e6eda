//! Asking name servers: with time to live and canonical name, which the system's lookup does not
//! give.

use std::net::{IpAddr, SocketAddr};

use avocet_engine::ops as operations;
use avocet_v8::{Array, HandleScope};
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{Resolver, TokioResolver};

use crate::convert::{integer, list, number, string};
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Task};

include!("table.rs");

/// A name server to ask instead of the system's: `address:port`.
const SERVER: &str = "AVOCET_NAME_SERVER";

/// The numbers of `dns.TEMPFAIL` and the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Temporary = -1,
    Protocol = -2,
    NoDomain = -3,
    NoData = -4,
    BadQuery = -6,
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let code = match error {
            NetError::Dns(DnsError::ResponseCode(code)) => code,
            NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
            NetError::Proto(_) => return Self::Protocol,
            _ => return Self::Temporary,
        };
        match code {
            ResponseCode::NoError => Self::NoData,
            ResponseCode::NXDomain => Self::NoDomain,
            ResponseCode::FormErr => Self::BadQuery,
            _ => Self::Temporary,
        }
    }
}

struct Found {
    names: Vec<String>,
    ttl: u32,
    canonical: String,
}

fn resolver() -> Result<TokioResolver, NetError> {
    let server = std::env::var(SERVER).ok().and_then(|server| server.parse::<SocketAddr>().ok());
    let provider = TokioRuntimeProvider::default();
    let mut builder = match server {
        Some(server) => {
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            for connection in &mut config.connections {
                connection.port = server.port();
            }
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
            Resolver::builder_with_config(config, provider)
        }
        None => Resolver::builder(provider)?,
    };
    builder.options_mut().use_hosts_file = ResolveHosts::Never;
    builder.build()
}

fn ask(kind: i32, text: &str) -> Result<Found, Failure> {
    let (name, wanted) = match kind {
        2 => {
            let ip: IpAddr = text.parse().map_err(|_| Failure::BadQuery)?;
            (Name::from(ip), RecordType::PTR)
        }
        kind => {
            let name = Name::from_utf8(text).map_err(|_| Failure::BadQuery)?;
            (name, if kind == 1 { RecordType::AAAA } else { RecordType::A })
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Failure::Temporary)?;
    let found = runtime.block_on(async { resolver()?.lookup(name.clone(), wanted).await })?;
    let answers = found.answers();
    let names: Vec<String> = answers.iter().filter_map(|record| value(record, wanted)).collect();
    let wanted_records = answers.iter().filter(|record| record.record_type() == wanted);
    let ttl = wanted_records.clone().map(|record| record.ttl).min().unwrap_or(0);
    let canonical = wanted_records.map(|record| record.name.clone()).next().unwrap_or(name);
    if names.is_empty() {
        Err(Failure::NoData)
    } else {
        Ok(Found { names, ttl, canonical: plain(&canonical) })
    }
}

/// A name without the dot at its end.
fn plain(name: &Name) -> String {
    let text = name.to_utf8();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn value(record: &Record, wanted: RecordType) -> Option<String> {
    if record.record_type() != wanted {
        return None;
    }
    match &record.data {
        RData::A(address) => Some(address.to_string()),
        RData::AAAA(address) => Some(address.to_string()),
        RData::PTR(name) => Some(plain(name)),
        _ => None,
    }
}

fn dns_resolve(scope: &mut HandleScope<'_>, request: i32, kind: i32, text: String) {
    let reactor = Reactor::of(scope);
    reactor.retain();
    reactor.pool().run_apart(Box::new(move || {
        let found = ask(kind, &text);
        let task: Task = Box::new(move |scope| answer(scope, request, found));
        task
    }));
}

fn answer(scope: &mut HandleScope<'_>, request: i32, found: Result<Found, Failure>) {
    Reactor::of(scope).release();
    let request = integer(scope, request);
    let found = match found {
        Ok(found) => found,
        Err(failure) => {
            let code = integer(scope, failure as i32);
            return hooks::call(scope, Hook::Done, &[request, code]);
        }
    };
    let names: Vec<Vec<u8>> = found.names.into_iter().map(String::into_bytes).collect();
    let rest = [number(scope, f64::from(found.ttl)), string(scope, &found.canonical)];
    let arguments = [
        request,
        integer(scope, 0),
        list(scope, &names),
        Array::new_with_elements(scope, &rest).into(),
    ];
    hooks::call(scope, Hook::Done, &arguments);
}
