//! `avocet addon`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Report;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet addon build hello.cc")]
pub(crate) struct Addon {
    #[command(subcommand)]
    pub(crate) what: AddonWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AddonWhat {
    /// Compile C++ sources to an addon that `require` loads.
    Build(AddonBuild),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  avocet addon build hello.cc                    # hello.node, for require(\"./hello\")
  avocet addon build db.cc row.cc --out lib/db.node -- -lpq -Wall
  avocet addon build hello.cc -o json            # what was built, for programs

The sources must define:
  extern \"C\" void init(v8::Local<v8::Object> target)

The compiler is $CXX, or c++, g++ or clang++. V8's headers are those beside the V8 that this program
runs on; AVOCET_V8_PREFIX names another folder with include/node/v8.h. An addon is native code: it
can do anything that the script's process can.")]
pub(crate) struct AddonBuild {
    /// C++ files.
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// File that the addon is written to [default: beside the first source, ending in .node].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Names of V8's API that the sources use: those of today, those of 2009 (`Handle`,
    /// `String::New`, `const Arguments&`), or what is found in them.
    #[arg(long, value_enum, default_value = "auto", value_name = "NAMES")]
    pub(crate) names: AddonNames,
    /// Format of the report on what was built: for people, or for programs.
    #[arg(short, long, value_parser = format, default_value = "text", value_name = "text|json")]
    pub(crate) output: Report,
    /// Further arguments of the compiler.
    #[arg(last = true, value_name = "ARG")]
    pub(crate) extra: Vec<OsString>,
}

/// Generation of the names of V8's API in sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AddonNames {
    Auto,
    Today,
    #[value(name = "2009")]
    Y2009,
}

/// A format. Compilers name their output with `-o`: whoever does that here learns how.
fn format(text: &str) -> Result<Report, String> {
    Report::from_str(text, false)
        .map_err(|_| "it is `text` or `json`; where the addon goes is told with --out".to_owned())
}
