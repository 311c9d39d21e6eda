//! Operation that a request asks for.

use avocet_api::{Operation, Segments};
use http::Method;

use super::Problem;

/// The operation that `method` and `path` mean.
pub(super) fn route<'a>(
    method: &Method,
    path: &'a str,
) -> Result<(Operation, Segments<'a>), Problem> {
    Operation::find(method, path).map_err(|none| match &none.allowed[..] {
        [] => Problem::not_found(format!("no such path: {path}; /api/v1/openapi.json lists all")),
        allowed => Problem::method_not_allowed(&allowed.join(", ")),
    })
}
