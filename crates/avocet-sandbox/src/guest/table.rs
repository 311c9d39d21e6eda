// The sandbox's operations by name. `build.rs` reads this list too: only the names and their
// order matter to the snapshot.
operations! {
    const TABLE;
    body_text() = super::respond::body_text;
    body_bytes() = super::respond::body_bytes;
    respond_none(call) = super::respond::respond_none;
    respond_text(call, text) = super::respond::respond_text;
    respond_json(call, json) = super::respond::respond_json;
    respond_bytes(call, view) = super::respond::respond_bytes;
    respond(call, r, status, headers, removed, body, more) = super::respond::respond;
    respond_failed(call, kind, message) = super::respond::respond_failed;
    respond_chunk(call, body) = super::respond::respond_chunk;
    respond_end(call, failure) = super::respond::respond_end;
    log(call, level, text) = super::respond::log;
    current_call() = super::respond::current_call;
    host_call(call, head, body) = super::services::host_call;
    host_wait(call, head, body) = super::services::host_wait;
    fresh_globals() = super::message::fresh_globals;
    script_run(path, source) = super::message::script_run;
    span(call, json) = super::respond::span;
}
