//! `avocet init`: a ready project folder.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use avocet_functions::model::{Engine, Runtime, Signature, check_label};

use crate::cli::Init;
use crate::failure::{Exit, Failure};
use crate::print;
use crate::terminal::{self, Style};

/// The files of one form of function.
struct Template {
    /// The engine and the signature that it is for.
    form: (Engine, Signature),
    /// Path and text of the files that only this form has.
    files: &'static [(&'static str, &'static str)],
}

const TEMPLATES: [Template; 5] = [
    Template {
        form: (Engine::V8, Signature::EventContext),
        files: &[("handler.js", include_str!("../../templates/v8/handler.js"))],
    },
    Template {
        form: (Engine::NodeJs, Signature::EventContext),
        files: &[
            ("handler.js", include_str!("../../templates/node-event/handler.js")),
            ("package.json", include_str!("../../templates/node-event/package.json")),
        ],
    },
    Template {
        form: (Engine::NodeJs, Signature::Express),
        files: &[
            ("handler.js", include_str!("../../templates/node-request/handler.js")),
            ("package.json", include_str!("../../templates/node-request/package.json")),
        ],
    },
    Template {
        form: (Engine::Python, Signature::EventContext),
        files: &[
            ("handler.py", include_str!("../../templates/python-event/handler.py")),
            ("requirements.txt", include_str!("../../templates/python-event/requirements.txt")),
        ],
    },
    Template {
        form: (Engine::Python, Signature::Flask),
        files: &[
            ("handler.py", include_str!("../../templates/python-request/handler.py")),
            ("requirements.txt", include_str!("../../templates/python-request/requirements.txt")),
        ],
    },
];

/// Parts of every form.
const COMMON: &[(&str, &str)] = &[
    ("function.yaml", include_str!("../../templates/function.yaml")),
    ("README.md", include_str!("../../templates/README.md")),
];

/// Writes the folder and says what to do next.
pub(crate) fn run(args: &Init) -> anyhow::Result<()> {
    check_label(&args.name).map_err(|error| {
        Failure::new(Exit::Usage, format!("not a name for a function: {error}"))
    })?;
    let runtime: Runtime = args.runtime.parse().map_err(|_| unknown(&args.runtime))?;
    let folder = Path::new(&args.name);
    make_folder(folder)?;
    for (path, text) in COMMON.iter().chain(template(runtime).files) {
        write_new(&folder.join(path), &fill(text, &args.name, runtime))?;
    }
    if let Some(warning) = runtime.deprecation() {
        terminal::note(format_args!("{}: {warning}", Style::stderr().yellow("warning")));
    }
    print::lines([format!("{0}/ is ready. Work on it with:\n  avocet dev {0}", args.name)])
}

fn template(runtime: Runtime) -> &'static Template {
    let form = (runtime.engine(), runtime.signature());
    TEMPLATES.iter().find(|template| template.form == form).expect("every form has a template")
}

fn unknown(runtime: &str) -> Failure {
    Failure::new(Exit::Usage, format!("unknown runtime: {runtime}"))
        .help(format!("use one of {}", Runtime::names()))
}

/// Makes the folder; one that is there may be used only where it is empty.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let taken =
        folder.exists() && !folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    if taken {
        return Err(Failure::new(Exit::Failed, format!("already there: {}", folder.display()))
            .help("choose another name, or remove it first; nothing was changed")
            .into());
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn fill(text: &str, name: &str, runtime: Runtime) -> String {
    text.replace("{{name}}", name)
        .replace("{{runtime}}", runtime.name())
        .replace("{{handler}}", runtime.engine().default_file())
}

/// Writes a file that must not be there yet, also where somebody else is quicker.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_has_a_template_with_its_handler() {
        for runtime in Runtime::ALL {
            let files = template(runtime).files;
            let handler = runtime.engine().default_file();
            assert!(files.iter().any(|(path, _)| *path == handler), "{runtime}");
        }
    }
}
