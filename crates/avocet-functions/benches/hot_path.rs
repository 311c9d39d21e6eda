//! Costs of the gateway for each request: `cargo bench -p avocet-functions`.
//!
//! Prints nanoseconds per operation, the best of several rounds.

use std::hint::black_box;
use std::time::Instant;

use avocet_frames::head::{Respond, Returned};
use avocet_functions::cloudevents::{Binary, Event, mode};
use avocet_functions::request::{Route, check_body};
use avocet_functions::response::{Cors, answer};
use http::{HeaderMap, HeaderValue};

const PLAIN: [(&str, &str); 5] = [
    ("host", "127.0.0.1:8080"),
    ("user-agent", "wrk/4.2"),
    ("accept", "*/*"),
    ("content-type", "application/json"),
    ("content-length", "48"),
];

const EVENT: [(&str, &str); 6] = [
    ("ce-specversion", "1.0"),
    ("ce-type", "com.example.order.created"),
    ("ce-source", "/cloudevents/spec/pull/123"),
    ("ce-eventtypeversion", "v1"),
    ("ce-id", "A234-1234-1234"),
    ("ce-time", "2020-12-20T13:37:33.647Z"),
];

const STRUCTURED: &str = r#"{"specversion":"1.0","type":"com.example.order.created","source":"/cloudevents/spec/pull/123","id":"A234-1234-1234","time":"2020-12-20T13:37:33.647Z","datacontenttype":"application/json","data":{"order":"4711","items":[1,2,3]}}"#;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.insert(*name, HeaderValue::from_static(value));
    }
    map
}

fn measure<T>(what: &str, mut operation: impl FnMut() -> T) {
    const OPERATIONS: u32 = 200_000;
    let round = |_| {
        let start = Instant::now();
        for _ in 0..OPERATIONS {
            black_box(operation());
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
    };
    let best = (0..9).map(round).fold(f64::INFINITY, f64::min);
    println!("{what:<48} {best:8.1} ns");
}

fn main() {
    let plain = headers(&PLAIN);
    let event = headers(&[&PLAIN[..], &EVENT[..]].concat());
    measure("mode of a plain request", || mode(black_box(&plain)));
    measure("mode of a binary event", || mode(black_box(&event)));
    measure("check of a binary event", || Binary::check(black_box(&event)).is_ok());
    measure("check of a structured event", || {
        Event::from_json(black_box(STRUCTURED.as_bytes())).is_ok()
    });
    measure("kind of a body", || check_body(black_box(&plain), 1 << 20));
    measure("route by path", || Route::from_path(black_box("/shop/orders/7?x=1")).is_some());
    measure("route by host", || {
        Route::from_host(black_box("orders.shop.localhost"), "/").is_some()
    });
    let text = Respond { r: Returned::Text, ..Respond::default() };
    measure("answer of a text", || answer(black_box(&text), Some(5), Cors::AnyOrigin));
    let json = Respond { r: Returned::Json, ..Respond::default() };
    measure("answer of an object", || answer(black_box(&json), Some(5), Cors::AnyOrigin));
}
