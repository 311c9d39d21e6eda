//! `avocet check`: what would become of files, without running anything of them.

use std::collections::BTreeMap;

use avocet_functions::manifest::Manifest;
use avocet_functions::model::{
    ConfigMap, Engine, Function, References, ResolvedEnv, Resource, Runtime, Secret,
};
use avocet_functions::project::{self, Options};
use avocet_functions::{Place, Severity};
use avocet_server::{Environment, Interpreters, Mounting};
use serde_json::{Value, json};

use crate::cli::{Check, Report};
use crate::collect::{self, FileSet};
use crate::failure::{Exit, Failure};
use crate::print;

/// What becomes of something in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It works as it is.
    Works,
    /// It works in another way.
    Mapped,
    /// It has no effect here.
    Ignored,
    /// It needs what is not among the files.
    Needs,
    /// It would be refused.
    Fails,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Mapped => "mapped",
            Self::Ignored => "ignored",
            Self::Needs => "needs",
            Self::Fails => "fails",
        }
    }
}

/// One line of the report.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    text: String,
    place: Place,
}

/// Reads the files and reports.
pub(crate) async fn run(args: &Check) -> anyhow::Result<()> {
    let set = collect::read(&args.paths, None)?;
    let (top, files) = set.project();
    let folder = top.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let options = Options { namespace: args.namespace.clone(), folder };
    let manifest = project::read(&files, &options);
    let interpreters = Interpreters::discover(&Environment::of_process()).await;
    let mut findings = diagnostics(&manifest);
    for located in &manifest.resources {
        let mut told = Told { place: &located.place, findings: &mut findings };
        match &located.value {
            Resource::Function(function) => {
                check_function(function, &manifest, &interpreters, &mut told);
            }
            other => check_object(other, &mut told),
        }
    }
    for finding in &mut findings {
        let known = files.iter().any(|file| file.path == finding.place.file);
        finding.place.file = match known {
            true => format!("{top}{}", finding.place.file),
            false => top.trim_end_matches('/').to_owned(),
        };
    }
    findings.sort_by(|a, b| a.place.file.cmp(&b.place.file).then(a.place.line.cmp(&b.place.line)));
    match args.output {
        Report::Text => print::lines(findings.iter().map(|finding| line(finding, &set)))?,
        Report::Json => print::json(&json!({
            "findings": findings.iter().map(|finding| value(finding, &set)).collect::<Vec<_>>(),
        }))?,
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    match count(Verdict::Fails) {
        0 => Ok(()),
        failing => Err(Failure::new(Exit::Refused, format!("{failing} of these would be refused"))
            .help("the lines that begin with `fails` say why")
            .into()),
    }
}

fn diagnostics(manifest: &Manifest) -> Vec<Finding> {
    let of = |diagnostic: &avocet_functions::Diagnostic| {
        let path = diagnostic.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        Finding {
            verdict: match diagnostic.severity {
                Severity::Error => Verdict::Fails,
                Severity::Warning => Verdict::Ignored,
            },
            text: format!("{path}{}", diagnostic.message),
            place: diagnostic.place.clone(),
        }
    };
    manifest.diagnostics.iter().map(of).collect()
}

/// Findings about one document.
struct Told<'a> {
    place: &'a Place,
    findings: &'a mut Vec<Finding>,
}

impl Told<'_> {
    fn say(&mut self, verdict: Verdict, text: impl Into<String>) {
        let place = self.place.clone();
        self.findings.push(Finding { verdict, text: text.into(), place });
    }
}

fn check_function(
    function: &Function,
    manifest: &Manifest,
    interpreters: &Interpreters,
    told: &mut Told<'_>,
) {
    use Verdict::{Fails, Ignored, Mapped, Needs, Works};
    let (name, runtime) = (&function.name, function.runtime);
    match (runtime.engine(), interpreters.choose(runtime)) {
        (Engine::V8, _) => told.say(Works, format!("{name}: runs on `v8`, inside the platform")),
        (_, Err(error)) => told.say(Fails, format!("{name}: {error}")),
        (engine, Ok(chosen)) => {
            let version = &chosen.interpreter.full_version;
            match chosen.warning {
                None => told.say(Works, format!("{name}: `{runtime}` runs on {engine} {version}")),
                Some(warning) => told.say(Mapped, format!("{name}: {warning}")),
            }
        }
    }
    match function.package() {
        Ok(package) => {
            told.say(Works, format!("{name}: calls `{}` of {}", package.export, package.entry));
            check_dependencies(function, &package.files, told);
        }
        Err(error) => told.say(Fails, format!("{name}: {error}")),
    }
    if let Err(errors) = ResolvedEnv::resolve(function, &Among(manifest)) {
        for error in errors {
            told.say(Needs, format!("{name}: {error} among these files"));
        }
    }
    for mount in &function.secret_mounts {
        let path = mount.mount_path.trim_end_matches('/');
        let (verdict, text) = match (runtime.engine(), Mounting::of_system().refusal(path)) {
            (Engine::V8, _) => {
                let text = "v8 has no file system; `valueFrom.secretKeyRef` works";
                (Ignored, format!("{path}: {text}"))
            }
            (_, Some(refusal)) => (Mapped, refusal),
            (_, None) => (Works, format!("{}: files in {path}", mount.secret_name)),
        };
        told.say(verdict, format!("{name}: spec.secretMounts: {text}"));
    }
    let limits = function.limits();
    if let Some(cpu) = limits.cpu.filter(|_| runtime.engine() != Engine::V8) {
        let text = format!(
            "the processor share ({cpu}) is held by control groups where the server may make them, \
             else it is not; the memory limit ({}) always is",
            limits.memory
        );
        told.say(Mapped, format!("{name}: spec.resourceConfiguration: {text}"));
    }
}

fn check_dependencies(
    function: &Function,
    files: &BTreeMap<String, avocet_functions::model::FileContent>,
    told: &mut Told<'_>,
) {
    let (name, engine) = (&function.name, function.runtime.engine());
    let list = engine.dependencies_file();
    let Some(content) = files.get(list).filter(|list| !list.0.trim_ascii().is_empty()) else {
        return;
    };
    if engine == Engine::Python {
        told.say(Verdict::Works, format!("{name}: {list}: installed by pip at deploy"));
        return;
    }
    match serde_json::from_slice::<Value>(&content.0) {
        Err(error) => told.say(Verdict::Fails, format!("{name}: {list}: {error}")),
        Ok(_) if !project::names_packages(&content.0) => {}
        Ok(_) if engine == Engine::V8 => {
            let text = format!("{list}: `v8` installs no packages: use `{}`", Runtime::NODEJS);
            told.say(Verdict::Ignored, format!("{name}: {text}"));
        }
        Ok(_) => told.say(Verdict::Works, format!("{name}: {list}: installed by npm at deploy")),
    }
}

fn check_object(resource: &Resource, told: &mut Told<'_>) {
    let (namespace, name) = resource.name();
    let (kind, verdict, text) = match resource {
        Resource::Subscription(_) => {
            ("Subscription", Verdict::Ignored, "kept; this version delivers no events by itself")
        }
        Resource::ConfigMap(_) => ("ConfigMap", Verdict::Works, "feeds `valueFrom`"),
        Resource::Secret(_) => ("Secret", Verdict::Works, "feeds `valueFrom`"),
        Resource::ApiRule(_) => ("APIRule", Verdict::Works, "routes hosts and paths"),
        Resource::Function(_) => return,
    };
    told.say(verdict, format!("{kind} {namespace}/{name}: {text}"));
}

/// The ConfigMaps and Secrets among the files.
struct Among<'a>(&'a Manifest);

impl References for Among<'_> {
    fn config_map(&self, namespace: &str, name: &str) -> Option<&ConfigMap> {
        self.0.resources.iter().find_map(|located| match &located.value {
            Resource::ConfigMap(map) if located.value.name() == (namespace, name) => Some(map),
            _ => None,
        })
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<&Secret> {
        self.0.resources.iter().find_map(|located| match &located.value {
            Resource::Secret(secret) if located.value.name() == (namespace, name) => Some(secret),
            _ => None,
        })
    }
}

/// `works    default/orders: …: file:line`.
fn line(finding: &Finding, set: &FileSet) -> String {
    let mut place = set.written(&finding.place.file);
    for number in [finding.place.line, finding.place.column].into_iter().map_while(|n| n) {
        place.push_str(&format!(":{number}"));
    }
    format!("{:<8} {}: {place}", finding.verdict.name(), finding.text)
}

fn value(finding: &Finding, set: &FileSet) -> Value {
    json!({
        "verdict": finding.verdict.name(),
        "message": finding.text,
        "file": set.written(&finding.place.file),
        "line": finding.place.line,
        "column": finding.place.column,
    })
}
