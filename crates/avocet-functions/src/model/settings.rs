//! Settings of a function's limits, and where each is set.

use serde::{Deserialize, Serialize};

use super::{Engine, Memory};

/// Settings by the function's author; what is absent has its default (see [`LimitSetting`]).
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
    /// Limit from a value that [`BODY`] read.
    pub fn from_setting(value: u64) -> Self {
        if value == STREAM { Self::Stream } else { Self::Bytes(value) }
    }

    pub(super) fn to_setting(self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Stream => STREAM,
        }
    }
}

/// Value of the word `stream` where [`BODY`] reads it.
const STREAM: u64 = u64::MAX;

/// Most instances that can be asked for.
pub const MAX_INSTANCES: u32 = 1000;

/// Unit of a setting.
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
        /// Unit that it should be in.
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
    /// Notation of a value, for messages.
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

    pub(super) fn pick<'a>(
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
