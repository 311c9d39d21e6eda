//! Findings about a function by its sources, without running anything of it: whether they compile
//! ([`syntax_error`]), whether the handler can be there ([`without_export`]), and which modules
//! nothing provides ([`Modules`]).
//!
//! What is not certain is not said: a name that is put together, a module that may be missing, a
//! requirement that may install a module of another name.

mod javascript;
mod python;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use avocet_functions::model::{Engine, Function, Package, Source, Version};
use avocet_functions::project::{Outline, Spot, candidates, read_javascript, read_python};

use crate::Interpreter;

pub use syntax::{Compiler, Wrong, syntax_error};

/// The function's own sources that are certainly loaded with its handler, which is the first.
pub fn loaded(function: &Function, package: &Package) -> Vec<String> {
    let asking = Asking { function, package };
    let sources = match function.runtime.engine() {
        Engine::Python => asking.sources(python::follow),
        _ => asking.sources(candidates),
    };
    sources.into_iter().filter(|source| source.at_load).map(|source| source.path).collect()
}

/// A source that is loaded with the handler and that the interpreter does not take, whatever is in
/// it, with the reason.
pub fn untaken(
    function: &Function,
    package: &Package,
    interpreter: &Interpreter,
) -> Option<(String, String)> {
    let Interpreter { engine, version, full_version, .. } = interpreter;
    let (first, odd, next) = (Version::new(22, 18), Version::new(23, 0), Version::new(23, 6));
    let strips = *version >= next || *version >= first && *version < odd;
    if *engine != Engine::NodeJs || strips {
        return None;
    }
    let typed = |path: &String| [".ts", ".mts", ".cts"].iter().any(|end| path.ends_with(end));
    let path = loaded(function, package).into_iter().find(typed)?;
    let why = format!(
        "{path} is TypeScript, whose types Node.js {full_version} does not strip: take a runtime of \
         Node.js 22.18 or later, or compile it before"
    );
    Some((path, why))
}

/// Sources of a function that are read: those that its handler asks for, and so on.
const MAX_SOURCES: usize = 200;

/// Something that a source asks for in vain.
#[derive(Debug)]
pub struct Missing {
    /// The function's file.
    pub file: String,
    /// Place in the file.
    pub spot: Spot,
    /// Fault, in one line.
    pub text: String,
    /// Advice: what to do about it.
    pub help: String,
    /// Whether the function certainly cannot be loaded without it.
    pub certain: bool,
}

/// Asks interpreters for their own modules, each once.
#[derive(Debug, Default)]
pub struct Modules {
    /// Packages may run programs of theirs while they are installed: nothing is told of those.
    pub scripts_run: bool,
    of_node: BTreeMap<PathBuf, Option<BTreeSet<String>>>,
}

/// A function whose modules are looked for.
struct Asking<'a> {
    function: &'a Function,
    package: &'a Package,
}

/// A source that was read.
struct Read {
    path: String,
    outline: Outline,
    /// Whether it is certainly loaded with the handler.
    at_load: bool,
}

impl Asking<'_> {
    /// Whether the text is part of the definition, and not a file.
    fn is_inline(&self) -> bool {
        matches!(self.function.source, Source::Inline(_))
    }

    fn is_newest(&self) -> bool {
        use avocet_functions::model::Signature::{Express, Flask};
        matches!(self.function.runtime.signature(), Express | Flask)
    }

    /// Advice about module `sdk` on a runtime that does not have it.
    fn sdk(&self, module: &str) -> Option<String> {
        let newest = match self.function.runtime.engine() {
            Engine::Python => "python314",
            _ => "nodejs26",
        };
        (module == "sdk").then(|| format!("runtime `{newest}` has it"))
    }

    /// The list of dependencies, where there is one.
    fn list(&self) -> Option<&str> {
        let list = self.package.files.get(self.function.runtime.engine().dependencies_file())?;
        list.text().filter(|text| !text.trim().is_empty())
    }

    /// Name of the list in which a dependency is written.
    fn list_name(&self) -> &'static str {
        match self.is_inline() {
            true => "spec.source.inline.dependencies",
            false => self.function.runtime.engine().dependencies_file(),
        }
    }

    /// The sources that the handler leads to, with what they ask for; the first is its own.
    fn sources(&self, follow: impl Fn(&str, &str) -> Vec<String>) -> Vec<Read> {
        let mut known = vec![self.package.entry.clone()];
        let mut later = BTreeSet::new();
        let mut read = Vec::new();
        while let Some(path) = known.get(read.len()).cloned() {
            let at_load = !later.contains(&path);
            let text = self.package.files.get(&path).and_then(|file| file.text());
            let found = outline(&path, text.unwrap_or_default());
            for module in &found.uses {
                let next = follow(&path, &module.module).into_iter().find(|candidate| {
                    self.package.files.contains_key(candidate) && is_source(candidate)
                });
                let next = next.filter(|n| known.len() < MAX_SOURCES && !known.contains(n));
                if !(at_load && module.at_load) {
                    later.extend(next.clone());
                }
                known.extend(next);
            }
            read.push(Read { path, outline: found, at_load });
        }
        read
    }
}

impl Modules {
    /// The modules that a function's sources ask for and that are neither its own files, nor part
    /// of its runtime, nor among what it depends on. `program` is the runtime's interpreter.
    pub fn missing(
        &mut self,
        function: &Function,
        package: &Package,
        program: Option<&Path>,
    ) -> Vec<Missing> {
        let asking = Asking { function, package };
        match (function.runtime.engine(), program) {
            (Engine::V8, _) => javascript::missing_on_v8(&asking),
            (Engine::NodeJs, Some(program)) => {
                let own = self.of_node.entry(program.to_owned());
                let own = own.or_insert_with(|| javascript::modules_of(program));
                let scripts = self.scripts_run;
                own.as_ref().map_or_else(Vec::new, |own| javascript::missing(&asking, own, scripts))
            }
            (Engine::Python, Some(program)) => python::missing(&asking, program),
            (_, None) => Vec::new(),
        }
    }
}

/// Fault of a handler's file that certainly has no such export.
pub fn without_export(package: &Package) -> Option<Missing> {
    let outline = outline(&package.entry, package.files.get(&package.entry)?.text()?);
    let (entry, export) = (&package.entry, &package.export);
    if !outline.lacks(export) {
        return None;
    }
    let others: Vec<_> =
        outline.exports.iter().take(3).map(|(own, _)| format!("`{own}`")).collect();
    let has = match others.is_empty() {
        true => String::new(),
        false => format!("; it has {}", others.join(", ")),
    };
    Some(Missing {
        file: entry.clone(),
        spot: outline.exports.first().map_or(Spot { line: 1, column: 1 }, |(_, spot)| *spot),
        text: format!("nothing in {entry} can be its export `{export}`{has}"),
        help: match others.first() {
            Some(_) => format!("name it `{export}`, or name it in spec.handler"),
            None => format!("export a function `{export}`"),
        },
        certain: true,
    })
}

fn is_source(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    [Engine::NodeJs, Engine::Python].iter().any(|e| e.extensions().contains(&extension))
}

fn outline(path: &str, text: &str) -> Outline {
    match path.ends_with(".py") {
        true => read_python(text),
        false => read_javascript(text),
    }
}
