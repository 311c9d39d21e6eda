//! Listening for connections, making them, and looking names up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::time::Duration;

use avocet_v8::{Arguments, HandleScope, ReturnValue};
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, accept_with, bind, connect, getpeername, listen,
    socket_with, sockopt,
};

use crate::convert::{integer, string, text_argument};
use crate::event_loop;
use crate::runtime::{Hook, Runtime, Source, Task, Token};
use crate::stream;
use crate::timers::Owner;

/// Connections accepted at once before others have their turn.
const BATCH: usize = 64;

/// How long a listener rests that has no descriptors left.
const REST: Duration = Duration::from_millis(100);

/// What `listen` and `lookup` answer for a name that has no address.
const NOT_FOUND: i32 = -100_000;

pub(crate) struct Listener {
    fd: OwnedFd,
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

/// `tcpListen(port, host, backlog)`: the number of the listener, or minus the error number.
pub(crate) fn tcp_listen(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let port = arguments.i32(0).and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    let host = text_argument(scope, arguments, 1);
    let backlog = arguments.i32(2).unwrap_or(128);
    let bound = if host.is_empty() {
        bind_any(port)
    } else if let Some(ip) = lookup(&host) {
        bind_to(SocketAddr::new(ip, port))
    } else {
        return result.set_int32(NOT_FOUND);
    };
    let opened = bound.and_then(|fd| open(Runtime::of(scope), fd, backlog));
    result.set_int32(match opened {
        Ok(token) => token.id() as i32,
        Err(errno) => -errno.raw_os_error(),
    });
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

fn open(runtime: &mut Runtime, fd: OwnedFd, backlog: i32) -> Result<Token, Errno> {
    listen(&fd, backlog)?;
    let token = runtime.add(Source::Listener(Listener { fd }));
    let Some((listener, epoll)) = runtime.listener_and_epoll(token) else {
        return Err(Errno::BADF);
    };
    epoll::add(epoll, &listener.fd, token.data(), epoll::EventFlags::IN)?;
    runtime.alive += 1;
    Ok(token)
}

/// `tcpUnlisten(id)`: stops listening.
pub(crate) fn tcp_unlisten(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let runtime = Runtime::of(scope);
    let Some(token) = arguments.i32(0).and_then(|id| runtime.token(id)) else { return };
    if let Some((listener, epoll)) = runtime.listener_and_epoll(token) {
        let _ = epoll::delete(epoll, &listener.fd);
        runtime.remove(token);
        runtime.alive -= 1;
    }
}

pub(crate) fn on_ready(scope: &mut HandleScope<'_>, token: Token) {
    for _ in 0..BATCH {
        let runtime = Runtime::of(scope);
        let Some((listener, _)) = runtime.listener_and_epoll(token) else { return };
        let fd = match accept_with(&listener.fd, FLAGS) {
            Ok(fd) => fd,
            Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                return rest(runtime, token);
            }
            // Nobody waits, or who waited is gone again.
            Err(_) => return,
        };
        let address = peer(&fd);
        let Ok(connection) = stream::open_connection(runtime, fd, false) else { return };
        avocet_v8::handle_scope!(let scope = scope);
        let arguments = [
            integer(scope, token.id() as i32),
            integer(scope, connection.id() as i32),
            string(scope, &address),
        ];
        event_loop::call(scope, Hook::Accept, &arguments);
    }
}

/// Without descriptors nothing can be accepted, and asking again at once would only burn time.
fn rest(runtime: &mut Runtime, token: Token) {
    let Some((listener, epoll)) = runtime.listener_and_epoll(token) else { return };
    let _ = epoll::delete(epoll, &listener.fd);
    let due = runtime.clock() + REST;
    runtime.timers.start(due, Duration::ZERO, false, Owner::Listener(token));
}

/// Listens again.
pub(crate) fn resume(runtime: &mut Runtime, token: Token) {
    let Some((listener, epoll)) = runtime.listener_and_epoll(token) else { return };
    let _ = epoll::add(epoll, &listener.fd, token.data(), epoll::EventFlags::IN);
}

fn peer(fd: &OwnedFd) -> String {
    let address =
        getpeername(fd).ok().flatten().and_then(|address| SocketAddr::try_from(address).ok());
    // One of IPv4 that came to both families is written as what it is.
    address.map(|address| address.ip().to_canonical().to_string()).unwrap_or_default()
}

/// `tcpConnect(address, port)`: the number of the stream, or minus the error number.
pub(crate) fn tcp_connect(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let ip = text_argument(scope, arguments, 0).parse::<IpAddr>();
    let port = arguments.i32(1).and_then(|port| u16::try_from(port).ok());
    let (Ok(ip), Some(port)) = (ip, port) else {
        return result.set_int32(-Errno::INVAL.raw_os_error());
    };
    let address = SocketAddr::new(ip, port);
    let opened = socket_for(address).and_then(|fd| match connect(&fd, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => stream::open_connection(Runtime::of(scope), fd, true),
        Err(errno) => Err(errno),
    });
    result.set_int32(match opened {
        Ok(token) => token.id() as i32,
        Err(errno) => -errno.raw_os_error(),
    });
}

/// `tcpLookup(request, host)`: the address goes to `done`.
pub(crate) fn tcp_lookup(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let request = arguments.i32(0).unwrap_or(0);
    let host = text_argument(scope, arguments, 1);
    let runtime = Runtime::of(scope);
    runtime.alive += 1;
    runtime.pool.run(Box::new(move || {
        let found = lookup(&host);
        let task: Task = Box::new(move |scope| {
            Runtime::of(scope).alive -= 1;
            let text = found.map(|ip| ip.to_string()).unwrap_or_default();
            let arguments = [
                integer(scope, request),
                integer(scope, if found.is_some() { 0 } else { -NOT_FOUND }),
                string(scope, &text),
            ];
            event_loop::call(scope, Hook::Done, &arguments);
        });
        task
    }));
}
