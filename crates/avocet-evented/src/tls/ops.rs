//! What JavaScript asks about TLS.

use avocet_v8::{Arguments, HandleScope, ReturnValue};

use super::Tls;
use super::prepare::Credentials;
use crate::convert::{string, text_argument};
use crate::runtime::Runtime;
use crate::stream;

/// `tlsPrepare(server, trusted, revoked, key, certificate)`: a number for `tlsStart`, or what is
/// wrong.
pub(crate) fn tls_prepare(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let credentials = Credentials {
        trusted: text_argument(scope, arguments, 1),
        revoked: text_argument(scope, arguments, 2),
        key: text_argument(scope, arguments, 3),
        certificate: text_argument(scope, arguments, 4),
    };
    match Runtime::of(scope).prepared.prepare(arguments.get(0).is_true(), credentials) {
        Ok(number) => result.set_int32(number as i32),
        Err(message) => result.set(string(scope, &message)),
    }
}

/// `tlsStart(id, prepared, host)`: begins the handshake; what is wrong, if anything.
pub(crate) fn tls_start(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let host = text_argument(scope, arguments, 2);
    let runtime = Runtime::of(scope);
    let number = arguments.i32(1).and_then(|number| usize::try_from(number).ok());
    let prepared = number.and_then(|number| runtime.prepared.get(number));
    let tls = match prepared.map(|prepared| prepared.start(host)) {
        Some(Ok(tls)) => tls,
        Some(Err(message)) => return result.set(string(scope, &message)),
        None => return result.set(string(scope, "setSecure was not called")),
    };
    if let Some(token) = arguments.i32(0).and_then(|id| runtime.token(id)) {
        stream::secure(runtime, token, tls);
    }
}

fn tls<'a>(scope: &'a mut HandleScope<'_>, arguments: &Arguments<'_>) -> Option<&'a Tls> {
    let runtime = Runtime::of(scope);
    let token = runtime.token(arguments.i32(0)?)?;
    runtime.stream(token)?.tls()
}

/// `tlsVerify(id)`: 1, 0 or a negative number; undefined without TLS.
pub(crate) fn tls_verify(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    if let Some(judged) = tls(scope, arguments).map(Tls::judgement) {
        result.set_int32(judged);
    }
}

/// `tlsPeer(id)`: the peer's distinguished name; undefined without a certificate.
pub(crate) fn tls_peer(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    if let Some(name) = tls(scope, arguments).and_then(Tls::peer_name) {
        result.set(string(scope, &name));
    }
}
