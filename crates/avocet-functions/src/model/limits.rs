//! Limits in force for a function.

use serde::{Deserialize, Serialize};

use super::settings::{BODY, CONCURRENCY, CPU_TIME, LimitSetting, QUEUE, TIMEOUT};
use super::{BodyLimit, Cpu, Engine, Function, Memory, ResolvedEnv};

/// Memory of one isolate where nothing is set.
const DEFAULT_V8_MEMORY: Memory = Memory::from_mib(128);

/// Memory of one Node.js or Python process where nothing is set (the presets' XS and S).
const DEFAULT_PROCESS_MEMORY: Memory = Memory::from_mib(256);

/// Memory and time of a call where nothing is set, of functions that messages call.
const DEFAULT_MESSAGE_MEMORY: Memory = Memory::from_mib(64);
const DEFAULT_MESSAGE_TIMEOUT_MS: u64 = 5000;

/// Instances at the same time where `spec.scaleConfig` and `spec.replicas` say nothing.
const DEFAULT_MAX_INSTANCES: u32 = 4;

/// The limits in force for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Wall-clock time of one call, milliseconds. Over it: 408.
    pub timeout_ms: u64,
    /// Processor time of one call, milliseconds; 0 is no limit of its own. Over it: 408.
    pub cpu_time_ms: u64,
    /// Memory of one instance. Over it: 500.
    pub memory: Memory,
    /// Processor share of one instance, where the function's process can be given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Largest request body. Over it: 413.
    pub body_bytes: BodyLimit,
    /// Calls in flight in one instance.
    pub concurrency: u32,
    /// Calls that wait for their turn. Over it: 503.
    pub queue: u32,
    /// Instances that stay awake; 0 lets the function sleep.
    pub min_instances: u32,
    /// Instances at the same time.
    pub max_instances: u32,
}

impl Function {
    /// Limits in force, as far as plain values set them; see [`Limits::with_env`].
    pub fn limits(&self) -> Limits {
        Limits::of(self)
    }
}

impl Limits {
    /// The limits of `function`: its settings, else the variables of its environment that have a
    /// plain value, else the defaults.
    pub fn of(function: &Function) -> Self {
        Self::build(function, &|name| function.literal(name))
    }

    /// As [`Limits::of`], with variables that come from ConfigMaps and Secrets too.
    pub fn with_env(function: &Function, env: &ResolvedEnv) -> Self {
        Self::build(function, &|name| env.vars.get(name).map(String::as_str))
    }

    fn build<'a>(function: &Function, env: &impl Fn(&str) -> Option<&'a str>) -> Self {
        let engine = function.runtime.engine();
        let set = &function.settings;
        let body = set.body_bytes.map(BodyLimit::to_setting);
        let count = |setting: LimitSetting, value: Option<u32>| {
            setting.pick(value.map(u64::from), engine, env) as u32
        };
        let on_messages = engine == Engine::V8 && !function.triggers.subjects.is_empty();
        let timeout = LimitSetting {
            default: if on_messages { DEFAULT_MESSAGE_TIMEOUT_MS } else { TIMEOUT.default },
            ..TIMEOUT
        };
        let memory = match engine {
            Engine::V8 if on_messages => DEFAULT_MESSAGE_MEMORY,
            Engine::V8 => DEFAULT_V8_MEMORY,
            _ => DEFAULT_PROCESS_MEMORY,
        };
        let min_instances = function.scale.min.unwrap_or(0);
        let max_instances = function.scale.max.unwrap_or(DEFAULT_MAX_INSTANCES.max(min_instances));
        Self {
            timeout_ms: timeout.pick(set.timeout_ms, engine, env),
            cpu_time_ms: CPU_TIME.pick(set.cpu_time_ms, engine, env),
            memory: function.resources.memory_limit().unwrap_or(memory),
            cpu: function.resources.cpu_limit(),
            body_bytes: BodyLimit::from_setting(BODY.pick(body, engine, env)),
            concurrency: count(CONCURRENCY, set.concurrency),
            queue: count(QUEUE, set.queue),
            min_instances,
            max_instances: max_instances.max(1),
        }
    }
}

impl From<Limits> for avocet_frames::head::Limits {
    /// Limits that a worker has to know.
    fn from(limits: Limits) -> Self {
        Self {
            timeout_ms: limits.timeout_ms,
            cpu_ms: limits.cpu_time_ms,
            heap_bytes: limits.memory.bytes(),
            concurrency: limits.concurrency,
            instances: limits.max_instances,
            queue: limits.queue,
        }
    }
}
