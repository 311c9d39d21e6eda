//! `avocet delete`.

use http::Method;

use crate::api::{self, Api};
use crate::cli::{Delete, DeleteWhat};
use crate::print;

/// Deletes the functions, one after the other; stops at the first that cannot be.
pub(crate) async fn run(args: &Delete) -> anyhow::Result<()> {
    let DeleteWhat::Function { names, remote } = &args.what;
    let api = Api::of(remote)?;
    for name in names {
        api.call(Method::DELETE, &api::function_path(&remote.namespace, name, ""), None).await?;
        print::lines([format!("deleted  {}/{name}", remote.namespace)])?;
    }
    Ok(())
}
