//! Needs of compiling a native addon: V8's headers, a C++ compiler and the right flags.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::Context as _;
use avocet_v8::{ADDON_HEADER, ADDON_HEADERS_2009};
use tokio::process::Command;

use crate::failure::{Exit, Failure};

/// Flags that V8 itself is compiled with, as far as its headers care, and those of a shared object.
const FLAGS: [&str; 4] = ["-std=c++20", "-O2", "-fPIC", "-fno-rtti"];

/// Flag that makes a shared object.
const LINK: &str = "-shared";

/// Compilers that are tried where `CXX` names none.
const COMPILERS: [&str; 3] = ["c++", "g++", "clang++"];

/// Types of V8 that stood between `Handle<` and `>` in every addon of 2009.
const TYPES: [&str; 9] = [
    "Object",
    "Value",
    "String",
    "Function",
    "Array",
    "FunctionTemplate",
    "ObjectTemplate",
    "Number",
    "Integer",
];

/// The names of V8's API that sources use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Today,
    Y2009,
}

impl Names {
    /// Today's V8 has neither `v8::Handle` nor `String::New`.
    pub(crate) fn of(source: &str) -> Self {
        let is_handle = |(at, _): (usize, &str)| {
            let before = source[..at].chars().next_back();
            let own = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            let inside = source[at + "Handle<".len()..].trim_start();
            let inside = inside.strip_prefix("v8::").unwrap_or(inside);
            let name = inside.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            own && TYPES.contains(&name)
        };
        match source.match_indices("Handle<").any(is_handle) {
            true => Self::Y2009,
            false => Self::Today,
        }
    }
}

/// V8's headers.
#[derive(Debug)]
pub(crate) struct Headers {
    folder: PathBuf,
    /// Major and minor version.
    pub(crate) version: String,
}

impl Headers {
    /// Headers of the V8 that runs, from `AVOCET_V8_PREFIX` or beside its library.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let folder = match std::env::var_os("AVOCET_V8_PREFIX").filter(|prefix| !prefix.is_empty())
        {
            Some(prefix) => {
                let folder = Path::new(&prefix).join("include/node");
                match folder.join("v8.h").is_file() {
                    true => folder,
                    false => {
                        let what = format!("V8's headers are missing: {}", folder.display());
                        return Err(Failure::new(Exit::Failed, what)
                            .help("AVOCET_V8_PREFIX must name a folder with include/node/v8.h")
                            .into());
                    }
                }
            }
            None => avocet_v8::include_folder().ok_or_else(no_headers)?,
        };
        let version = version_in(&folder)?;
        let running: Vec<&str> = avocet_v8::version().split('.').take(2).collect();
        if version != running.join(".") {
            let what = format!(
                "the headers are those of V8 {version}, this program runs V8 {}: {}",
                avocet_v8::version(),
                folder.display()
            );
            return Err(Failure::new(Exit::Failed, what)
                .help("set AVOCET_V8_PREFIX to the folder that V8's library came with")
                .into());
        }
        Ok(Self { folder, version })
    }

    /// Writes the headers that come with this program; those to include, in their order.
    pub(crate) fn write_own(&self, folder: &Path, names: Names) -> anyhow::Result<Vec<PathBuf>> {
        for header in ADDON_HEADERS_2009.iter().chain([&ADDON_HEADER]) {
            let path = folder.join(header.name);
            std::fs::write(&path, header.text)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        let included = match names {
            Names::Today => vec![ADDON_HEADER.name],
            Names::Y2009 => vec![ADDON_HEADER.name, ADDON_HEADERS_2009[0].name],
        };
        Ok(included.into_iter().map(|name| folder.join(name)).collect())
    }

    fn compile_flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = FLAGS.iter().map(Into::into).collect();
        flags.extend(["-isystem".into(), self.folder.clone().into()]);
        flags
    }

    /// The compiler's arguments before those of the caller.
    pub(crate) fn flags(&self, included: &[PathBuf]) -> Vec<OsString> {
        let mut flags = self.compile_flags();
        flags.push(LINK.into());
        for header in included {
            flags.extend(["-include".into(), header.into()]);
        }
        flags
    }
}

/// The flags for another build system, on one line: what `--cflags` prints.
pub(crate) fn compile_flags() -> Result<String, String> {
    let headers = Headers::find().map_err(|error| format!("{error:#}"))?;
    Ok(quoted(&headers.compile_flags()))
}

fn no_headers() -> Failure {
    let library = avocet_v8::library_file().unwrap_or_default();
    let what = format!("V8's headers are not near its library: {}", library.display());
    Failure::new(Exit::Failed, what).help(
        "`make install` puts them there; or set AVOCET_V8_PREFIX to a folder with include/node/v8.h",
    )
}

/// Major and minor version that headers are of.
fn version_in(folder: &Path) -> anyhow::Result<String> {
    let file = folder.join("v8-version.h");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("#define ")?.strip_prefix(name));
        line.map(str::trim).unwrap_or("?")
    };
    Ok(format!("{}.{}", number("V8_MAJOR_VERSION"), number("V8_MINOR_VERSION")))
}

/// A C++ compiler: a program and what `CXX` says after it.
#[derive(Debug)]
pub(crate) struct Compiler {
    words: Vec<OsString>,
}

impl Compiler {
    /// `$CXX`, else the first that is installed.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let chosen = std::env::var("CXX").unwrap_or_default();
        let words: Vec<OsString> = chosen.split_whitespace().map(Into::into).collect();
        if let Some(program) = words.first() {
            return match is_installed(program) {
                true => Ok(Self { words }),
                false => {
                    let what = format!("the C++ compiler is not there: {}", program.display());
                    Err(Failure::new(Exit::Failed, what)
                        .help("CXX names it: correct or unset it")
                        .into())
                }
            };
        }
        let found = COMPILERS.iter().find(|name| is_installed(OsStr::new(name)));
        match found {
            Some(name) => Ok(Self { words: vec![name.into()] }),
            None => Err(Failure::new(
                Exit::Failed,
                format!("no C++ compiler is installed: looked for {}", COMPILERS.join(", ")),
            )
            .help("install one (Debian: sudo apt-get install -y g++), or name one: CXX=…")
            .into()),
        }
    }

    /// Runs it to its end; it writes to this program's standard error.
    pub(crate) async fn run(&self, arguments: &[OsString]) -> anyhow::Result<ExitStatus> {
        let status = Command::new(&self.words[0])
            .args(&self.words[1..])
            .args(arguments)
            .kill_on_drop(true)
            .stdin(std::process::Stdio::null())
            .stdout(std::io::stderr())
            .status();
        status.await.with_context(|| format!("cannot run {}", self.words[0].display()))
    }
}

fn is_installed(program: &OsStr) -> bool {
    if Path::new(program).components().count() > 1 {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// As a shell would take it.
pub(crate) fn command_line(compiler: &Compiler, arguments: &[OsString]) -> String {
    quoted(compiler.words.iter().chain(arguments))
}

fn quoted<'a>(words: impl IntoIterator<Item = &'a OsString>) -> String {
    let quoted = |word: &OsString| {
        let word = word.to_string_lossy().into_owned();
        let plain = |c: char| c.is_alphanumeric() || "-_=+./,:@%".contains(c);
        match !word.is_empty() && word.chars().all(plain) {
            true => word,
            false => format!("'{}'", word.replace('\'', r"'\''")),
        }
    };
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_2009_are_recognised() {
        for source in [
            "init (Handle<Object> target)",
            "extern \"C\" void init(v8::Handle<v8::Object> target) {}",
            "static Handle< Value > f(const Arguments& args)",
        ] {
            assert_eq!(Names::of(source), Names::Y2009, "{source}");
        }
        for source in [
            "extern \"C\" void init(v8::Local<v8::Object> target) {}",
            "MyHandle<Object> own;",
            "Handle<File> file; FileHandle<Value> other;",
            "Handle<",
            "",
        ] {
            assert_eq!(Names::of(source), Names::Today, "{source}");
        }
    }

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        let compiler = Compiler { words: vec!["ccache".into(), "g++".into()] };
        let arguments = ["-DX=1", "my file.cc", "it's", ""].map(OsString::from);
        let line = command_line(&compiler, &arguments);
        assert_eq!(line, r"ccache g++ -DX=1 'my file.cc' 'it'\''s' ''");
    }
}
