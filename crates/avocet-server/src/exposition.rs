//! The platform's metrics.

use std::sync::atomic::Ordering::Relaxed;

use avocet_workers::Supervisor;

use crate::life::Life;
use crate::log_sink::Sink;
use crate::metrics::{Exposition, MetricKind};

/// Everything that is counted, as Prometheus text.
pub(crate) fn platform(life: &Life, sink: &Sink) -> String {
    use MetricKind::{Counter, Gauge};
    let routes = life.routes.load();
    let workers: Vec<_> = life.sources.families.supervisors().flat_map(Supervisor::stats).collect();
    let running = workers.iter().filter(|worker| worker.pid.is_some()).count();
    let awake: usize = workers.iter().map(|worker| worker.awake).sum();
    let in_flight: usize = workers.iter().map(|worker| worker.in_flight).sum();
    let heap: u64 = workers.iter().map(|worker| worker.heap_bytes).sum();
    let logs = life.logs.counts();
    let mut text = Exposition::default();
    let deployed = routes.functions().count() as u64;
    text.single("avocet_functions", Gauge, "Functions deployed.", deployed);
    text.single("avocet_functions_awake", Gauge, "Functions that are loaded.", awake as u64);
    let wakes = sink.wakes.load(Relaxed);
    text.single("avocet_function_loads_total", Counter, "Functions that were loaded.", wakes);
    text.single("avocet_workers", Gauge, "Worker processes that hold functions.", running as u64);
    let help = "Worker processes that ended unasked.";
    text.single("avocet_worker_restarts_total", Counter, help, sink.deaths.load(Relaxed));
    let help = "JavaScript heap in use over all workers, as they last said.";
    text.single("avocet_worker_heap_bytes", Gauge, help, heap);
    let help = "Calls that are not answered yet, waiting ones included.";
    text.single("avocet_calls_in_flight", Gauge, help, in_flight as u64);
    text.single("avocet_log_lines_total", Counter, "Log lines taken.", logs.accepted);
    let help = "Log lines that were dropped.";
    text.single("avocet_log_lines_dropped_total", Counter, help, logs.dropped);
    let help = "Log lines that wait to be stored.";
    text.single("avocet_log_lines_waiting", Gauge, help, logs.waiting);
    let mut functions: Vec<_> = routes.functions().collect();
    functions.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    text.functions(functions.iter().map(|f| (f.name.namespace(), f.name.name(), &*f.metrics)));
    text.finish()
}
