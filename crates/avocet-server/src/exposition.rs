//! The platform's metrics.

use std::sync::atomic::Ordering::Relaxed;

use avocet_workers::Supervisor;

use crate::delivery::{Bus, Totals};
use crate::life::Life;
use crate::log_sink::Sink;
use crate::metrics::{Exposition, MetricKind};

/// Everything that is counted, as Prometheus text. `body_bytes` is what request bodies take.
pub(crate) fn platform(
    life: &Life,
    sink: &Sink,
    events: (&Bus, &Totals),
    body_bytes: usize,
) -> String {
    use MetricKind::{Counter, Gauge};
    let routes = life.routes.load();
    let workers: Vec<_> =
        life.sources.families.supervisors().iter().flat_map(Supervisor::stats).collect();
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
    let help = "Instances of Node.js and Python functions that were ended for their memory.";
    text.single(
        "avocet_instances_over_memory_total",
        Counter,
        help,
        sink.over_memory.load(Relaxed),
    );
    let (sent, dropped) = sink.traces.as_ref().map_or((0, 0), |traces| traces.counts());
    text.single("avocet_spans_total", Counter, "Spans that the trace collector took.", sent);
    let help = "Spans that were dropped: too many waited, or the collector did not take them.";
    text.single("avocet_spans_dropped_total", Counter, help, dropped);
    let help = "Memory in use over all workers: the JavaScript heap of v8, what processes have of their own.";
    text.single("avocet_worker_heap_bytes", Gauge, help, heap);
    let help = "Calls that are not answered yet, waiting ones included.";
    text.single("avocet_calls_in_flight", Gauge, help, in_flight as u64);
    let help = "Calls that wait for a function that is being deployed for the first time.";
    text.single("avocet_calls_before_deploy", Gauge, help, life.arrivals.waiting() as u64);
    let help = "Memory for request bodies of more than 64 KiB, and for those that functions read as streams.";
    text.single("avocet_request_body_bytes", Gauge, help, body_bytes as u64);
    text.single("avocet_log_lines_total", Counter, "Log lines taken.", logs.accepted);
    let help = "Log lines that were dropped.";
    text.single("avocet_log_lines_dropped_total", Counter, help, logs.dropped);
    let help = "Log lines that wait to be stored.";
    text.single("avocet_log_lines_waiting", Gauge, help, logs.waiting);
    count_events(&mut text, events);
    let mut functions: Vec<_> = routes.functions().collect();
    functions.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    text.functions(functions.iter().map(|f| (f.name.namespace(), f.name.name(), &*f.metrics)));
    text.finish()
}

/// Events that were published, and what became of them.
fn count_events(text: &mut Exposition, (bus, totals): (&Bus, &Totals)) {
    let mut count = |name, help, count| text.single(name, MetricKind::Counter, help, count);
    let help = "Events that were accepted.";
    count("avocet_events_published_total", help, bus.published.load(Relaxed));
    let help = "Events that were published again within the window for duplicates.";
    count("avocet_events_duplicate_total", help, bus.duplicates.load(Relaxed));
    let help = "Events that the store did not take.";
    count("avocet_events_refused_total", help, bus.refused.load(Relaxed));
    let help = "Events that a subscriber took.";
    count("avocet_deliveries_total", help, totals.delivered.load(Relaxed));
    let help = "Deliveries that failed or were refused.";
    count("avocet_delivery_failures_total", help, totals.failed.load(Relaxed));
    let help = "Events that became dead for a subscriber.";
    count("avocet_events_dead_total", help, totals.dead.load(Relaxed));
}
