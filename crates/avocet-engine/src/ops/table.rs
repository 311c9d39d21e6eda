//! The engine's own operations; a personality's follow them in its table.

use super::{console, hash, modules, system, text, timing, urls};

crate::ops! {
    pub const ENGINE;
    print(level, text) = console::print;
    error_report(error) = console::error_report;
    timer_start(id, ms, repeat) = timing::timer_start;
    timer_stop(id) = timing::timer_stop;
    now() = timing::now;
    random_fill(view) = system::random_fill;
    memory_usage() = system::memory_usage;
    exit(code) = system::exit;
    promise_state(promise) = system::promise_state;
    proxy_target(value) = system::proxy_target;
    digest(algorithm, view) = hash::digest;
    utf8_encode(text) = text::utf8_encode;
    utf8_decode(view, fatal) = text::utf8_decode;
    latin1_decode(view) = text::latin1_decode;
    url_parse(input, base) = urls::url_parse;
    url_set(href, part, value) = urls::url_set;
    part_load(name) = modules::part_load;
    module_resolve(request, from) = modules::module_resolve;
    module_kind(path) = modules::module_kind;
    module_read(path) = modules::module_read;
    module_compile(path, source) = modules::module_compile;
    module_require(path) = modules::module_require;
    module_import(path) = modules::module_import;
}
