//! Messages of one function, as they come.

use std::sync::{Arc, Weak};

use avocet_backplane::messaging::Received;
use avocet_backplane::{Incoming, LogStore, Message, Messaging};
use avocet_frames::head::BodyKind;
use avocet_functions::model::FunctionName;
use avocet_workers::CallBody;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::sync::Semaphore;

use super::reply;
use crate::calls::head::InvokeHead;
use crate::calls::trace::trace_of;
use crate::calls::{Calls, Invocation};
use crate::log_lines::platform_error;
use crate::routes::RouteTable;

/// Messages of one function that are handled at the same time; more wait in its subscription.
const AT_ONCE: usize = 256;

/// Handles the messages of one function.
#[derive(Clone)]
pub(super) struct Listener {
    pub name: FunctionName,
    pub routes: Weak<RouteTable>,
    pub calls: Arc<Calls>,
    pub messaging: Arc<dyn Messaging>,
    pub logs: Arc<dyn LogStore>,
}

impl Listener {
    /// Until the bus is closed.
    pub(super) async fn run(self, mut messages: Incoming<Received>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        while let Some(received) = messages.next().await {
            let message = match received {
                Received::Message(message) => message,
                Received::Missed(count) => {
                    self.missed(count);
                    continue;
                }
            };
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let listener = self.clone();
            tokio::spawn(async move {
                listener.handle(message).await;
                drop(place);
            });
        }
    }

    fn missed(&self, count: u64) {
        let name = &self.name;
        let text = format!("{name} missed {count} messages: it is slower than they come");
        self.logs.append(vec![platform_error(text)]);
    }

    async fn handle(&self, message: Message) {
        if let Some(reply) = self.call(&message).await
            && let Err(error) = self.messaging.publish(reply).await
            && let Some(refused) = message.answer_error(500, &error.to_string())
        {
            // The reply could not be sent, because of its size for example. Where this cannot be
            // either, whoever asked has waited as long as they wanted to.
            drop(self.messaging.publish(refused).await);
        }
    }

    /// Calls the function; the reply, where one is wanted.
    async fn call(&self, message: &Message) -> Option<Message> {
        let routes = self.routes.upgrade()?;
        let Some(function) = routes.function(self.name.as_str()) else {
            return message.answer_error(404, &format!("the function {} is gone", self.name));
        };
        let headers = headers(message);
        let head = InvokeHead {
            method: &Method::POST,
            url: "/",
            headers: &headers,
            replaced: &[],
            body: BodyKind::Binary,
            ip: None,
            trace: None,
            subject: Some(&message.subject),
        };
        let trace = trace_of(&headers);
        let body = CallBody::Whole(message.payload.clone());
        let invocation =
            Invocation { function: &function, head, body, deadline: None, trace, scope: None };
        let outcome = self.calls.call(invocation).await;
        reply::of(message, outcome).await
    }
}

/// Headers of a message as those of a request.
fn headers(message: &Message) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in message.headers.iter() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            // More headers than a map can hold are in no message.
            drop(headers.try_append(name, value));
        }
    }
    headers
}
