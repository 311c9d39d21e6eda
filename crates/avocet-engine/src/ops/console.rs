//! Console output and error reports.

use avocet_v8::{HandleScope, Local, Value};

use super::results::OpError;
use crate::embedder::Level;
use crate::error::describe;
use crate::state::State;

pub(super) fn print(
    scope: &mut HandleScope<'_>,
    level: String,
    text: String,
) -> Result<(), OpError> {
    let level = level.parse::<Level>()?;
    State::of(scope).embedder.print(level, &text);
    Ok(())
}

impl std::str::FromStr for Level {
    type Err = OpError;

    fn from_str(text: &str) -> Result<Self, OpError> {
        Ok(match text {
            "debug" => Self::Debug,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => return Err(OpError::type_error("level must be debug, info, warn or error")),
        })
    }
}

pub(super) fn error_report<'s>(scope: &mut HandleScope<'s>, error: Local<'s, Value>) -> String {
    describe(scope, error).to_string()
}
