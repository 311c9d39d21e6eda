//! `avocet rollback`.

use http::Method;
use serde_json::json;

use crate::api::{self, Api};
use crate::cli::{Rollback, RollbackWhat};
use crate::print::{self, cell};

/// Makes an earlier revision the running one.
pub(crate) async fn run(args: &Rollback) -> anyhow::Result<()> {
    let RollbackWhat::Function { name, revision, remote } = &args.what;
    let body = match revision {
        Some(revision) => json!({ "revision": revision }),
        None => json!({}),
    };
    let path = api::function_path(&remote.namespace, name, "/rollback");
    let answer = Api::of(remote)?.call(Method::POST, &path, Some(&body)).await?.json()?;
    print::lines([format!(
        "rolled back  {}/{name}  revision {}",
        remote.namespace,
        cell(&answer, "revision")
    )])
}
