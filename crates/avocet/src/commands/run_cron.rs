//! `avocet run-cron`: a schedule of a function, now.

use avocet_api::RunCronRequest;

use crate::cli::RunCron;
use crate::print;
use crate::remote::{self, failed};

/// Asks the server to run it, and prints the event that the run is.
pub(crate) async fn run(args: &RunCron) -> anyhow::Result<()> {
    let api = remote::api(&args.remote)?;
    let which = RunCronRequest { number: args.number };
    let report = api.run_cron(&args.remote.namespace, &args.name, which).await.map_err(failed)?;
    print::lines([format!("accepted  {}", report.id)])
}
