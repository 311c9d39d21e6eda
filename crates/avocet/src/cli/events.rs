//! `avocet emit` and `avocet events`.

use std::path::PathBuf;

use avocet_api::DeliveryState;
use clap::{Args, Subcommand, ValueEnum};

use super::{Remote, Report};
use crate::parse;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet emit order.created -d '{\"order\": 7}' --source /shop
  avocet emit report.due --delay 5m --subject reports/7
  avocet events export --type 'order.*' --since 1h > events.jsonl
  avocet emit -f events.jsonl

The command ends when the server has the event on disk. An event of the same source and id within two
minutes is taken for the same one.")]
pub(crate) struct Emit {
    /// CloudEvents type.
    #[arg(value_name = "TYPE", required_unless_present = "file", conflicts_with = "file")]
    pub(crate) kind: Option<String>,
    /// Data: text, @FILE for a file's bytes, or @- for standard input. An object or a list in JSON
    /// is sent as JSON.
    #[arg(short, long, value_name = "DATA|@FILE", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// CloudEvents source.
    #[arg(long, value_name = "SOURCE", default_value = "/avocet/emit")]
    pub(crate) source: String,
    /// CloudEvents subject.
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: Option<String>,
    /// CloudEvents id; a fresh one where none is given.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Deliver at this time (RFC 3339).
    #[arg(long, value_name = "TIME", conflicts_with = "delay", value_parser = parse::time)]
    pub(crate) at: Option<String>,
    /// Deliver after this while (`30s`, `5m`, `PT1H30M`).
    #[arg(long, value_name = "TIME", value_parser = parse::delay)]
    pub(crate) delay: Option<String>,
    /// A header, may be repeated: `ce-NAME: VALUE` is a further attribute.
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = parse::header)]
    pub(crate) headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Emit the events of a file, one JSON object per line; - is standard input.
    #[arg(
        short,
        long,
        value_name = "FILE",
        conflicts_with_all = ["data", "subject", "id", "at", "delay", "headers"]
    )]
    pub(crate) file: Option<PathBuf>,
    /// Format of the result.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet events list --state waiting
  avocet events show 4f1c
  avocet events dead --function order
  avocet events replay --dead --function order --since 1h")]
pub(crate) struct Events {
    #[command(subcommand)]
    pub(crate) what: EventsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsWhat {
    /// Accepted events with what became of them, the newest first.
    #[command(after_help = "\
Example:
  avocet events list --type 'order.*' --since 1h
  avocet events list --function order --state waiting -o json")]
    List {
        #[command(flatten)]
        filter: Filter,
        /// Only events with a delivery in this state.
        #[arg(long, value_enum, value_name = "STATE")]
        state: Option<State>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// One event: every attempt with its status, error and log.
    #[command(after_help = "\
Example:
  avocet events show 4f1c
  avocet events show 4f1c -o json")]
    Show {
        /// The event's id.
        #[arg(value_name = "ID")]
        id: String,
        /// The event's source, where several events have this id.
        #[arg(long, value_name = "SOURCE")]
        source: Option<String>,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// Events as they are accepted and delivered, until Ctrl-C.
    #[command(after_help = "\
Example:
  avocet events tail
  avocet events tail --function order -o json")]
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// Only events with a delivery in this state.
        #[arg(long, value_enum, value_name = "STATE")]
        state: Option<State>,
        /// Format of the lines; json is one event per line.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// Events that are not delivered any more, and why.
    #[command(after_help = "\
Example:
  avocet events dead
  avocet events dead --function order -o json")]
    Dead {
        #[command(flatten)]
        filter: Filter,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// Deliver again: one event, or those that are dead.
    #[command(after_help = "\
Example:
  avocet events replay 4f1c
  avocet events replay 4f1c --to order
  avocet events replay --dead --function order --since 1h

One event goes again to those whose delivery is dead, or where none is, to all that had it; with --to
to that function, subscribed or not.")]
    Replay {
        /// The event's id.
        #[arg(value_name = "ID", required_unless_present = "dead", conflicts_with = "dead")]
        id: Option<String>,
        /// The event's source, where several events have this id.
        #[arg(long, value_name = "SOURCE", requires = "id")]
        source: Option<String>,
        /// Function that gets it.
        #[arg(long, value_name = "FUNCTION", requires = "id")]
        to: Option<String>,
        /// Every dead delivery.
        #[arg(long)]
        dead: bool,
        /// Only those to this function.
        #[arg(long, value_name = "FUNCTION", requires = "dead")]
        function: Option<String>,
        /// Only those of events of the last while (`90s`, `10m`, `2h`, `1d`), or since a time.
        #[arg(long, value_name = "TIME", requires = "dead", value_parser = parse::since)]
        since: Option<String>,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// Delete events that nobody waits for.
    #[command(after_help = "\
Example:
  avocet events purge --state dead --function order
  avocet events purge 4f1c
  avocet events purge --all

An event with a delivery that is not done or dead stays.")]
    Purge {
        /// Only this event.
        #[arg(value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        filter: Filter,
        /// Only events with a delivery in this state.
        #[arg(long, value_enum, value_name = "STATE")]
        state: Option<State>,
        /// Every event.
        #[arg(long, conflicts_with_all = ["id", "kind", "source", "function", "since", "state"])]
        all: bool,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
    /// Events as CloudEvents, one JSON object per line, the oldest first.
    #[command(after_help = "\
Example:
  avocet events export --type 'order.*' --since 1h > events.jsonl
  avocet dev order/ --replay events.jsonl

What it prints is what `avocet emit -f`, `avocet events import` and `avocet dev --replay` take.")]
    Export {
        #[command(flatten)]
        filter: Filter,
        /// Only events with a delivery in this state.
        #[arg(long, value_enum, value_name = "STATE")]
        state: Option<State>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Accept the events of a file, one JSON object per line, as `export` prints them.
    #[command(after_help = "\
Example:
  avocet events import events.jsonl
  avocet events export --server http://127.0.0.1:9081 | avocet events import -

A line that is no event is named and left out, and the exit code is 3.")]
    Import {
        /// The file; - is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        remote: Remote,
    },
}

/// Selection of events.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Only of this type; a * at its end stands for whatever follows.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Only of this source.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// Only with a delivery to this function.
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) function: Option<String>,
    /// Only of the last while (`90s`, `10m`, `2h`, `1d`), or since a time (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = parse::since)]
    pub(crate) since: Option<String>,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Ready,
    Delivering,
    Waiting,
    Scheduled,
    Dead,
    Done,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Ready => Self::Ready,
            State::Delivering => Self::Delivering,
            State::Waiting => Self::Waiting,
            State::Scheduled => Self::Scheduled,
            State::Dead => Self::Dead,
            State::Done => Self::Done,
        }
    }
}
