//! The API's routes as a table, which a test holds against the OpenAPI document.

use http::Method;

use super::Problem;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Info,
    Health,
    Metrics,
    OpenApi,
    Apply,
    ListNamespaces,
    ListFunctions,
    ReadFunction,
    DeleteFunction,
    ReadFunctionState,
    ListRevisions,
    ReadRevision,
    RollbackFunction,
    SleepFunction,
    WakeFunction,
    ReadLogs,
    ListObjects,
    ReadObject,
    DeleteObject,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Route {
    pub method: Method,
    /// Segments in braces match anything but a slash.
    pub path: &'static str,
    pub operation: Operation,
}

macro_rules! routes {
    ($($method:ident $path:literal $operation:ident)*) => {
        /// Every route.
        pub(crate) static ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: concat!("/api/v1", $path),
            operation: Operation::$operation,
        }),*];
    };
}

routes! {
    GET "/info" Info
    GET "/health" Health
    GET "/metrics" Metrics
    GET "/openapi.json" OpenApi
    POST "/apply" Apply
    GET "/namespaces" ListNamespaces
    GET "/functions" ListFunctions
    GET "/namespaces/{namespace}/functions/{name}" ReadFunction
    DELETE "/namespaces/{namespace}/functions/{name}" DeleteFunction
    GET "/namespaces/{namespace}/functions/{name}/state" ReadFunctionState
    GET "/namespaces/{namespace}/functions/{name}/revisions" ListRevisions
    GET "/namespaces/{namespace}/functions/{name}/revisions/{revision}" ReadRevision
    POST "/namespaces/{namespace}/functions/{name}/rollback" RollbackFunction
    POST "/namespaces/{namespace}/functions/{name}/sleep" SleepFunction
    POST "/namespaces/{namespace}/functions/{name}/wake" WakeFunction
    GET "/logs" ReadLogs
    GET "/objects" ListObjects
    GET "/namespaces/{namespace}/objects/{kind}/{name}" ReadObject
    DELETE "/namespaces/{namespace}/objects/{kind}/{name}" DeleteObject
}

/// The variable segments of a path, in their order.
pub(super) type Segments<'a> = Vec<&'a str>;

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

/// The operation that `method` and `path` mean. `HEAD` is `GET` whose body is not sent.
pub(super) fn route<'a>(
    method: &Method,
    path: &'a str,
) -> Result<(Operation, Segments<'a>), Problem> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let mut others = Vec::new();
    for route in ROUTES {
        if let Some(segments) = matches(route.path, path) {
            if route.method == method {
                return Ok((route.operation, segments));
            }
            others.push(route.method.as_str());
        }
    }
    if others.is_empty() {
        let detail = format!("no such path: {path}; /api/v1/openapi.json lists all");
        return Err(Problem::not_found(detail));
    }
    Err(Problem::method_not_allowed(&others.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_operation_and_segments() {
        let path = "/api/v1/namespaces/shop/functions/order/revisions/3";
        let (operation, segments) = route(&Method::GET, path).unwrap();
        assert_eq!(operation, Operation::ReadRevision);
        assert_eq!(segments, ["shop", "order", "3"]);
    }

    /// `readFunctionState` for [`Operation::ReadFunctionState`].
    fn id(operation: Operation) -> String {
        let name = format!("{operation:?}");
        name[..1].to_lowercase() + &name[1..]
    }

    #[test]
    fn the_table_and_the_openapi_document_have_the_same_routes() {
        let document: serde_json::Value = serde_json::from_str(super::super::OPENAPI).unwrap();
        let mut described: Vec<(String, String, String)> = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                described.push((path.clone(), method.to_uppercase(), id));
                let parameters = operation["parameters"].as_array();
                let in_path = |p: &&serde_json::Value| p["in"] == "path";
                let named: Vec<_> = parameters.into_iter().flatten().filter(in_path).collect();
                assert_eq!(named.len(), path.matches('{').count(), "parameters of {path}");
            }
        }
        let own = |r: &Route| (r.path.to_owned(), r.method.to_string(), id(r.operation));
        let mut routes: Vec<_> = ROUTES.iter().map(own).collect();
        described.sort();
        routes.sort();
        assert_eq!(routes, described);
    }

    #[test]
    fn what_is_not_in_the_table_is_404_and_other_methods_are_405() {
        for path in ["/", "/api/v1", "/api/v1/info/", "/api/v1/namespaces//functions/x"] {
            assert_eq!(route(&Method::GET, path).unwrap_err().status, 404, "{path}");
        }
        assert_eq!(route(&Method::POST, "/api/v1/info").unwrap_err().status, 405);
        assert_eq!(route(&Method::HEAD, "/api/v1/info").unwrap().0, Operation::Info);
    }
}
