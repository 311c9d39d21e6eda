//! HTTP/1.1 on connections: Rust reads messages, JavaScript makes them.

mod parser;
mod reading;

use avocet_engine::ops as operations;
use avocet_v8::HandleScope;

use crate::reactor::Reactor;
use crate::stream::Stream;

use parser::{Parser, Side};
use reading::Messages;

include!("table.rs");

fn http_read(scope: &mut HandleScope<'_>, id: i32, responses: bool) {
    let side = if responses { Side::Responses } else { Side::Requests };
    let reactor = Reactor::of(scope);
    if let Some(stream) = reactor.token(id).and_then(|token| reactor.get::<Stream>(token)) {
        stream.speak(Messages::new(Parser::new(side)));
    }
}

fn http_bodiless(scope: &mut HandleScope<'_>, id: i32) {
    let Some(token) = Reactor::of(scope).token(id) else { return };
    if let Some(messages) = reading::messages_of(scope, token) {
        messages.parser.bodiless = true;
    }
}
