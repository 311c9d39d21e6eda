//! `avocet delete`.

use http::Method;

use crate::api::{self, Api};
use crate::cli::{Delete, DeleteWhat};
use crate::{failure, print};

/// Deletes the functions, one after the other; of those that cannot be deleted each is told, and
/// the exit code is that of the last.
pub(crate) async fn run(args: &Delete) -> anyhow::Result<()> {
    let DeleteWhat::Function { names, remote } = &args.what;
    let api = Api::of(remote)?;
    let mut failed = None;
    for name in names {
        let path = api::function_path(&remote.namespace, name, "");
        match api.call(Method::DELETE, &path, None).await {
            Ok(_) => print::lines([format!("deleted  {}/{name}", remote.namespace)])?,
            Err(error) => {
                if let Some(before) = failed.replace(error) {
                    failure::print(&before);
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}
