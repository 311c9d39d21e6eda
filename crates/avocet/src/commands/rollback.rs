//! `avocet rollback`.

use avocet_api::RollbackRequest;

use crate::cli::{Rollback, RollbackFunction, RollbackWhat};
use crate::failure::{Exit, Failure};
use crate::print;
use crate::remote::{self, failed};

/// Makes an earlier revision the running one.
pub(crate) async fn run(args: &Rollback) -> anyhow::Result<()> {
    let (name, revision, remote) = match &args.what {
        Some(RollbackWhat::Function(RollbackFunction { name, revision, remote })) => {
            (Some(name), revision, remote)
        }
        None => (args.name.as_ref(), &args.revision, &args.remote),
    };
    let Some(name) = name else {
        return Err(Failure::new(Exit::Usage, "which function?").into());
    };
    let (api, namespace) = (remote::api(remote)?, &remote.namespace);
    let to = RollbackRequest { revision: *revision };
    let report = api.roll_back(namespace, name, to).await.map_err(failed)?;
    let now = report.revision;
    print::lines([match now == report.previous {
        true => format!("unchanged  {namespace}/{name}  revision {now} is the running one"),
        false => format!("rolled back  {namespace}/{name}  revision {now}"),
    }])
}
