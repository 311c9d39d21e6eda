//! Resources that a function asks for and may use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Cpu, Memory};

/// `spec.resourceConfiguration.function`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resources {
    /// A preset; single amounts below replace its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Amounts set aside for the function.
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    pub requests: Amounts,
    /// Amounts that it may use at most.
    #[serde(skip_serializing_if = "Amounts::is_empty")]
    pub limits: Amounts,
}

impl Resources {
    /// The memory limit, where the amounts or the preset give one.
    pub fn memory_limit(&self) -> Option<Memory> {
        self.limits.memory.or_else(|| self.profile.map(|p| p.limits().1))
    }

    /// The processor limit, where the amounts or the preset give one.
    pub fn cpu_limit(&self) -> Option<Cpu> {
        self.limits.cpu.or_else(|| self.profile.map(|p| p.limits().0))
    }

    /// The memory set aside, where the amounts or the preset give some.
    pub fn memory_request(&self) -> Option<Memory> {
        self.requests.memory.or_else(|| self.profile.map(|p| p.requests().1))
    }

    /// The processor set aside, where the amounts or the preset give some.
    pub fn cpu_request(&self) -> Option<Cpu> {
        self.requests.cpu.or_else(|| self.profile.map(|p| p.requests().0))
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An amount of each resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amounts {
    /// Processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

impl Amounts {
    fn is_empty(&self) -> bool {
        self.cpu.is_none() && self.memory.is_none()
    }
}

/// A preset of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// 50m, 64Mi – 150m, 256Mi.
    XS,
    /// 100m, 128Mi – 200m, 256Mi.
    S,
    /// 200m, 256Mi – 400m, 512Mi.
    M,
    /// 400m, 512Mi – 800m, 1Gi.
    L,
    /// 800m, 1Gi – 1600m, 2Gi.
    XL,
}

impl Profile {
    /// All presets, the smallest first.
    pub const ALL: [Self; 5] = [Self::XS, Self::S, Self::M, Self::L, Self::XL];

    /// Name of the profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XS => "XS",
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
            Self::XL => "XL",
        }
    }

    /// Amounts that the profile sets aside.
    pub const fn requests(self) -> (Cpu, Memory) {
        let (cpu, mib) = match self {
            Self::XS => (50, 64),
            Self::S => (100, 128),
            Self::M => (200, 256),
            Self::L => (400, 512),
            Self::XL => (800, 1024),
        };
        (Cpu::from_millis(cpu), Memory::from_mib(mib))
    }

    /// Limits of the profile.
    pub const fn limits(self) -> (Cpu, Memory) {
        let (cpu, mib) = match self {
            Self::XS => (150, 256),
            Self::S => (200, 256),
            Self::M => (400, 512),
            Self::L => (800, 1024),
            Self::XL => (1600, 2048),
        };
        (Cpu::from_millis(cpu), Memory::from_mib(mib))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Text that is no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {0:?}: allowed are XS, S, M, L, XL")]
pub struct ProfileError(pub String);

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(name: &str) -> Result<Self, ProfileError> {
        let found = Self::ALL.into_iter().find(|p| p.name() == name);
        found.ok_or_else(|| ProfileError(name.chars().take(40).collect()))
    }
}
