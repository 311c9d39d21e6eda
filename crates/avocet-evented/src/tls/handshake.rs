//! The handshake, of which JavaScript hears when it is done.

use avocet_v8::HandleScope;
use rustix::io::Errno;

use super::Tls;
use crate::convert::integer;
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Token};
use crate::stream::{self, Layer, Stream};

impl Tls {
    /// Reads and writes as far as it goes; whether the handshake is done now.
    fn shake_hands(&mut self, fd: &std::os::fd::OwnedFd) -> (bool, Result<(), Errno>) {
        let mut result = self.push(fd);
        while result.is_ok() && self.connection.is_handshaking() {
            result = match self.pull(fd) {
                Ok(0) => Err(Errno::CONNRESET),
                other => other.map(drop),
            };
        }
        let done = !self.connection.is_handshaking() && !self.told;
        self.told |= done;
        (done, result)
    }
}

/// Goes on with a handshake; JavaScript hears of its end.
pub(super) fn go_on(scope: &mut HandleScope<'_>, token: Token) {
    let reactor = Reactor::of(scope);
    let Some(stream) = reactor.get::<Stream>(token) else { return };
    let Some((tls, fd)) = stream.layer::<Tls>() else { return };
    let (done, result) = tls.shake_hands(fd);
    match result {
        Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
        Err(errno) => return stream::finish(reactor, token, Some(errno)),
    }
    if let Err(errno) = reactor.watch(token) {
        return stream::finish(reactor, token, Some(errno));
    }
    if done {
        let arguments = [integer(scope, token.id() as i32)];
        hooks::call(scope, Hook::Secured, &arguments);
        // Data may have come with the end of the handshake.
        stream::on_readable(scope, token);
    }
}
