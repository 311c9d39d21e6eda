//! Amounts of memory and processor, written as Kubernetes writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes, written `64Mi`, `1Gi`, `128M` or as a plain number.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Memory(u64);

impl Memory {
    /// From a number of bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From a number of MiB.
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib * 1024 * 1024)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// Thousandths of a processor, written `150m` or as a number of processors.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Cpu(u32);

impl Cpu {
    /// From thousandths.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// The number of thousandths.
    pub const fn millis(self) -> u32 {
        self.0
    }
}

/// Text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not an amount of memory.
    #[error("{0:?} is not an amount of memory: write it as `128Mi`, `1Gi` or a number of bytes")]
    Memory(String),
    /// Not an amount of processor.
    #[error("{0:?} is not an amount of processor: write it as `250m` (thousandths) or `1`")]
    Cpu(String),
}

/// Suffixes with their factor, the largest first.
const UNITS: [(&str, u64); 10] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
    ("K", 1_000),
    ("", 1),
];

impl FromStr for Memory {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let fail = || QuantityError::Memory(text.chars().take(40).collect());
        let (suffix, factor) = UNITS.iter().find(|(s, _)| text.ends_with(s)).ok_or_else(fail)?;
        let bytes = scaled(&text[..text.len() - suffix.len()], *factor).ok_or_else(fail)?;
        Ok(Self(bytes))
    }
}

impl FromStr for Cpu {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let fail = || QuantityError::Cpu(text.chars().take(40).collect());
        let millis = match text.strip_suffix('m') {
            Some(number) => scaled(number, 1),
            None => scaled(text, 1000),
        };
        millis.and_then(|m| u32::try_from(m).ok()).map(Self).ok_or_else(fail)
    }
}

/// `number` (decimal, no sign, at most 18 characters) times `factor`, rounded up.
fn scaled(number: &str, factor: u64) -> Option<u64> {
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain || number.is_empty() || number.len() > 18 {
        return None;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole = u128::from(whole.parse::<u64>().ok()?) * u128::from(factor);
    let part = u128::from(fraction.parse::<u64>().ok()?) * u128::from(factor);
    let part = part.div_ceil(10u128.pow(fraction.len() as u32));
    u64::try_from(whole + part).ok()
}

impl fmt::Display for Memory {
    /// In the unit that gives the smallest whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.0 >= *factor && self.0.is_multiple_of(*factor);
        let smallest = UNITS.iter().filter(fits).min_by_key(|(_, factor)| self.0 / factor);
        let (suffix, factor) = smallest.unwrap_or(&("", 1));
        write!(f, "{}{suffix}", self.0 / factor)
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 1000 {
            0 => write!(f, "{}", self.0 / 1000),
            _ => write!(f, "{}m", self.0),
        }
    }
}

impl TryFrom<String> for Memory {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, QuantityError> {
        text.parse()
    }
}

impl TryFrom<String> for Cpu {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, QuantityError> {
        text.parse()
    }
}

impl From<Memory> for String {
    fn from(memory: Memory) -> Self {
        memory.to_string()
    }
}

impl From<Cpu> for String {
    fn from(cpu: Cpu) -> Self {
        cpu.to_string()
    }
}
