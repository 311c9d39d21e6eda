//! A function between its definition and the registry.

use std::collections::BTreeMap;

use avocet_backplane::{Document, Key, ResourceKind, RevisionContent, SourceFile};
use avocet_functions::model::{
    Cpu, Engine, EnvSourceKind, FileContent, Function, FunctionName, Limits, PLATFORM_NAMESPACE,
    REGISTRY_SECRET, ResolvedEnv, Source,
};
use avocet_runtimes::Program;
use serde::{Deserialize, Serialize};

/// The document of a function in the registry: the definition without its sources, which are files
/// of the revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub function: Function,
    /// The file that holds the handler.
    pub entry: String,
    /// Limits in force when it was deployed.
    pub limits: Limits,
}

/// A function's code and definition, ready for the registry and for a worker.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub stored: Stored,
    pub files: BTreeMap<String, FileContent>,
}

impl Built {
    /// The revision as it was deployed.
    pub(crate) fn read(content: &RevisionContent) -> avocet_backplane::Result<Self> {
        let stored = content.document.to()?;
        let files =
            content.files.iter().map(|f| (f.path.clone(), FileContent(f.bytes.clone()))).collect();
        Ok(Self { stored, files })
    }

    /// Takes the sources out of `function`, which keeps the kind of its source.
    pub(crate) fn new(
        mut function: Function,
        files: BTreeMap<String, FileContent>,
        entry: String,
        limits: Limits,
    ) -> Self {
        match &mut function.source {
            Source::Inline(inline) => {
                inline.source.clear();
                inline.dependencies = None;
            }
            Source::Git(_) => {}
            source => *source = Source::Files(BTreeMap::new()),
        }
        Self { stored: Stored { function, entry, limits }, files }
    }

    /// The definition with its sources back in it, as a person deployed it; of a repository it names
    /// the commit.
    pub(crate) fn definition(&self) -> Function {
        let mut function = self.stored.function.clone();
        match &mut function.source {
            Source::Inline(inline) => {
                let text = |path: &str| {
                    let content = self.files.get(path)?;
                    Some(String::from_utf8_lossy(&content.0).into_owned())
                };
                inline.source = text(&self.stored.entry).unwrap_or_default();
                inline.dependencies = text(function.runtime.engine().dependencies_file());
            }
            Source::Git(_) => {}
            source => *source = Source::Files(self.files.clone()),
        }
        function
    }

    /// The code, as workers on Node.js and Python get it.
    pub(crate) fn program<'a>(&'a self, env: &'a ResolvedEnv) -> Program<'a> {
        Program {
            name: self.stored.name(),
            runtime: self.stored.function.runtime,
            files: &self.files,
            registries: &env.registries,
            entry: &self.stored.entry,
            cpu: self.stored.limits.cpu.map(Cpu::millis),
        }
    }

    pub(crate) fn document(&self) -> avocet_backplane::Result<Document> {
        Document::of(&self.stored)
    }

    pub(crate) fn source_files(&self) -> Vec<SourceFile> {
        let file = |(path, content): (&String, &FileContent)| SourceFile {
            path: path.clone(),
            bytes: content.0.clone(),
        };
        self.files.iter().map(file).collect()
    }

    /// Whether `content` is this function, so that deploying it would change nothing. A commit that
    /// changed none of its files does not count.
    pub(crate) fn is(&self, content: &RevisionContent) -> bool {
        Self::read(content).is_ok_and(|other| {
            other.files == self.files
                && without_commit(other.stored.function)
                    == without_commit(self.stored.function.clone())
                && other.stored.entry == self.stored.entry
        })
    }
}

fn without_commit(mut function: Function) -> Function {
    if let Source::Git(git) = &mut function.source {
        git.commit = None;
    }
    function
}

impl Stored {
    pub(crate) fn name(&self) -> &FunctionName {
        &self.function.name
    }

    /// The config maps and secrets that it refers to.
    pub(crate) fn references(&self) -> Vec<Key> {
        references(&self.function)
    }
}

/// The config maps and secrets that a function refers to.
pub(crate) fn references(function: &Function) -> Vec<Key> {
    let namespace = function.name.namespace();
    let key = |(kind, name)| {
        let kind = match kind {
            EnvSourceKind::ConfigMap => ResourceKind::ConfigMap,
            EnvSourceKind::Secret => ResourceKind::Secret,
        };
        Key::new(kind, namespace, name)
    };
    let mut keys: Vec<_> = function.references().map(key).collect();
    if function.runtime.engine() != Engine::V8 {
        // These need not be there.
        let settings = [namespace, PLATFORM_NAMESPACE];
        let key = |namespace| Key::new(ResourceKind::Secret, namespace, REGISTRY_SECRET);
        keys.extend(settings.map(key));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a function in the registry.
pub(crate) fn key(name: &FunctionName) -> Key {
    Key::function(name.namespace(), name.name())
}
