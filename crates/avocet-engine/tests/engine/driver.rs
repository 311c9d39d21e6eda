//! A loop for the realms of tests: its time passes only when nothing else can happen, and it can be
//! entered again from JavaScript. It uses what every embedder has.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use avocet_engine::embedder::Clock;
use avocet_engine::realm::Realm;
use avocet_engine::run::{self, Ended};
use avocet_engine::v8::{Global, HandleScope, Integer, Local, PromiseResolver, String as JsString};

/// The loop of one realm. Clones are the same loop.
#[derive(Clone, Default)]
pub(crate) struct Driver {
    clock: TestClock,
    sleeping: Arc<Mutex<BTreeMap<(Duration, usize), Sleep>>>,
}

/// A promise that is to be fulfilled with `ms`.
struct Sleep {
    resolver: Global<PromiseResolver>,
    ms: u32,
}

/// Milliseconds that only the loop moves.
#[derive(Clone, Default)]
struct TestClock(Arc<AtomicU64>);

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Reason for which a loop came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LoopEnd {
    /// Nothing is left that could happen.
    Idle,
    /// The condition holds.
    Satisfied,
    /// Execution was terminated.
    Stopped,
}

/// Runs a file of the program as its main one; what it throws is reported as uncaught.
pub(crate) fn main_file(scope: &mut HandleScope<'_>, path: &str) -> Ended {
    avocet_engine::activity::begin(scope, 0);
    let main = Realm::hook(scope, "main").unwrap();
    run::piece(scope, |scope| {
        let path: Local<'_, JsString> = JsString::new(scope, path).unwrap();
        let receiver = avocet_engine::v8::undefined(scope).into();
        main.open(scope).call(scope, receiver, &[path.into()]);
    })
}

impl Driver {
    pub(crate) fn clock(&self) -> Box<dyn Clock> {
        Box::new(self.clock.clone())
    }

    /// Fulfils a promise after some time.
    pub(crate) fn sleep(&self, resolver: Global<PromiseResolver>, ms: u32) {
        let due = self.clock.now() + Duration::from_millis(ms.into());
        let mut sleeping = self.sleeping.lock().unwrap();
        let turn = sleeping.last_key_value().map_or(0, |((_, turn), _)| turn + 1);
        sleeping.insert((due, turn), Sleep { resolver, ms });
    }

    /// Runs until nothing is left that could happen.
    pub(crate) fn run(&self, scope: &mut HandleScope<'_>) -> LoopEnd {
        self.run_until(scope, |_| false)
    }

    /// Runs until `condition` holds, which is asked after each step.
    pub(crate) fn run_until(
        &self,
        scope: &mut HandleScope<'_>,
        mut condition: impl FnMut(&mut HandleScope<'_>) -> bool,
    ) -> LoopEnd {
        loop {
            if run::after(scope) == Ended::Stopped || run::housekeeping(scope) == Ended::Stopped {
                return LoopEnd::Stopped;
            }
            if condition(scope) {
                return LoopEnd::Satisfied;
            }
            let Some(due) = self.next_due(scope) else { return LoopEnd::Idle };
            let now = due.max(self.clock.now());
            self.clock.0.store(now.as_millis() as u64, Ordering::Relaxed);
            while let Some(Sleep { resolver, ms }) = self.pop_due(now) {
                let ended = run::piece(scope, |scope| {
                    let value = Integer::new_from_unsigned(scope, ms).into();
                    resolver.open(scope).resolve(scope, value);
                });
                if ended == Ended::Stopped {
                    return LoopEnd::Stopped;
                }
                if condition(scope) {
                    return LoopEnd::Satisfied;
                }
            }
            // What is started meanwhile waits for the next round.
            while let Some((id, activity)) = Realm::pop_timer(scope, now) {
                if run::fire_timer(scope, id, activity) == Ended::Stopped {
                    return LoopEnd::Stopped;
                }
            }
        }
    }

    fn next_due(&self, scope: &mut HandleScope<'_>) -> Option<Duration> {
        let sleeping = self.sleeping.lock().unwrap();
        let slept = sleeping.first_key_value().map(|((due, _), _)| *due);
        slept.into_iter().chain(Realm::next_timer(scope)).min()
    }

    fn pop_due(&self, now: Duration) -> Option<Sleep> {
        let mut sleeping = self.sleeping.lock().unwrap();
        let first = sleeping.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
