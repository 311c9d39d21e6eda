//! Counters of functions and of the platform, and their Prometheus text.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the duration histogram's buckets, in microseconds.
const BUCKETS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000, 60_000_000,
];

/// Help of the duration metrics.
const DURATION: &str = "Time from a request's complete body to its answer's head.";

/// Counters of one function, over all its revisions since the platform started.
#[derive(Debug, Default)]
pub(crate) struct FunctionMetrics {
    failures: AtomicU64,
    /// Calls by duration; the last one is everything slower than the last bound.
    durations: [AtomicU64; BUCKETS.len() + 1],
    total_micros: AtomicU64,
    breaches: [AtomicU64; Breach::ALL.len()],
    /// Keeps calls that were refused from filling the log.
    pub(crate) refused: Refused,
}

/// Limit of a function that a call exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    /// The body's size (413).
    Body,
    /// Calls at the same time, and those that wait (503).
    Concurrency,
    /// The processor time of a call (408).
    Cpu,
    /// The memory of an instance (500).
    Memory,
    /// The time of a call (408).
    Timeout,
}

impl Breach {
    /// All, in the order of their places.
    pub(crate) const ALL: [Self; 5] =
        [Self::Body, Self::Concurrency, Self::Cpu, Self::Memory, Self::Timeout];

    fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Concurrency => "concurrency",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Timeout => "timeout",
        }
    }
}

/// Log lines about calls that a function never got, by why.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    pub(crate) body: OncePerSecond,
    pub(crate) overload: OncePerSecond,
    pub(crate) not_loaded: OncePerSecond,
    /// Calls that were not refused, with a warning in the log.
    pub(crate) warned: OncePerSecond,
}

/// Lets one of many through in each second, and counts the others.
#[derive(Debug, Default)]
pub(crate) struct OncePerSecond {
    last: AtomicU64,
    others: AtomicU64,
}

impl OncePerSecond {
    /// Number of those that were not let through since the last one that was, where this one is.
    pub(crate) fn admit(&self, second: u64) -> Option<u64> {
        let last = self.last.load(Relaxed);
        let first =
            second > last && self.last.compare_exchange(last, second, Relaxed, Relaxed).is_ok();
        if first {
            return Some(self.others.swap(0, Relaxed));
        }
        self.others.fetch_add(1, Relaxed);
        None
    }
}

impl FunctionMetrics {
    /// Counts one finished call.
    pub(crate) fn count(&self, took: Duration, failed: bool) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|bound| micros <= *bound);
        self.durations[bucket.unwrap_or(BUCKETS.len())].fetch_add(1, Relaxed);
        self.total_micros.fetch_add(micros, Relaxed);
        if failed {
            self.failures.fetch_add(1, Relaxed);
        }
    }

    /// Counts a call that exceeded a limit.
    pub(crate) fn breach(&self, breach: Breach) {
        self.breaches[breach as usize].fetch_add(1, Relaxed);
    }

    /// Calls so far that exceeded a limit.
    pub(crate) fn breaches(&self, breach: Breach) -> u64 {
        self.breaches[breach as usize].load(Relaxed)
    }

    /// Calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.durations.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// Calls so far that failed.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }
}

/// A Prometheus text (exposition format 0.0.4) that is being written.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

/// Type of a metric.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MetricKind {
    Counter,
    Gauge,
    Histogram,
}

impl Exposition {
    pub(crate) fn head(&mut self, name: &str, kind: MetricKind, help: &str) {
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    pub(crate) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// A metric without labels.
    pub(crate) fn single(&mut self, name: &str, kind: MetricKind, help: &str, value: u64) {
        self.head(name, kind, help);
        self.line(format_args!("{name} {value}"));
    }

    /// The three metrics of each function. Names and namespaces are DNS labels and need no
    /// escaping.
    pub(crate) fn functions<'a>(
        &mut self,
        functions: impl Iterator<Item = (&'a str, &'a str, &'a FunctionMetrics)> + Clone,
    ) {
        let name = "function_calls_total";
        self.head(name, MetricKind::Counter, "Calls of the function.");
        for (namespace, function, of) in functions.clone() {
            let value = of.calls();
            self.line(format_args!(
                "{name}{{function=\"{function}\",namespace=\"{namespace}\"}} {value}"
            ));
        }
        let name = "function_failures_total";
        self.head(name, MetricKind::Counter, "Calls that were answered with 408 or 5xx.");
        for (namespace, function, of) in functions.clone() {
            let value = of.failures();
            self.line(format_args!(
                "{name}{{function=\"{function}\",namespace=\"{namespace}\"}} {value}"
            ));
        }
        self.breaches(functions.clone());
        self.head("function_duration_seconds", MetricKind::Histogram, DURATION);
        for (namespace, function, of) in functions {
            let labels = format!("function=\"{function}\",namespace=\"{namespace}\"");
            self.durations("function_duration_seconds", &labels, of, |micros| {
                Duration::from_micros(micros).as_secs_f64()
            });
        }
    }

    /// The durations once more as the cluster's runtime images name them, its spelling included.
    pub(crate) fn durations_in_milliseconds<'a>(
        &mut self,
        functions: impl Iterator<Item = (&'a str, &'a str, &'a FunctionMetrics)>,
    ) {
        let name = "function_duration_miliseconds";
        self.head(name, MetricKind::Histogram, DURATION);
        for (namespace, function, of) in functions {
            let labels = format!("function=\"{function}\",namespace=\"{namespace}\"");
            self.durations(name, &labels, of, |micros| micros as f64 / 1000.0);
        }
    }

    /// Number of breaches of each limit; most limits were never exceeded, and have no line.
    fn breaches<'a>(
        &mut self,
        functions: impl Iterator<Item = (&'a str, &'a str, &'a FunctionMetrics)>,
    ) {
        let name = "function_limit_breaches_total";
        self.head(name, MetricKind::Counter, "Calls that met a limit of the function.");
        for (namespace, function, of) in functions {
            for breach in Breach::ALL {
                let count = of.breaches(breach);
                if count > 0 {
                    let limit = breach.name();
                    self.line(format_args!(
                        "{name}{{function=\"{function}\",namespace=\"{namespace}\",\
                         limit=\"{limit}\"}} {count}"
                    ));
                }
            }
        }
    }

    fn durations(
        &mut self,
        name: &str,
        labels: &str,
        of: &FunctionMetrics,
        in_unit: impl Fn(u64) -> f64,
    ) {
        // Functions that were never called are many: one line says enough of them.
        let calls = of.calls();
        if calls > 0 {
            let mut below = 0;
            for (bound, bucket) in BUCKETS.iter().zip(&of.durations) {
                below += bucket.load(Relaxed);
                let bound = in_unit(*bound);
                self.line(format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {below}"));
            }
        }
        let total = in_unit(of.total_micros.load(Relaxed));
        self.line(format_args!("{name}_bucket{{{labels},le=\"+Inf\"}} {calls}"));
        self.line(format_args!("{name}_sum{{{labels}}} {total}"));
        self.line(format_args!("{name}_count{{{labels}}} {calls}"));
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_each_second_with_a_count() {
        let flood = OncePerSecond::default();
        assert_eq!([7, 7, 7, 6].map(|second| flood.admit(second)), [Some(0), None, None, None]);
        assert_eq!(
            [8, 8, 10, 11].map(|second| flood.admit(second)),
            [Some(3), None, Some(1), Some(0)]
        );
    }

    #[test]
    fn a_duration_counts_in_its_bucket_and_every_wider_one() {
        let of = FunctionMetrics::default();
        of.count(Duration::from_micros(400), false);
        of.count(Duration::from_millis(3), true);
        of.count(Duration::from_secs(90), false);
        of.breach(Breach::Memory);
        let mut text = Exposition::default();
        text.functions([("shop", "order", &of)].into_iter());
        text.durations_in_milliseconds([("shop", "order", &of)].into_iter());
        let text = text.finish();
        let has = |line: &str| text.lines().any(|l| l == line);
        let labels = "function=\"order\",namespace=\"shop\"";
        assert!(has(&format!("function_calls_total{{{labels}}} 3")), "{text}");
        assert!(has(&format!("function_failures_total{{{labels}}} 1")), "{text}");
        let name = "function_duration_seconds";
        assert!(has(&format!("{name}_bucket{{{labels},le=\"0.0005\"}} 1")), "{text}");
        assert!(has(&format!("{name}_bucket{{{labels},le=\"0.0025\"}} 1")), "{text}");
        assert!(has(&format!("{name}_bucket{{{labels},le=\"0.005\"}} 2")), "{text}");
        assert!(has(&format!("{name}_bucket{{{labels},le=\"60\"}} 2")), "{text}");
        assert!(has(&format!("{name}_bucket{{{labels},le=\"+Inf\"}} 3")), "{text}");
        assert!(has(&format!("{name}_sum{{{labels}}} 90.0034")), "{text}");
        let name = "function_duration_miliseconds";
        assert!(has(&format!("{name}_bucket{{{labels},le=\"0.5\"}} 1")), "{text}");
        assert!(has(&format!("{name}_bucket{{{labels},le=\"60000\"}} 2")), "{text}");
        assert!(has(&format!("{name}_sum{{{labels}}} 90003.4")), "{text}");
        let met = text.lines().filter(|line| line.starts_with("function_limit_breaches_total{"));
        let met: Vec<&str> = met.collect();
        let memory = format!("function_limit_breaches_total{{{labels},limit=\"memory\"}} 1");
        assert_eq!(met, [memory]);
    }
}
