//! Paths, host names and API rules: the function that a request reaches, and the platform's own paths.

use serde_json::json;

use super::head;
use crate::support::{function_with, start, start_with};

#[tokio::test]
async fn a_function_sees_its_own_path() {
    for (target, own) in [
        ("/default/echo", "/"),
        ("/default/echo/", "/"),
        ("/default/echo?x=1", "/?x=1"),
        ("/default/echo/a/b%20c?x=1&y", "/a/b%20c?x=1&y"),
        ("/default/echo//a", "//a"),
    ] {
        let head = head(target, "").await;
        assert_eq!(head["u"], own);
        assert_eq!((&head["m"], &head["ip"]), (&json!("GET"), &json!("127.0.0.1")));
    }
}

#[tokio::test]
async fn a_function_is_reached_by_host_name() {
    let running = start().await;
    running.deploy("echo", "head").await;
    for host in
        ["echo.default.example.org", "ECHO.default.localhost:8080", "echo.default.svc.local"]
    {
        let answer = running.call("GET", "/a?b", &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.json()["head"]["u"], "/a?b", "{host}");
    }
    for host in ["echo.default", "echo.other.example.org", "127.0.0.1"] {
        let answer = running.call("GET", "/a?b", &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.status, 404, "{host}");
    }
    let absolute = "http://echo.default.example.org/a";
    assert_eq!(running.get(absolute).await.json()["head"]["u"], "/a");
}

#[tokio::test]
async fn api_rules_route_by_host_and_path() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: shop\n\
                spec:\n  hosts: [shop.example.org]\n  service: {name: echo, port: 80}\n  rules:\n\
                \x20 - path: /orders/*\n    methods: [GET]\n    noAuth: true\n";
    let report = running.apply(rule).await;
    assert!(!report.is_refused(), "{report:?}");
    let host = "host: shop.example.org\r\n";
    let answer = running.call("GET", "/orders/7?full", host, b"").await;
    assert_eq!(answer.json()["head"]["u"], "/orders/7?full");
    let posted = running.call("POST", "/orders/7", host, b"x").await;
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
    assert_eq!(posted.text(), "\"/orders/7\" has no route for POST; it has one for GET");
    for closed in ["/other", "/default/echo", "/healthz", "/publish"] {
        assert_eq!(running.call("GET", closed, host, b"").await.status, 404, "{closed}");
    }
    let dotted = "host: SHOP.example.org.:80\r\n";
    assert_eq!(running.call("GET", "/default/echo", dotted, b"").await.status, 404);
    let object = "/api/v1/namespaces/default/objects/apirule/shop";
    assert_eq!(running.admin("DELETE", object, "").await.status, 204);
    assert_eq!(running.call("GET", "/orders/7?full", host, b"").await.status, 404);
}

#[tokio::test]
async fn a_host_whose_routes_ask_for_authentication_is_closed() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: shop\n\
                spec:\n  hosts: [echo.default.example.org]\n  service: {name: echo, port: 80}\n\
                \x20 rules:\n  - path: /*\n    methods: [GET]\n    jwt: {}\n";
    running.apply(rule).await;
    for target in ["/", "/default/echo"] {
        let answer = running.call("GET", target, "host: echo.default.example.org\r\n", b"").await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.text().contains("no open route"), "{}", answer.text());
    }
    // Nor by the function's own addresses.
    for (target, host) in [("/default/echo", "x"), ("/default/echo/healthz", "x"), ("/", OTHER)] {
        let answer = running.call("GET", target, &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.status, 404, "{target} {host}");
    }
    let object = "/api/v1/namespaces/default/objects/apirule/shop";
    assert_eq!(running.admin("DELETE", object, "").await.status, 204);
    assert_eq!(running.get("/default/echo").await.status, 200);
}

/// Host name by which `echo` is reached without any rule.
const OTHER: &str = "echo.default.example.com";

#[tokio::test]
async fn a_guarded_function_is_reached_as_its_rules_say_however_a_path_is_spelt() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let rules = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: open\n\
                 spec:\n  hosts: [shop.example.org]\n  service: {name: echo, port: 80}\n  rules:\n\
                 \x20 - path: /*\n    methods: [GET]\n    noAuth: true\n---\n\
                 apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata:\n  name: shut\n\
                 spec:\n  hosts: [shop.example.org]\n  service: {name: echo, port: 80}\n  rules:\n\
                 \x20 - path: /admin/*\n    methods: [GET]\n    jwt: {}\n";
    running.apply(rules).await;
    let closed = [
        "/admin/x",
        "/%61dmin/x",
        "/list/%2e%2e/admin/x",
        "/list/../admin/x",
        "//admin/x",
        "/admin%2fx",
        "/list/..%2fadmin/x",
    ];
    let ways = [("shop.example.org", ""), (OTHER, ""), ("localhost", "/default/echo")];
    for (host, base) in ways {
        let host = format!("host: {host}\r\n");
        for path in closed {
            let target = format!("{base}{path}");
            let answer = running.call("GET", &target, &host, b"").await;
            assert_eq!(answer.status, 404, "{host}{target}: {}", answer.text());
        }
        let answer = running.call("GET", &format!("{base}/a//b/%2e%2e/%63?x=//"), &host, b"").await;
        assert_eq!(answer.json()["head"]["u"], "/a/c?x=//", "{host}");
        let posted = running.call("POST", &format!("{base}/a"), &host, b"").await;
        assert_ne!(posted.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_host_is_a_name_or_an_address() {
    let running = start().await;
    for (host, status) in [
        ("a b/c@d", 400),
        ("user@localhost", 400),
        ("a/b", 400),
        ("a?b", 400),
        ("localhost:80", 200),
        ("[::1]:80", 200),
        ("", 200),
    ] {
        let answer = running.call("GET", "/healthz", &format!("host: {host}\r\n"), b"").await;
        assert_eq!(answer.status, status, "{host:?}");
    }
}

#[tokio::test]
async fn options_and_the_platforms_paths_never_reach_the_function() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let asked = "access-control-request-method: PUT\r\naccess-control-request-headers: x-a\r\n";
    let answer = running.call("OPTIONS", "/default/f/any", asked, b"").await;
    assert_eq!((answer.status, answer.text()), (200, String::new()));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("x-a"));
    for at in ["", "/default/f"] {
        let health = running.get(&format!("{at}/healthz")).await;
        assert_eq!((health.status, health.text()), (200, "OK".into()));
        assert_eq!(running.get(&format!("{at}/favicon.ico")).await.status, 204);
        let metrics = running.get(&format!("{at}/metrics")).await;
        let line = "function_calls_total{function=\"f\",namespace=\"default\"} 0";
        assert!(metrics.text().lines().any(|own| own == line), "{}", metrics.text());
    }
    assert_eq!(running.call("OPTIONS", "*", "", b"").await.status, 200);
}

#[tokio::test]
async fn without_cors_options_is_the_functions() {
    let running = start().await;
    running.apply(&function_with("f", "text reached", "  cors: false\n")).await;
    let answer = running.call("OPTIONS", "/default/f", "", b"").await;
    assert_eq!((answer.status, answer.text()), (200, "reached".into()));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn what_is_not_there_is_404_with_what_is() {
    let running = start().await;
    assert!(running.get("/default/x").await.text().contains("none is deployed"));
    running.deploy("hello", "text Hello").await;
    let answer = running.get("/default/helo").await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.text(),
        "no function \"helo\" in namespace \"default\"; the nearest is default/hello"
    );
    for (target, text) in [
        ("/", "functions are at /NAMESPACE/FUNCTION"),
        ("/shop/hello", "no function \"hello\" in namespace \"shop\""),
        ("/default/other", "no function \"other\" in namespace \"default\""),
        ("//default/hello", "the path begins with two slashes; functions are at"),
        ("/default//hello", "the path has two slashes in a row; functions are at"),
        ("/default/h%65llo", "a name is written as it is, without percent signs; functions are"),
        ("/hello", "functions are at /NAMESPACE/FUNCTION; no function \"hello\" in namespace"),
        ("/Default/hello", "no function \"hello\" in namespace \"Default\""),
        ("/../default/hello", "no function \"default\" in namespace \"..\""),
    ] {
        let answer = running.get(target).await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.text().starts_with(text), "{target}: {}", answer.text());
        assert!(target == "/hello" || !answer.text().contains("nearest"), "{}", answer.text());
    }
}

#[tokio::test]
async fn healthz_is_503_until_the_first_functions_are_deployed() {
    let running = start_with(|options| options.starting = true).await;
    let answer = running.get("/healthz").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    running.deploy("f", "text Hello").await;
    assert_eq!(running.get("/default/f").await.text(), "Hello");
    running.server.ready();
    assert_eq!(running.get("/healthz").await.status, 200);
}
