//! `avocet kv`, `objects`, `publish`, `request`, `sub`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Format, Remote, Report};
use crate::parse;

/// Sizes of what a function stores by its host services.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServiceSizes {
    /// Most bytes of the keys and values of a function; writes beyond it fail.
    #[arg(long, value_name = "SIZE", default_value = "512KiB", value_parser = parse::size)]
    pub(crate) kv_size: u64,
    /// Most bytes of the objects of a function; writes beyond it fail.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse::size)]
    pub(crate) objects_size: u64,
}

/// Function whose data it is.
#[derive(Debug, Args)]
pub(crate) struct OfFunction {
    /// Function that the data belongs to.
    #[arg(long, value_name = "NAME|NS/NAME", required = true)]
    pub(crate) function: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

impl OfFunction {
    /// Namespace and name.
    pub(crate) fn names(&self) -> (&str, &str) {
        self.function.split_once('/').unwrap_or((&self.remote.namespace, &self.function))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet kv set greeting hello --function shop/cart
  avocet kv get greeting --function shop/cart
  avocet kv watch --function shop/cart")]
pub(crate) struct Kv {
    #[command(subcommand)]
    pub(crate) what: KvWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KvWhat {
    /// Print the value of a key.
    #[command(after_help = "\
Example:
  avocet kv get greeting --function shop/cart
  avocet kv get greeting --function shop/cart -o json    # with revision and times

The value's bytes go to standard output as they are. A missing key ends with exit code 4.")]
    Get {
        /// The key.
        #[arg(value_name = "KEY")]
        key: String,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Set a key.
    #[command(after_help = "\
Example:
  avocet kv set greeting hello --function shop/cart
  avocet kv set session - --ttl 10m --function shop/cart < session.json
  avocet kv set greeting hi --if-revision 7 --function shop/cart")]
    Set {
        /// The key: letters, digits and - / _ = . (no dot first, last or beside another).
        #[arg(value_name = "KEY")]
        key: String,
        /// The value, or - for standard input.
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
        /// Time after which the key is gone (`90s`, `10m`).
        #[arg(long, value_name = "TIME", value_parser = parse::duration)]
        ttl: Option<Duration>,
        /// Only where the key has this revision; 0: only where there is no such key.
        #[arg(long, value_name = "REV")]
        if_revision: Option<u64>,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Delete a key.
    #[command(after_help = "\
Example:
  avocet kv delete greeting --function shop/cart")]
    Delete {
        /// The key.
        #[arg(value_name = "KEY")]
        key: String,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Print the keys, sorted.
    #[command(after_help = "\
Example:
  avocet kv keys --function shop/cart
  avocet kv keys --prefix orders. --function shop/cart -o json")]
    Keys {
        /// Only keys that begin with this.
        #[arg(long, value_name = "PREFIX", default_value = "")]
        prefix: String,
        /// Format of the result; json and yaml with sizes, revisions and times.
        #[arg(short, long, value_enum, default_value = "table", value_name = "FORMAT")]
        output: Format,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Print changes as they come, until Ctrl-C.
    #[command(after_help = "\
Example:
  avocet kv watch --function shop/cart
  avocet kv watch --prefix orders. --function shop/cart -o json")]
    Watch {
        /// Only keys that begin with this.
        #[arg(long, value_name = "PREFIX", default_value = "")]
        prefix: String,
        /// Format of the lines; json is one object per line.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        of: OfFunction,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet objects put logo.png ./logo.png --function shop/cart
  avocet objects list --function shop/cart
  avocet objects get logo.png --function shop/cart > logo.png")]
pub(crate) struct StoredObjects {
    #[command(subcommand)]
    pub(crate) what: ObjectsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectsWhat {
    /// Store a file as an object.
    #[command(after_help = "\
Example:
  avocet objects put logo.png ./logo.png --function shop/cart
  tar c . | avocet objects put backup.tar - --function shop/cart")]
    Put {
        /// The object's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The file, or - for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
        output: Report,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Write an object's bytes to standard output.
    #[command(after_help = "\
Example:
  avocet objects get logo.png --function shop/cart > logo.png

A missing object ends with exit code 4, one that is damaged with 1.")]
    Get {
        /// The object's name.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Delete an object.
    #[command(after_help = "\
Example:
  avocet objects delete logo.png --function shop/cart")]
    Delete {
        /// The object's name.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        of: OfFunction,
    },
    /// Show the objects.
    #[command(after_help = "\
Example:
  avocet objects list --function shop/cart -o json")]
    List {
        /// Format of the result.
        #[arg(short, long, value_enum, default_value = "table", value_name = "FORMAT")]
        output: Format,
        #[command(flatten)]
        of: OfFunction,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet publish orders.new '{\"id\": 7}'
  avocet publish images.raw - < photo.jpg")]
pub(crate) struct Publish {
    /// The subject, without wildcards.
    #[arg(value_name = "SUBJECT")]
    pub(crate) subject: String,
    /// The payload, or - for standard input.
    #[arg(value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet request prices.get '{\"id\": 7}'
  avocet request --timeout 10s reports.make -  < report.json

The answer's bytes go to standard output as they are. Nobody who serves the subject ends with exit
code 4; an answer that tells of an error, or none in time, with 1.")]
pub(crate) struct Request {
    /// Longest wait for the answer (`500ms`, `10s`) [default: 750ms].
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) timeout: Option<Duration>,
    /// The subject, without wildcards.
    #[arg(value_name = "SUBJECT")]
    pub(crate) subject: String,
    /// The payload, or - for standard input.
    #[arg(value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet sub 'orders.*'
  avocet sub '>' -o json")]
pub(crate) struct Sub {
    /// The subject; * is any one token, > the rest.
    #[arg(value_name = "SUBJECT")]
    pub(crate) subject: String,
    /// Share the messages with others of this queue group.
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Format of the lines; json is one object per line.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: Report,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
