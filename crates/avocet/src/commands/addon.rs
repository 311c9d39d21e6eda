//! `avocet addon build`: C++ sources to a native addon for scripts.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use tempfile::TempDir;

use crate::addon::{Compiler, Headers, Names, command_line};
use crate::cli::{AddonBuild, AddonNames, Report};
use crate::failure::{Exit, Failure};
use crate::print;
use crate::progress::with_progress;
use crate::terminal::{self, Style};

/// Compiles the sources and puts the addon in its place.
pub(crate) async fn build(args: &AddonBuild) -> anyhow::Result<()> {
    let names = names(args)?;
    let output = output(args)?;
    let headers = Headers::find()?;
    let compiler = Compiler::find()?;
    let work = work_folder(&output)?;
    let made = work.path().join("addon.node");
    let included = headers.write_own(work.path(), names)?;
    let mut arguments = headers.flags(&included);
    arguments.extend(["-o".into(), made.clone().into()]);
    arguments.extend(args.sources.iter().map(Into::into));
    arguments.extend(args.extra.iter().cloned());
    if args.names == AddonNames::Auto && names == Names::Y2009 {
        terminal::note("the sources use V8's names of 2009: they get them (`--names today`: not)");
    }
    terminal::note(Style::stderr().dim(&command_line(&compiler, &arguments)));
    let status = tokio::select! {
        status = with_progress("compiling", compiler.run(&arguments)) => status?,
        // The compiler gets it as well; what it has left behind goes with the folder.
        _ = tokio::signal::ctrl_c() => return Err(Failure::silent(Exit::Interrupted).into()),
    };
    if !status.success() {
        return Err(Failure::new(Exit::Refused, format!("not compiled: {status}"))
            .help("the compiler's own words are above; arguments for it go after `--`")
            .into());
    }
    std::fs::rename(&made, &output)
        .with_context(|| format!("cannot write {}", output.display()))?;
    match args.output {
        Report::Text => print::lines([built_line(&output, &headers.version)]),
        Report::Json => print::json(&Built {
            file: &output,
            require: is_required(&output).then(|| request(&output)),
            v8: &headers.version,
            names: if names == Names::Y2009 { "2009" } else { "today" },
            command: command_line(&compiler, &arguments),
        }),
    }
}

/// Output of `-o json`.
#[derive(Serialize)]
struct Built<'a> {
    file: &'a Path,
    /// Argument of `require` for a script in the current folder.
    require: Option<String>,
    v8: &'a str,
    names: &'a str,
    command: String,
}

/// Checks that the sources can be read, and finds which names they use.
fn names(args: &AddonBuild) -> anyhow::Result<Names> {
    let mut old = false;
    for path in &args.sources {
        match std::fs::read(path) {
            Ok(bytes) => old |= Names::of(&String::from_utf8_lossy(&bytes)) == Names::Y2009,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let what = format!("no such file: {}", path.display());
                return Err(Failure::new(Exit::NotFound, what).into());
            }
            Err(error) => {
                return Err(
                    anyhow::Error::new(error).context(format!("cannot read {}", path.display()))
                );
            }
        }
    }
    Ok(match args.names {
        AddonNames::Today => Names::Today,
        AddonNames::Y2009 => Names::Y2009,
        AddonNames::Auto if old => Names::Y2009,
        AddonNames::Auto => Names::Today,
    })
}

/// Path of the addon.
fn output(args: &AddonBuild) -> anyhow::Result<PathBuf> {
    let output = args.out.clone().unwrap_or_else(|| args.sources[0].with_extension("node"));
    if args.sources.contains(&output) {
        let what = format!("the addon would replace its source: {}", output.display());
        return Err(Failure::new(Exit::Usage, what).help("name another file with --out").into());
    }
    Ok(output)
}

/// A folder beside `output`, so that the addon appears there whole or not at all: a process that
/// has loaded an older one keeps that.
fn work_folder(output: &Path) -> anyhow::Result<TempDir> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".avocet-addon-").tempdir_in(folder).map_err(
        |error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let what = format!("no such folder: {}", folder.display());
                Failure::new(Exit::NotFound, what)
                    .help("make it first, or choose another with --out")
                    .into()
            }
            _ => anyhow::Error::new(error)
                .context(format!("cannot write to the folder {}", folder.display())),
        },
    )
}

fn built_line(output: &Path, version: &str) -> String {
    let built = format!("{}: built for V8 {version}", output.display());
    match is_required(output) {
        true => format!("{built}; load it with require(\"{}\")", request(output)),
        false => format!("{built}; require() looks for names that end in .node"),
    }
}

/// Whether `require()` finds a file of this name.
fn is_required(output: &Path) -> bool {
    output.extension().is_some_and(|end| end == "node")
}

/// Argument of `require` for a script in the current folder.
fn request(output: &Path) -> String {
    let stem: PathBuf = output.with_extension("");
    match output.is_absolute() {
        true => stem.display().to_string(),
        false => format!("./{}", stem.display().to_string().trim_start_matches("./")),
    }
}
