//! Options of the commands about subscriptions and schedules.

use clap::Args;

use super::{Remote, View};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet get subscriptions
  avocet get subscription orders -o yaml

Triggers of functions are among them: FUNCTION:0 is the first entry of spec.triggers.events,
FUNCTION:cron stands for the function's schedules. LAG is how many events of the log a subscription
has not come to yet.")]
pub(crate) struct GetSubscriptions {
    /// Only this one.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Of every namespace.
    #[arg(short = 'A', long, conflicts_with = "name")]
    pub(crate) all_namespaces: bool,
    #[command(flatten)]
    pub(crate) view: View,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet get schedules
  avocet get schedules report -o json

N is the number of the entry of spec.triggers.cron, NEXT when it runs next.")]
pub(crate) struct GetSchedules {
    /// Only those of this function.
    #[arg(value_name = "FUNCTION")]
    pub(crate) function: Option<String>,
    /// Of every namespace.
    #[arg(short = 'A', long, conflicts_with = "function")]
    pub(crate) all_namespaces: bool,
    #[command(flatten)]
    pub(crate) view: View,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet run-cron report
  avocet run-cron report --number 2

The run is an event, as one at its time is: it is retried, and `avocet events` shows it. Its id is
printed.")]
pub(crate) struct RunCron {
    /// The function.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Number of the schedule, from 1, where it has several.
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<usize>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
