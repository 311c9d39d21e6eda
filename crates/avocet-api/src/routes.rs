//! The API's routes as a table: the server finds operations in it, the client paths, and a test
//! holds it against the OpenAPI document.

use http::Method;

macro_rules! routes {
    ($($(#[doc = $doc:literal])* $method:ident $path:literal $operation:ident)*) => {
        /// Operation that a request asks for, named as in the OpenAPI document (`readFunction`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[doc = $doc])* $operation),* }

        /// Every route, in the order of the operations.
        pub static ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: concat!("/api/v1", $path),
            operation: Operation::$operation,
        }),*];
    };
}

/// One row of the table. Of two that match a path the first one counts.
#[derive(Debug)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path. Segments in braces match anything but a slash and nothing.
    pub path: &'static str,
    /// Meaning.
    pub operation: Operation,
}

routes! {
    /// Facts about the server.
    GET "/info" Info
    /// Health of the parts.
    GET "/health" Health
    /// Prometheus text of the platform and every function.
    GET "/metrics" Metrics
    /// The OpenAPI document.
    GET "/openapi.json" OpenApi
    /// Deploys a set of files.
    POST "/apply" Apply
    /// Namespaces that hold something.
    GET "/namespaces" ListNamespaces
    /// Functions.
    GET "/functions" ListFunctions
    /// One function with its definition.
    GET "/namespaces/{namespace}/functions/{name}" ReadFunction
    /// Deletes a function with its revisions.
    DELETE "/namespaces/{namespace}/functions/{name}" DeleteFunction
    /// Activity of a function.
    GET "/namespaces/{namespace}/functions/{name}/state" ReadFunctionState
    /// Revisions of a function.
    GET "/namespaces/{namespace}/functions/{name}/revisions" ListRevisions
    /// One revision with its files.
    GET "/namespaces/{namespace}/functions/{name}/revisions/{revision}" ReadRevision
    /// Makes an earlier revision the running one.
    POST "/namespaces/{namespace}/functions/{name}/rollback" RollbackFunction
    /// Unloads a function.
    POST "/namespaces/{namespace}/functions/{name}/sleep" SleepFunction
    /// Loads a function.
    POST "/namespaces/{namespace}/functions/{name}/wake" WakeFunction
    /// Runs a schedule of a function now.
    POST "/namespaces/{namespace}/functions/{name}/run-cron" RunCron
    /// Schedules of functions.
    GET "/schedules" ListSchedules
    /// Subscriptions and triggers, with the state of their delivery.
    GET "/subscriptions" ListSubscriptions
    /// One of them with its definition.
    GET "/namespaces/{namespace}/subscriptions/{name}" ReadSubscription
    /// Log lines.
    GET "/logs" ReadLogs
    /// Accepted events with what became of them.
    GET "/events" ListEvents
    /// Events as they are accepted and delivered.
    GET "/events/tail" TailEvents
    /// Events as CloudEvents, one per line.
    GET "/events/export" ExportEvents
    /// Accepts events, one per line.
    POST "/events/import" ImportEvents
    /// Lets dead deliveries wait again.
    POST "/events/replay" ReplayEvents
    /// Deletes events that nobody waits for.
    POST "/events/purge" PurgeEvents
    /// One event.
    GET "/events/{id}" ReadEvent
    /// Delivers one event again.
    POST "/events/{id}/replay" ReplayEvent
    /// Config maps, secrets, subscriptions and API rules.
    GET "/objects" ListObjects
    /// One of them.
    GET "/namespaces/{namespace}/objects/{kind}/{name}" ReadObject
    /// Deletes one of them.
    DELETE "/namespaces/{namespace}/objects/{kind}/{name}" DeleteObject
    /// Keys of a function, or their changes.
    GET "/namespaces/{namespace}/functions/{name}/kv" ListKeys
    /// A key with its value.
    GET "/namespaces/{namespace}/functions/{name}/kv/{key}" ReadKey
    /// Sets a key.
    PUT "/namespaces/{namespace}/functions/{name}/kv/{key}" WriteKey
    /// Deletes a key.
    DELETE "/namespaces/{namespace}/functions/{name}/kv/{key}" DeleteKey
    /// Objects of a function.
    GET "/namespaces/{namespace}/functions/{name}/objects" ListStoredObjects
    /// Bytes of an object.
    GET "/namespaces/{namespace}/functions/{name}/objects/{object}" ReadStoredObject
    /// Stores an object.
    PUT "/namespaces/{namespace}/functions/{name}/objects/{object}" WriteStoredObject
    /// Deletes an object.
    DELETE "/namespaces/{namespace}/functions/{name}/objects/{object}" DeleteStoredObject
    /// Deletes keys and objects of a function.
    DELETE "/namespaces/{namespace}/functions/{name}/data" PurgeData
    /// Messages on a subject as they come.
    GET "/messages" Subscribe
    /// Publishes a message.
    POST "/messages" PublishMessage
    /// Sends a message and answers with its answer.
    POST "/requests" RequestMessage
}

/// The variable segments of a path, in their order, as they were sent.
pub type Segments<'a> = Vec<&'a str>;

/// No operation has this method and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoute {
    /// Methods that the path has; none where there is no such path.
    pub allowed: Vec<&'static str>,
}

impl Operation {
    /// The operation that `method` and `path` mean. `HEAD` is `GET` whose body is not sent.
    ///
    /// # Errors
    /// [`NoRoute`] where there is none.
    pub fn find<'a>(method: &Method, path: &'a str) -> Result<(Self, Segments<'a>), NoRoute> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let mut allowed = Vec::new();
        for route in ROUTES {
            if let Some(segments) = matches(route.path, path) {
                if route.method == method {
                    return Ok((route.operation, segments));
                }
                allowed.push(route.method.as_str());
            }
        }
        Err(NoRoute { allowed })
    }

    /// Row of the table.
    pub fn route(self) -> &'static Route {
        &ROUTES[self as usize]
    }
}

/// The segments in braces where `path` matches `pattern`.
fn matches<'a>(pattern: &str, path: &'a str) -> Option<Segments<'a>> {
    let mut found = Vec::new();
    let mut path = path.split('/');
    for expected in pattern.split('/') {
        let segment = path.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            found.push(segment);
        } else if expected != segment {
            return None;
        }
    }
    path.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_operation_and_segments() {
        let path = "/api/v1/namespaces/shop/functions/order/revisions/3";
        let (operation, segments) = Operation::find(&Method::GET, path).unwrap();
        assert_eq!(operation, Operation::ReadRevision);
        assert_eq!(segments, ["shop", "order", "3"]);
    }

    #[test]
    fn an_operation_finds_its_route() {
        for route in ROUTES {
            assert_eq!(route.operation.route().path, route.path);
        }
    }

    #[test]
    fn what_is_not_in_the_table_has_no_methods_and_other_methods_are_named() {
        for path in ["/", "/api/v1", "/api/v1/info/", "/api/v1/namespaces//functions/x"] {
            let none = Operation::find(&Method::GET, path);
            assert_eq!(none, Err(NoRoute { allowed: vec![] }), "{path}");
        }
        let other = Operation::find(&Method::POST, "/api/v1/info");
        assert_eq!(other, Err(NoRoute { allowed: vec!["GET"] }));
        assert_eq!(Operation::find(&Method::HEAD, "/api/v1/info").unwrap().0, Operation::Info);
    }
}
