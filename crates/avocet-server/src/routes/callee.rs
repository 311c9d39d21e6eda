//! A function as far as it is known before it can be called.

use avocet_functions::model::{BodyLimit, FunctionName};

use super::arriving::Arriving;
use super::function::Function;
use crate::metrics::FunctionMetrics;

/// Common part of a deployed function and an arriving one.
#[derive(Clone, Copy)]
pub(crate) struct Callee<'a> {
    pub name: &'a FunctionName,
    /// Revision; 0 where none is deployed yet.
    pub revision: u64,
    /// Answer to `OPTIONS`; as [`Function::cors`].
    pub cors: bool,
    /// As [`Function::body_limit`].
    pub body_limit: BodyLimit,
    pub metrics: &'a FunctionMetrics,
}

impl<'a> From<&'a Function> for Callee<'a> {
    fn from(function: &'a Function) -> Self {
        let Function { name, revision, cors, body_limit, metrics, .. } = function;
        let (revision, cors, body_limit) = (*revision, *cors, *body_limit);
        Self { name, revision, cors, body_limit, metrics }
    }
}

impl<'a> From<&'a Arriving> for Callee<'a> {
    fn from(arriving: &'a Arriving) -> Self {
        let Arriving { name, cors, body_limit, metrics, .. } = arriving;
        Self { name, revision: 0, cors: *cors, body_limit: *body_limit, metrics }
    }
}
