//! `avocet delete`.

use avocet_api::client::{Api, ClientError};

use crate::cli::{Delete, DeleteWhat, Named};
use crate::failure::{Exit, Failure};
use crate::remote::{self, failed as of_client};
use crate::{failure, print};

/// Deletes what is named, one after the other; what cannot be deleted is printed, and
/// the exit code is that of the last.
pub(crate) async fn run(args: &Delete) -> anyhow::Result<()> {
    let (kind, Named { names, remote }) = match &args.what {
        DeleteWhat::Function { which, .. } => (None, which),
        DeleteWhat::Secret { which } => (Some("Secret"), which),
        DeleteWhat::Configmap { which } => (Some("ConfigMap"), which),
        DeleteWhat::Subscription { which } => (Some("Subscription"), which),
        DeleteWhat::Apirule { which } => (Some("APIRule"), which),
    };
    let purge = matches!(args.what, DeleteWhat::Function { purge: true, .. });
    let api = remote::api(remote)?;
    let namespace = &remote.namespace;
    let mut failed = None;
    for name in names {
        let deleted = match (kind, trigger(name)) {
            (Some("Subscription"), Some(refusal)) => Err(refusal.into()),
            (None, _) if purge => delete_all(&api, namespace, name).await.map_err(of_client),
            (None, _) => api.delete_function(namespace, name).await.map_err(of_client),
            (Some(kind), _) => api.delete_object(namespace, kind, name).await.map_err(of_client),
        };
        match deleted {
            Ok(()) => {
                let kind = kind.map(|kind| format!("{kind} ")).unwrap_or_default();
                print::lines([format!("deleted  {kind}{namespace}/{name}")])?;
            }
            Err(error) => {
                if let Some(before) = failed.replace(error) {
                    failure::print(&before);
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Refusal to delete by itself what is a function's trigger.
fn trigger(name: &str) -> Option<Failure> {
    let (function, _) = name.split_once(':')?;
    let what = format!("{name} is a trigger of the function {function}");
    let help = "remove it from the function's `spec.triggers`, and deploy that";
    Some(Failure::new(Exit::Usage, what).help(help))
}

/// Deletes a function, if it is there, and then what it stored: in this order, so that it stores no
/// more meanwhile.
async fn delete_all(api: &Api, namespace: &str, name: &str) -> Result<(), ClientError> {
    match api.delete_function(namespace, name).await {
        Err(ClientError::Refused(problem)) if problem.status == 404 => {}
        deleted => deleted?,
    }
    api.purge_data((namespace, name)).await
}
