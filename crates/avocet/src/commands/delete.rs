//! `avocet delete`.

use crate::cli::{Delete, DeleteWhat};
use crate::remote::{self, failed as of_client};
use crate::{failure, print};

/// Deletes the functions, one after the other; those that cannot be deleted are printed, and
/// the exit code is that of the last.
pub(crate) async fn run(args: &Delete) -> anyhow::Result<()> {
    let DeleteWhat::Function { names, remote } = &args.what;
    let api = remote::api(remote)?;
    let mut failed = None;
    for name in names {
        match api.delete_function(&remote.namespace, name).await.map_err(of_client) {
            Ok(()) => print::lines([format!("deleted  {}/{name}", remote.namespace)])?,
            Err(error) => {
                if let Some(before) = failed.replace(error) {
                    failure::print(&before);
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}
