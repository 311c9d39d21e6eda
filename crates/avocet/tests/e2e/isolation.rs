//! Effect of one function on the others: none.

use std::thread;

use crate::kit::http::{self, exchange};
use crate::kit::server::Server;
use crate::kit::write_function;

/// Functions `bad`, with this source, and `good`, on one server.
fn serve(source: &str, settings: &str) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    write_function(folder.path(), "bad", source, settings);
    write_function(folder.path(), "good", "exports.main = () => 'good';", "");
    let server = Server::start(&folder.path().join("data"), &[folder.path()], &[]);
    (folder, server)
}

#[test]
fn a_loop_holds_up_nobody_else() {
    let source = "exports.main = (event) => {\n\
                  if (event.extensions.request.path !== '/loop') return 'quick';\n\
                  console.log('looping');\n\
                  for (;;);\n};\n";
    let (_folder, server) = serve(source, "  timeout: 600\n");
    let log = server.follow("bad");
    let gateway = server.gateway;
    let request = b"GET /default/bad/loop HTTP/1.1\r\nhost: h\r\n\r\n";
    let looping = thread::spawn(move || exchange(gateway, request, false));
    log.line_where(|line| line.contains("looping"));
    assert_eq!(server.get("good", "/").text(), "good");
    // Another instance of the same function takes its other calls.
    assert_eq!(server.get("bad", "/").text(), "quick");
    assert!(!looping.is_finished());
    server.process.signal("KILL");
    assert!(looping.join().unwrap().is_err());
}

#[test]
fn many_loops_of_one_function_leave_threads_for_the_others() {
    let source = "exports.main = () => { for (;;); };\n";
    let settings = "  timeout: 1\n  scaleConfig:\n    minReplicas: 1\n    maxReplicas: 100\n";
    let (_folder, server) = serve(source, settings);
    let gateway = server.gateway;
    let looping: Vec<_> = (0..80)
        .map(|_| thread::spawn(move || http::get(gateway, "/default/bad/").status))
        .collect();
    while !looping.iter().all(thread::JoinHandle::is_finished) {
        let answer = server.get("good", "/");
        assert_eq!((answer.status, answer.text().as_str()), (200, "good"));
    }
}

#[test]
fn a_leak_and_an_exit_change_nothing_for_others() {
    let source = "exports.main = (event) => {\n\
                  if (event.extensions.request.path === '/exit') process.exit(1);\n\
                  const kept = [];\n\
                  for (;;) kept.push(new Array(1000).fill(kept.length));\n};\n";
    let settings = "  resourceConfiguration:\n    function:\n      resources:\n        limits:\n          memory: 32Mi\n";
    let (_folder, server) = serve(source, settings);
    for path in ["/leak", "/exit", "/leak"] {
        assert_eq!(server.get("bad", path).status, 500, "{path}");
        assert_eq!(server.get("good", "/").text(), "good", "after {path}");
    }
}

#[test]
fn a_caller_that_leaves_does_not_hurt() {
    let source =
        "exports.main = () => {\nconsole.log('begun');\nreturn new Promise(() => {});\n};\n";
    let (_folder, server) = serve(source, "");
    let log = server.follow("bad");
    let gateway = server.gateway;
    for _ in 0..3 {
        let socket = std::net::TcpStream::connect(gateway).unwrap();
        std::io::Write::write_all(&mut &socket, b"GET /default/bad/ HTTP/1.1\r\nhost: h\r\n\r\n")
            .unwrap();
        log.line_where(|line| line.contains("begun"));
        drop(socket);
    }
    assert_eq!(http::get(gateway, "/default/good/").text(), "good");
}
