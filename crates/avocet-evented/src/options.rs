//! Requests of a command line: `avocet [OPTIONS] [--] SCRIPT [ARGS…]`.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::script;

/// Usage, for people who did not say which script.
const USAGE: &str = "\
Usage: avocet [OPTIONS] [--] SCRIPT.js [ARGS...]
  -v, --version   print the version
  -h, --help      print what else there is
  --cflags        print the flags that an addon is compiled with
  --v8-options    print the options of V8, which may stand before the script
";

/// Exit code where the command line is wrong.
const WRONG: u8 = 2;

/// Request of a command line that is about scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// Run a script: the executable's name, the script, the script's own arguments.
    Script {
        /// The script's `process.ARGV`.
        args: Vec<String>,
        /// Options before the script, which are V8's.
        options: Vec<String>,
    },
    /// The interactive shell.
    Shell {
        /// The executable's name.
        program: String,
        /// Options before the command, which are V8's.
        options: Vec<String>,
    },
    /// A script was announced with `--`, and none named.
    Nothing,
    /// Print the options of V8.
    V8Options,
    /// Print the flags that an addon is compiled with.
    AddonFlags,
}

impl Invocation {
    /// The request in `args`; `None` where they are not about scripts.
    ///
    /// A script is what follows `--`, a name that ends in `.js` or has a `/` in it, or an address.
    /// Options count before the script only: those behind it are its own.
    pub fn of(args: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let text = |arg: OsString| arg.to_string_lossy().into_owned();
        let args: Vec<String> = args.into_iter().map(text).collect();
        let (program, rest) = args.split_first()?;
        let is_option = |arg: &&String| arg.starts_with('-') && *arg != "--";
        let (options, rest) = rest.split_at(rest.iter().take_while(is_option).count());
        for option in options {
            match option.as_str() {
                "--cflags" => return Some(Self::AddonFlags),
                "--v8-options" => return Some(Self::V8Options),
                "-v" | "-V" | "--version" | "-h" | "--help" => return None,
                _ => {}
            }
        }
        let (first, others) = rest.split_first()?;
        let options = options.to_vec();
        let named = match first.as_str() {
            "--" if others.is_empty() => return Some(Self::Nothing),
            "--" => others,
            "repl" if others.is_empty() => {
                return Some(Self::Shell { program: program.clone(), options });
            }
            name if is_script(name) => rest,
            _ => return None,
        };
        let args = std::iter::once(program).chain(named).cloned().collect();
        Some(Self::Script { args, options })
    }

    /// Does what was asked for. `addon_flags` are those that an addon is compiled with, or the
    /// reason why they are not known.
    pub fn run(self, addon_flags: impl FnOnce() -> Result<String, String>) -> ExitCode {
        let (args, options) = match self {
            Self::Script { args, options } => (args, options),
            Self::Shell { program, options } => (vec![program], options),
            Self::Nothing => {
                say(std::io::stderr(), "No script was specified.\n");
                say(std::io::stdout(), USAGE);
                return ExitCode::FAILURE;
            }
            Self::AddonFlags => return print_flags(addon_flags()),
            Self::V8Options => {
                // V8 ends the process behind its list.
                avocet_v8::take_flags(&["--help".to_owned()]);
                return ExitCode::SUCCESS;
            }
        };
        if let Some(unknown) = avocet_v8::take_flags(&options).first() {
            let what = "avocet --v8-options lists those of V8";
            say(std::io::stderr(), &format!("avocet: unknown option {unknown}: {what}\n"));
            return ExitCode::from(WRONG);
        }
        script::run_script(args)
    }
}

fn is_script(name: &str) -> bool {
    name.ends_with(".js") || name.contains('/')
}

/// Prints a text; where nobody listens any more (`avocet --cflags | true`), that is no failure.
fn say(mut to: impl std::io::Write, text: &str) {
    let _ = to.write_all(text.as_bytes());
}

fn print_flags(flags: Result<String, String>) -> ExitCode {
    match flags {
        Ok(flags) => {
            say(std::io::stdout(), &format!("{flags}\n"));
            ExitCode::SUCCESS
        }
        Err(message) => {
            say(std::io::stderr(), &format!("avocet: {message}\n"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<Invocation> {
        Invocation::of(std::iter::once("avocet").chain(line.split_whitespace()).map(Into::into))
    }

    fn script(line: &str) -> (String, String) {
        match of(line) {
            Some(Invocation::Script { args, options }) => (args.join(" "), options.join(" ")),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn scripts_are_told_from_commands() {
        for (line, args, options) in [
            ("a.js", "avocet a.js", ""),
            ("a.js -v -- --cflags repl", "avocet a.js -v -- --cflags repl", ""),
            ("-- serve -v", "avocet serve -v", ""),
            ("-- -- x", "avocet -- x", ""),
            ("bin/tool x", "avocet bin/tool x", ""),
            ("http://example.org/a.js", "avocet http://example.org/a.js", ""),
            ("--expose_gc --trace-gc -- a", "avocet a", "--expose_gc --trace-gc"),
            ("--expose_gc a.js --no", "avocet a.js --no", "--expose_gc"),
        ] {
            assert_eq!(script(line), (args.to_owned(), options.to_owned()), "{line}");
        }
        for line in [
            "",
            "serve",
            "serve a.js",
            "--unknown",
            "--unknown serve",
            "-v",
            "repl --help",
            "a",
            "--help a.js",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn some_options_are_commands_of_their_own() {
        assert_eq!(of("--cflags"), Some(Invocation::AddonFlags));
        assert_eq!(of("--expose_gc --v8-options a.js"), Some(Invocation::V8Options));
        assert_eq!(of("--"), Some(Invocation::Nothing));
        let shell = |options: &[&str]| Invocation::Shell {
            program: "avocet".into(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        };
        assert_eq!(of("repl"), Some(shell(&[])));
        assert_eq!(of("--expose_gc repl"), Some(shell(&["--expose_gc"])));
    }
}
