//! A running server, as commands ask it.

use avocet_api::client::{Api, ClientError};

use crate::cli::Remote;
use crate::diagnostics;
use crate::failure::{Exit, Failure};

/// The admin API of the server that the command line names.
pub(crate) fn api(remote: &Remote) -> anyhow::Result<Api> {
    Api::at(&remote.server).map_err(failed)
}

/// An error of the client as a failure, with its exit code and what to do.
pub(crate) fn failed(error: ClientError) -> anyhow::Error {
    let what = error.to_string();
    match error {
        ClientError::Url { .. } => Failure::new(Exit::Usage, what).help(NAME_ONE).into(),
        ClientError::Https(_) => Failure::new(Exit::Usage, what)
            .help(NAME_ONE)
            .detail(
                "The admin API is meant for the server's own machine or a tunnel to it \
                 (ssh -L 8081:127.0.0.1:8081 HOST).",
            )
            .into(),
        ClientError::Path(_) => Failure::new(Exit::Usage, what).into(),
        ClientError::Unreachable { .. } => Failure::new(Exit::Unreachable, what)
            .help("start one with `avocet serve`, or name it with --server or AVOCET_SERVER")
            .into(),
        ClientError::Refused(problem) => {
            let exit = match problem.status {
                404 => Exit::NotFound,
                400 | 409 | 413 | 415 | 422 => Exit::Refused,
                _ => Exit::Failed,
            };
            let lines = diagnostics::lines(&problem.diagnostics, &|path| path.to_owned());
            lines.into_iter().fold(Failure::new(exit, what), Failure::detail).into()
        }
        ClientError::Status(_) => Failure::new(Exit::Failed, what)
            .help("is this the address of an Avocet admin API?")
            .into(),
        other => other.into(),
    }
}

const NAME_ONE: &str = "name a server like http://127.0.0.1:8081 with --server or AVOCET_SERVER";
