//! Limits of a function, and where each is set.

use serde::{Deserialize, Serialize};

use super::{Cpu, Engine, Function, Memory, ResolvedEnv};

/// What the function's author set; what is absent has its default (see [`LimitSetting`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Wall-clock time of one call, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Processor time of one call, milliseconds; 0 is no limit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_time_ms: Option<u64>,
    /// Largest request body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_bytes: Option<BodyLimit>,
    /// Calls in flight in one instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Calls that wait for their turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<u32>,
}

impl Settings {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

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

/// Largest request body of a function, and with it how the body reaches the function. In JSON a
/// number of bytes, or `"stream"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BodyLimitJson", into = "BodyLimitJson")]
pub enum BodyLimit {
    /// Bytes. The function sees the body whole, as `event.data`.
    Bytes(u64),
    /// None: the function reads the body from its request while it arrives, and there is no
    /// `event.data`. For runtimes with a process of their own.
    Stream,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum BodyLimitJson {
    Bytes(u64),
    Word(StreamWord),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StreamWord {
    Stream,
}

impl From<BodyLimitJson> for BodyLimit {
    fn from(json: BodyLimitJson) -> Self {
        match json {
            BodyLimitJson::Bytes(bytes) => Self::Bytes(bytes),
            BodyLimitJson::Word(StreamWord::Stream) => Self::Stream,
        }
    }
}

impl From<BodyLimit> for BodyLimitJson {
    fn from(limit: BodyLimit) -> Self {
        match limit {
            BodyLimit::Bytes(bytes) => Self::Bytes(bytes),
            BodyLimit::Stream => Self::Word(StreamWord::Stream),
        }
    }
}

impl BodyLimit {
    /// What [`BODY`] read.
    pub fn from_setting(value: u64) -> Self {
        if value == STREAM { Self::Stream } else { Self::Bytes(value) }
    }

    fn to_setting(self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Stream => STREAM,
        }
    }
}

/// Value of the word `stream` where [`BODY`] reads it.
const STREAM: u64 = u64::MAX;

/// Memory of one isolate where nothing is set.
pub const DEFAULT_V8_MEMORY: Memory = Memory::from_mib(128);

/// Memory of one Node.js or Python process where nothing is set (the presets' XS and S).
pub const DEFAULT_PROCESS_MEMORY: Memory = Memory::from_mib(256);

/// Instances at the same time where `spec.scaleConfig` and `spec.replicas` say nothing.
pub const DEFAULT_MAX_INSTANCES: u32 = 4;

/// Most instances that can be asked for.
pub const MAX_INSTANCES: u32 = 1000;

/// What a setting is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, with a fraction if need be, or `500ms`, `30s`, `5m`; kept in milliseconds.
    Seconds,
    /// MiB as a plain number, or an amount with its unit (`512Ki`); kept in bytes.
    Mebibytes,
    /// Bytes as a plain number, or an amount with its unit; kept in bytes.
    Bytes,
    /// A number.
    Count,
}

/// One limit: where it is set and what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSetting {
    /// Field under `spec`.
    pub field: &'static str,
    /// Variables of the function's environment that set it too, in order of preference, each with
    /// its unit. The field under `spec` is stronger.
    pub env: &'static [(&'static str, Unit)],
    /// Unit of the field.
    pub unit: Unit,
    /// Smallest value, in the unit in which it is kept.
    pub min: u64,
    /// Largest value, in the unit in which it is kept.
    pub max: u64,
    /// Word that may stand in place of a value, and what it is read as.
    pub word: Option<(&'static str, u64)>,
    /// Default for JavaScript.
    pub default: u64,
    /// Default for Python.
    pub default_python: u64,
    /// One line for people.
    pub about: &'static str,
}

/// `spec.timeout`.
pub const TIMEOUT: LimitSetting = LimitSetting {
    field: "timeout",
    env: &[("FUNC_TIMEOUT", Unit::Seconds)],
    unit: Unit::Seconds,
    min: 1,
    max: 24 * 3600 * 1000,
    word: None,
    default: 180_000,
    default_python: 180_000,
    about: "wall-clock time of one call; over it the caller gets 408",
};

/// `spec.cpuTime`.
pub const CPU_TIME: LimitSetting = LimitSetting {
    field: "cpuTime",
    env: &[],
    unit: Unit::Seconds,
    min: 0,
    max: 24 * 3600 * 1000,
    word: None,
    default: 0,
    default_python: 0,
    about: "processor time of one call, 0 for no limit of its own; over it the caller gets 408",
};

/// `spec.bodyLimit`.
pub const BODY: LimitSetting = LimitSetting {
    field: "bodyLimit",
    env: &[
        ("FUNC_BODY_MB_LIMIT", Unit::Mebibytes),
        ("REQ_MB_LIMIT", Unit::Mebibytes),
        ("FUNC_MEMFILE_MAX", Unit::Bytes),
    ],
    unit: Unit::Mebibytes,
    min: 0,
    max: 100 << 20,
    word: Some(("stream", STREAM)),
    default: 1 << 20,
    default_python: 100 << 20,
    about: "largest request body; over it the caller gets 413; `stream`: none, the function reads \
            it as it arrives",
};

/// `spec.concurrency`.
pub const CONCURRENCY: LimitSetting = LimitSetting {
    field: "concurrency",
    env: &[],
    unit: Unit::Count,
    min: 1,
    max: 10_000,
    word: None,
    default: 256,
    default_python: 50,
    about: "calls in flight in one instance",
};

/// `spec.queue`.
pub const QUEUE: LimitSetting = LimitSetting {
    field: "queue",
    env: &[],
    unit: Unit::Count,
    min: 0,
    max: 100_000,
    word: None,
    default: 1024,
    default_python: 1024,
    about: "calls that wait for their turn; over it the caller gets 503",
};

/// Every limit that is a single number.
pub const LIMIT_SETTINGS: [LimitSetting; 5] = [TIMEOUT, CPU_TIME, BODY, CONCURRENCY, QUEUE];

/// A limit's value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Not a value of this kind.
    #[error("{text:?} is not {expected}", expected = .unit.expected())]
    Unreadable {
        /// The text, cut at 40 characters.
        text: String,
        /// What it should be in.
        unit: Unit,
    },
    /// Outside what is allowed.
    #[error("{value} is outside {min} to {max}")]
    OutOfRange {
        /// The value.
        value: String,
        /// The smallest allowed.
        min: String,
        /// The largest allowed.
        max: String,
    },
}

impl Unit {
    /// What a value looks like, for messages.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Seconds => "a time: write a number of seconds, `500ms`, `30s` or `5m`",
            Self::Mebibytes => "a size: write a number of MB or `512Ki`, `10Mi`",
            Self::Bytes => "a size: write a number of bytes or `512Ki`, `10Mi`",
            Self::Count => "a whole number",
        }
    }

    fn read(self, text: &str) -> Option<u64> {
        let size = |text: &str| text.parse::<Memory>().ok().map(Memory::bytes);
        let plain = !text.ends_with(|c: char| c.is_ascii_alphabetic());
        match self {
            Self::Seconds => read_time(text),
            Self::Mebibytes if plain => size(&format!("{text}Mi")),
            Self::Mebibytes | Self::Bytes => size(text),
            Self::Count => text.parse().ok(),
        }
    }

    fn show(self, value: u64) -> String {
        match self {
            Self::Seconds if value.is_multiple_of(1000) => format!("{}s", value / 1000),
            Self::Seconds => format!("{value}ms"),
            Self::Mebibytes | Self::Bytes => Memory::from_bytes(value).to_string(),
            Self::Count => value.to_string(),
        }
    }
}

fn read_time(text: &str) -> Option<u64> {
    let (number, factor) = match text {
        t if t.ends_with("ms") => (&t[..t.len() - 2], 1.0),
        t if t.ends_with('s') => (&t[..t.len() - 1], 1e3),
        t if t.ends_with('m') => (&t[..t.len() - 1], 60e3),
        t => (t, 1e3),
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: f64 = number.parse().ok().filter(|_| plain && number.len() <= 18)?;
    Some((number * factor).ceil() as u64)
}

impl LimitSetting {
    /// Reads the field's text.
    pub fn read(&self, text: &str) -> Result<u64, LimitError> {
        self.read_as(self.unit, text)
    }

    /// Reads the text of a variable with another unit than the field's.
    pub fn read_as(&self, unit: Unit, text: &str) -> Result<u64, LimitError> {
        let text = text.trim();
        if let Some((word, value)) = self.word
            && text == word
        {
            return Ok(value);
        }
        let value = unit.read(text).ok_or_else(|| LimitError::Unreadable {
            text: text.chars().take(40).collect(),
            unit,
        })?;
        if (self.min..=self.max).contains(&value) {
            return Ok(value);
        }
        let show = |value| self.unit.show(value);
        Err(LimitError::OutOfRange { value: show(value), min: show(self.min), max: show(self.max) })
    }

    /// The setting that the variable `name` of a function's environment belongs to.
    pub fn of_variable(name: &str) -> Option<(Self, Unit)> {
        LIMIT_SETTINGS.into_iter().find_map(|setting| {
            let found = setting.env.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, unit)| (setting, *unit))
        })
    }

    fn pick<'a>(
        &self,
        set: Option<u64>,
        engine: Engine,
        env: &impl Fn(&str) -> Option<&'a str>,
    ) -> u64 {
        let variable = |&(name, unit)| env(name).and_then(|v| self.read_as(unit, v).ok());
        set.or_else(|| self.env.iter().find_map(variable)).unwrap_or(match engine {
            Engine::Python => self.default_python,
            _ => self.default,
        })
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
        let memory = match engine {
            Engine::V8 => DEFAULT_V8_MEMORY,
            _ => DEFAULT_PROCESS_MEMORY,
        };
        let min_instances = function.scale.min.unwrap_or(0);
        let max_instances = function.scale.max.unwrap_or(DEFAULT_MAX_INSTANCES.max(min_instances));
        Self {
            timeout_ms: TIMEOUT.pick(set.timeout_ms, engine, env),
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
    /// What a worker needs to know of them.
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
