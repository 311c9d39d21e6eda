//! The command line: every command, its options and its help.

mod addon;
mod event_log;
mod events;
mod nats;
mod services;
mod triggers;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use avocet_functions::model::{EgressRule, SubjectPattern};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{commands, parse};

pub(crate) use addon::{Addon, AddonBuild, AddonNames, AddonWhat};
pub(crate) use event_log::EventLog;
pub(crate) use events::{Emit, Events, EventsWhat, Filter};
pub(crate) use nats::NatsFlags;
pub(crate) use services::{
    Kv, KvWhat, ObjectsWhat, OfFunction, Publish, Request, ServiceSizes, StoredObjects, Sub,
};
pub(crate) use triggers::{GetSchedules, GetSubscriptions, RunCron};

/// Text of `avocet --help` about exit codes; `docs/cli.md` explains them.
const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    it failed (the message says why)
  2    the command line is wrong
  3    refused: the function or its source is not valid; there is no earlier revision
  4    not found: no such function, revision, file, key or object; nobody serves the subject
  5    the server cannot be reached
  6    the invoked function answered with a status of 400 or more
  130  interrupted with Ctrl-C

Example:
  avocet init hello --runtime v8
  avocet dev hello

Scripts:
  avocet [OPTIONS] [--] example.js [ARGS...]
                  run a program on the evented API (a file, or an http:// address)
  avocet repl     the interactive shell of that API
  --cflags        print the flags that an addon is compiled with
  --v8-options    print the options of V8, which may stand before a script
  avocet addon build hello.cc   C++ for scripts: require(\"./hello\") loads hello.node
A function answers calls inside a server, within limits; a script is a program of your own, with
all your rights. docs/evented-api.md describes the API.

`avocet help COMMAND` describes one command, with an example.";

/// Runs functions on V8: one program, one folder, nothing to install beside it.
#[derive(Debug, Parser)]
#[command(name = "avocet", version = commands::version::short(), after_help = EXIT_CODES)]
#[command(disable_help_subcommand = false, arg_required_else_help = true)]
#[command(disable_version_flag = true)]
pub(crate) struct Cli {
    /// Print the version.
    #[arg(short = 'v', short_alias = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve functions until Ctrl-C.
    Serve(Serve),
    /// Serve one function or folder while you work on it: reload on save, logs in the terminal.
    Dev(Dev),
    /// Deploy functions to a running server.
    Deploy(Deploy),
    /// Report what would become of files, without running anything of them.
    Check(Check),
    /// Show functions, revisions, subscriptions or schedules.
    Get(Get),
    /// Delete functions or subscriptions.
    Delete(Delete),
    /// Run a schedule of a function now.
    RunCron(RunCron),
    /// Call a function and print its answer.
    Invoke(Invoke),
    /// Publish events.
    Emit(Emit),
    /// Show events and what became of them; deliver them again.
    Events(Events),
    /// Show what functions logged.
    Logs(Logs),
    /// Read, write and watch the keys and values of a function.
    Kv(Kv),
    /// Read and write the objects of a function.
    Objects(StoredObjects),
    /// Publish a message on a subject.
    Publish(Publish),
    /// Send a message and print its answer.
    Request(Request),
    /// Print messages on a subject as they come.
    Sub(Sub),
    /// Go back to an earlier revision.
    Rollback(Rollback),
    /// Create a project folder for a new function.
    Init(Init),
    /// Evaluate lines on the evented API, interactively.
    Repl(Repl),
    /// Compile native addons for scripts.
    Addon(Addon),
    /// Serve one function as its environment describes it: the process of a container image.
    Runtime(RuntimeImage),
    /// Print the completions for a shell.
    Completions(Completions),
    /// The process that holds a namespace's isolates; started by `avocet serve`.
    #[command(name = "worker-v8", hide = true)]
    WorkerV8,
    /// The process that becomes a worker, where the program `avocet-launch` is not installed.
    #[command(hide = true)]
    Launch,
}

/// Server, and namespace on it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Remote {
    /// Address of the server's admin API.
    #[arg(long, value_name = "URL", env = "AVOCET_SERVER", default_value = DEFAULT_SERVER)]
    pub(crate) server: String,
    /// Namespace of the function.
    #[arg(short, long, value_name = "NS", env = "AVOCET_NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,
}

/// Default address of the admin API.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:8081";

/// Level of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum IsolationLevel {
    /// A process each, with the rights of this user.
    Process,
    /// Also namespaces and a root of their own, and no capabilities; not yet a network of their own.
    Jail,
}

/// Options of a server: addresses, folders, isolation, output.
#[derive(Debug, Clone, Args)]
pub(crate) struct Listen {
    /// Address for callers of functions; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = parse::address)]
    pub(crate) listen: SocketAddr,
    /// Address of the admin API; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081", value_parser = parse::address)]
    pub(crate) admin: SocketAddr,
    /// Time that a function stays awake after its last call (`30s`, `5m`).
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) idle: Option<Duration>,
    /// A host name that the admin API answers to, beside addresses and localhost; may be repeated.
    #[arg(long = "admin-host", value_name = "NAME")]
    pub(crate) admin_hosts: Vec<String>,
    /// Most bytes of a request's line and headers together; over it 431.
    #[arg(long, value_name = "BYTES", default_value = "32768",
          value_parser = clap::value_parser!(u32).range(8192..=1_048_576))]
    pub(crate) head_bytes: u32,
    /// Most connections that one address may have open, of IPv6 one /64; over it 503.
    #[arg(long, value_name = "N", default_value = "2048",
          value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) connections_per_address: u32,
    /// Print a line for each request to standard error.
    #[arg(long)]
    pub(crate) access_log: bool,
    /// Begin without what was deployed where the data folder's registry is missing or empty.
    #[arg(long)]
    pub(crate) start_empty: bool,
    /// Let npm and pip packages run programs of theirs while they are installed.
    #[arg(long)]
    pub(crate) allow_install_scripts: bool,
    /// Address beside the public ones that functions' HTTP calls may reach: a host, an address or a
    /// network, each with or without :PORT, or * for all; may be repeated.
    #[arg(long = "egress-allow", value_name = "HOST|CIDR[:PORT]|*")]
    pub(crate) egress: Vec<EgressRule>,
    /// Isolation of workers from the machine and from each other.
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        env = "AVOCET_ISOLATION",
        default_value = "process"
    )]
    pub(crate) isolation: IsolationLevel,
    #[command(flatten)]
    pub(crate) event_log: EventLog,
    #[command(flatten)]
    pub(crate) nats: NatsFlags,
    #[command(flatten)]
    pub(crate) services: ServiceSizes,
    /// Namespace of functions whose file names none.
    #[arg(short, long, value_name = "NS", env = "AVOCET_NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,
    /// Format of the report about the start.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet serve examples/ --data ./data --listen 0.0.0.0:8080

Each function answers at http://LISTEN/NAMESPACE/FUNCTION. The first Ctrl-C (or SIGTERM) stops
accepting and finishes the calls that run, then exits with 0; the second ends at once with 130.")]
pub(crate) struct Serve {
    /// Files to deploy at the start: YAML files, folders, or single .js or .py files.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder for functions, revisions and logs.
    #[arg(long, value_name = "DIR", env = "AVOCET_DATA", default_value = "avocet-data")]
    pub(crate) data: PathBuf,
    /// Deploy again when a file under PATH changes.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) listen: Listen,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet dev hello/
  avocet dev hello/ --replay events.jsonl

Saving a file deploys it again at once; a mistake is shown with its line, and what ran before keeps
running. The data folder is temporary unless --data names one.")]
pub(crate) struct Dev {
    /// A YAML file, a folder, or a single .js or .py file.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Folder to keep functions, revisions and logs in.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Deliver the events of a file, one JSON object per line; those that nobody subscribes to go to
    /// every function. `avocet events export` prints such lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) listen: Listen,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet deploy hello/
  avocet deploy -f functions.yaml --dry-run
  avocet deploy -f audit.js --trigger 'orders.>'
  cat functions.yaml | avocet deploy -f -")]
pub(crate) struct Deploy {
    /// YAML files, folders, or single .js or .py files; the same as -f PATH.
    #[arg(value_name = "PATH", required_unless_present = "files")]
    pub(crate) paths: Vec<PathBuf>,
    /// A YAML file, a folder, a single .js or .py file, or - for YAML from standard input.
    #[arg(short, long = "file", value_name = "PATH")]
    pub(crate) files: Vec<PathBuf>,
    /// A subject whose messages call the function, which has no YAML; may be repeated.
    #[arg(long = "trigger", value_name = "SUBJECT", value_parser = parse::subject)]
    pub(crate) triggers: Vec<SubjectPattern>,
    /// Let the server check everything, functions loaded included, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Format of the result.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet check functions.yaml hello/

Each line begins with works, mapped (works in another way), ignored (has no effect here), needs
(something that is not among the files) or fails (would be refused: exit code 3).")]
pub(crate) struct Check {
    /// YAML files, folders, or single .js or .py files.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Packages may run programs of theirs while they are installed, as with `serve`.
    #[arg(long)]
    pub(crate) allow_install_scripts: bool,
    /// Namespace of functions whose file names none.
    #[arg(short, long, value_name = "NS", env = "AVOCET_NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,
    /// Format of the report.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet get functions
  avocet get function hello -o yaml
  avocet get revisions hello
  avocet get subscriptions
  avocet get schedules")]
pub(crate) struct Get {
    #[command(subcommand)]
    pub(crate) what: GetWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GetWhat {
    /// Functions: all of a namespace, or one.
    #[command(
        visible_alias = "function",
        after_help = "\
Example:
  avocet get functions -o json
  avocet get functions --all-namespaces"
    )]
    Functions {
        /// Only this one.
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Of every namespace.
        #[arg(short = 'A', long, conflicts_with = "name")]
        all_namespaces: bool,
        #[command(flatten)]
        view: View,
    },
    /// Secrets: all of a namespace, or one, without its values.
    #[command(visible_alias = "secret", after_help = "Example:\n  avocet get secrets -n shop")]
    Secrets(Objects),
    /// Config maps: all of a namespace, or one.
    #[command(visible_aliases = ["configmap", "cm"], after_help = "Example:\n  avocet get configmaps")]
    Configmaps(Objects),
    /// API rules: all of a namespace, or one.
    #[command(visible_alias = "apirule", after_help = "Example:\n  avocet get apirules -A")]
    Apirules(Objects),
    /// Functions and everything around them.
    #[command(after_help = "Example:\n  avocet get all -A")]
    All {
        /// Of every namespace.
        #[arg(short = 'A', long)]
        all_namespaces: bool,
        #[command(flatten)]
        view: View,
    },
    /// The revisions of a function, newest first.
    #[command(
        visible_alias = "revision",
        after_help = "\
Example:
  avocet get revisions hello"
    )]
    Revisions {
        /// The function.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        view: View,
    },
    /// Subscriptions to events, with the state of their delivery.
    #[command(visible_alias = "subscription")]
    Subscriptions(GetSubscriptions),
    /// Schedules of functions, and when they run next.
    #[command(visible_alias = "schedule")]
    Schedules(GetSchedules),
}

/// Objects of one kind, or one of them.
#[derive(Debug, Args)]
pub(crate) struct Objects {
    /// Only this one.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Of every namespace.
    #[arg(short = 'A', long, conflicts_with = "name")]
    pub(crate) all_namespaces: bool,
    #[command(flatten)]
    pub(crate) view: View,
}

/// Options of commands that print what a server knows.
#[derive(Debug, Args)]
pub(crate) struct View {
    /// Format of the result.
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet delete function hello")]
pub(crate) struct Delete {
    #[command(subcommand)]
    pub(crate) what: DeleteWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeleteWhat {
    /// A function with all its revisions; its logs, keys and objects stay.
    #[command(
        visible_alias = "functions",
        after_help = "\
Example:
  avocet delete function hello -n shop
  avocet delete function hello --purge    # with its keys and objects"
    )]
    Function {
        #[command(flatten)]
        which: Named,
        /// Also delete their keys and objects, which otherwise stay for a function of that name, and
        /// those of functions that are not there any more.
        #[arg(long)]
        purge: bool,
    },
    /// Secrets. Functions that run keep the values that they were loaded with.
    #[command(visible_alias = "secrets", after_help = "Example:\n  avocet delete secret keys")]
    Secret {
        #[command(flatten)]
        which: Named,
    },
    /// Config maps. Functions that run keep the values that they were loaded with.
    #[command(
        visible_aliases = ["configmaps", "cm"],
        after_help = "Example:\n  avocet delete configmap texts"
    )]
    Configmap {
        #[command(flatten)]
        which: Named,
    },
    /// Subscriptions; what they did not deliver yet is not delivered by them any more.
    #[command(
        visible_alias = "subscriptions",
        after_help = "Example:\n  avocet delete subscription orders"
    )]
    Subscription {
        #[command(flatten)]
        which: Named,
    },
    /// API rules with their routes.
    #[command(visible_alias = "apirules", after_help = "Example:\n  avocet delete apirule shop")]
    Apirule {
        #[command(flatten)]
        which: Named,
    },
}

/// Names of one namespace.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Resources to delete.
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet invoke hello
  avocet invoke json-echo -d '{\"name\":\"Ada\"}' -H 'Content-Type: application/json'
  avocet invoke order-events --event order.created --source /shop -d @order.json

The body goes to standard output as it is; a status outside 200-299 goes to standard error, and a
status of 400 or more ends with exit code 6.")]
pub(crate) struct Invoke {
    /// The function.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Body: text, @FILE for a file's bytes, or @- for standard input. An object or a list in JSON
    /// is sent as JSON.
    #[arg(short, long, value_name = "DATA|@FILE", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// A header, may be repeated.
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = parse::header)]
    pub(crate) headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Method; POST where there is a body, else GET.
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = parse::method)]
    pub(crate) method: Option<http::Method>,
    /// Path and query after the function's own.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) path: String,
    /// Send a CloudEvent of this type.
    #[arg(long, value_name = "TYPE")]
    pub(crate) event: Option<String>,
    /// Source of the CloudEvent.
    #[arg(long, value_name = "SOURCE", requires = "event", default_value = "/avocet/invoke")]
    pub(crate) source: String,
    /// Also print status and headers to standard error.
    #[arg(short = 'i', long)]
    pub(crate) include: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet logs hello
  avocet logs -l function=hello -f --since 10m
  avocet logs --tail 20 -o json")]
pub(crate) struct Logs {
    /// Only of this function.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Function, as function=NAME.
    #[arg(short = 'l', long, value_name = "function=NAME", value_parser = parse::selector)]
    pub(crate) selector: Option<String>,
    /// Only of one call: the header avocet-call-id of an answer, `invocation` in JSON.
    #[arg(long, value_name = "ID")]
    pub(crate) call: Option<String>,
    /// Only lines of this level or a more important one.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) level: Option<LogLevel>,
    /// The container, which has the function's name; the same as -l function=NAME.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) container: Option<String>,
    /// Go on with new lines until Ctrl-C.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only lines of the last while (`90s`, `10m`, `2h`, `1d`).
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) since: Option<Duration>,
    /// Only the last N lines.
    #[arg(long, value_name = "N")]
    pub(crate) tail: Option<u32>,
    /// Format of the lines; json is one object per line.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Example:
  avocet rollback hello
  avocet rollback function hello 3")]
pub(crate) struct Rollback {
    #[command(subcommand)]
    pub(crate) what: Option<RollbackWhat>,
    /// The function.
    #[arg(value_name = "NAME", required = true)]
    pub(crate) name: Option<String>,
    /// The revision; the one before the running one where none is given.
    #[arg(value_name = "REV")]
    pub(crate) revision: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RollbackWhat {
    /// A function.
    #[command(after_help = "\
Example:
  avocet get revisions hello
  avocet rollback function hello 3")]
    Function(RollbackFunction),
}

#[derive(Debug, Args)]
pub(crate) struct RollbackFunction {
    /// The function.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The revision; the one before the running one where none is given.
    #[arg(value_name = "REV")]
    pub(crate) revision: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet init hello --runtime v8
  avocet dev hello")]
pub(crate) struct Init {
    /// Name of the function, and of the folder.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Runtime of the function.
    #[arg(long, value_name = "RUNTIME", default_value = "v8", value_parser = parse::RuntimeName)]
    pub(crate) runtime: String,
}

#[derive(Debug, Args)]
#[command(after_help = commands::runtime::HELP)]
pub(crate) struct RuntimeImage {}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet repl

Control-D ends, Control-C discards what was begun, Tab completes, _ is the last result. Options of V8
go before the command.")]
pub(crate) struct Repl {}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet completions bash > ~/.local/share/bash-completion/completions/avocet
  avocet completions zsh > ~/.zfunc/_avocet
  avocet completions fish > ~/.config/fish/completions/avocet.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// A shell that completions exist for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// For people, or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    Text,
    Json,
}

/// Format of a list or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
}
