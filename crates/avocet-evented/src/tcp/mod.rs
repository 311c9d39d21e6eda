//! Listening for connections, making them, and looking names up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use avocet_engine::ops as operations;
use avocet_v8::{HandleScope, handle_scope};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, accept_with, bind, connect, getpeername, listen,
    socket_with, sockopt,
};

use crate::convert::{integer, string};
use crate::hooks::{self, Hook};
use crate::reactor::timers::Due;
use crate::reactor::{OnReady, Reactor, Source, Task, Token};
use crate::stream;

include!("table.rs");

/// Connections accepted at once before others have their turn.
const BATCH: usize = 64;

/// Rest of a listener that finds no descriptors left.
const REST: Duration = Duration::from_millis(100);

/// Answer of `tcp_listen` and `tcp_lookup` for a name that has no address.
const NOT_FOUND: i32 = -100_000;

struct Listener {
    fd: OwnedFd,
}

impl Source for Listener {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.fd.as_fd())
    }

    fn on_ready(&self) -> OnReady {
        on_ready
    }
}

const FLAGS: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);

fn socket_for(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    socket_with(family, SocketType::STREAM, FLAGS, None)
}

/// The address of a name; IPv4 is preferred.
fn lookup(host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let all: Vec<SocketAddr> = (host, 0).to_socket_addrs().ok()?.collect();
    let first = all.iter().find(|address| address.is_ipv4()).or(all.first());
    first.map(SocketAddr::ip)
}

fn tcp_listen(scope: &mut HandleScope<'_>, port: u16, host: String, backlog: i32) -> i32 {
    let bound = if host.is_empty() {
        bind_any(port)
    } else if let Some(ip) = lookup(&host) {
        bind_to(SocketAddr::new(ip, port))
    } else {
        return NOT_FOUND;
    };
    number(bound.and_then(|fd| open(Reactor::of(scope), fd, backlog)))
}

/// The number of an entry, or minus the error number.
fn number(opened: Result<Token, Errno>) -> i32 {
    match opened {
        Ok(token) => token.id() as i32,
        Err(errno) => -errno.raw_os_error(),
    }
}

fn bind_to(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let fd = socket_for(address)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    if address.ip().is_unspecified() && address.is_ipv6() {
        sockopt::set_ipv6_v6only(&fd, false)?;
    }
    bind(&fd, &address)?;
    Ok(fd)
}

/// All addresses of both families; where the system has no IPv6, those of IPv4.
fn bind_any(port: u16) -> Result<OwnedFd, Errno> {
    match bind_to(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL | Errno::INVAL | Errno::NOPROTOOPT) => {
            bind_to(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
        }
        bound => bound,
    }
}

fn open(reactor: &mut Reactor, fd: OwnedFd, backlog: i32) -> Result<Token, Errno> {
    listen(&fd, backlog)?;
    let token = reactor.add(Listener { fd });
    if let Err(errno) = reactor.watch(token) {
        reactor.remove(token);
        return Err(errno);
    }
    reactor.retain();
    Ok(token)
}

fn tcp_unlisten(scope: &mut HandleScope<'_>, id: i32) {
    let reactor = Reactor::of(scope);
    let Some(token) = reactor.token(id) else { return };
    if reactor.get::<Listener>(token).is_some() {
        reactor.unwatch(token);
        reactor.remove(token);
        reactor.release();
    }
}

fn on_ready(scope: &mut HandleScope<'_>, token: Token, _: EventFlags) {
    for _ in 0..BATCH {
        let reactor = Reactor::of(scope);
        let Some(listener) = reactor.get::<Listener>(token) else { return };
        let fd = match accept_with(&listener.fd, FLAGS) {
            Ok(fd) => fd,
            Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                return rest(reactor, token);
            }
            // Nobody waits, or who waited is gone again.
            Err(_) => return,
        };
        let address = peer(&fd);
        let Ok(connection) = stream::open_connection(reactor, fd, false) else { return };
        handle_scope!(let scope = scope);
        let arguments = [
            integer(scope, token.id() as i32),
            integer(scope, connection.id() as i32),
            string(scope, &address),
        ];
        hooks::call(scope, Hook::Accept, &arguments);
    }
}

/// Without descriptors nothing can be accepted, and asking again at once would only burn time.
fn rest(reactor: &mut Reactor, token: Token) {
    reactor.unwatch(token);
    let due = reactor.clock() + REST;
    reactor.start_timeout(due, token, listen_again);
}

fn listen_again(scope: &mut HandleScope<'_>, due: Due) {
    // A listener that cannot be watched any more brings no connections; it can still be closed.
    let _ = Reactor::of(scope).watch(due.token);
}

fn peer(fd: &OwnedFd) -> String {
    let address =
        getpeername(fd).ok().flatten().and_then(|address| SocketAddr::try_from(address).ok());
    // An address of IPv4 that came to both families is written as what it is.
    address.map(|address| address.ip().to_canonical().to_string()).unwrap_or_default()
}

fn tcp_connect(scope: &mut HandleScope<'_>, address: String, port: u16) -> i32 {
    let Ok(ip) = address.parse::<IpAddr>() else { return -Errno::INVAL.raw_os_error() };
    let address = SocketAddr::new(ip, port);
    number(socket_for(address).and_then(|fd| match connect(&fd, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => stream::open_connection(Reactor::of(scope), fd, true),
        Err(errno) => Err(errno),
    }))
}

fn tcp_lookup(scope: &mut HandleScope<'_>, request: i32, host: String) {
    let reactor = Reactor::of(scope);
    reactor.retain();
    reactor.pool().run(Box::new(move || {
        let found = lookup(&host);
        let task: Task = Box::new(move |scope| tell_address(scope, request, found));
        task
    }));
}

fn tell_address(scope: &mut HandleScope<'_>, request: i32, found: Option<IpAddr>) {
    Reactor::of(scope).release();
    let text = found.map(|ip| ip.to_string()).unwrap_or_default();
    let arguments = [
        integer(scope, request),
        integer(scope, if found.is_some() { 0 } else { -NOT_FOUND }),
        string(scope, &text),
    ];
    hooks::call(scope, Hook::Done, &arguments);
}
