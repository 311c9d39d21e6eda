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
    let (namespace, now) = (&remote.namespace, cell(&answer, "revision"));
    print::lines([match answer["revision"] == answer["previous"] {
        true => format!("unchanged  {namespace}/{name}  revision {now} is the running one"),
        false => format!("rolled back  {namespace}/{name}  revision {now}"),
    }])
}
