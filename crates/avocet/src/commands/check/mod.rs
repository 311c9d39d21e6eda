//! `avocet check`: what would become of files, without running anything of them.

mod finding;

use std::collections::BTreeMap;
use std::path::Path;

use avocet_functions::manifest::Manifest;
use avocet_functions::model::{
    ConfigMap, Engine, FileContent, Function, Git, Package, PackageError, REGISTRY_SECRET,
    References, ResolvedEnv, Resource, Runtime, Secret, Source,
};
use avocet_functions::project::{self, Options, ProjectFile, Spot};
use avocet_functions::{Place, Severity};
use avocet_jail::Launcher;
use avocet_runtimes::asks_for_packages;
use avocet_runtimes::inspect::{self, Modules, Wrong};
use avocet_sandbox::{Compiler, SourceKind};
use avocet_server::{Environment, Machine, Mounting};

use crate::cli::{Check, Report};
use crate::collect;
use crate::failure::{Exit, Failure};
use crate::print;
use finding::{Finding, Findings, Shown, Told, Verdict, line};

/// Reads the files and reports.
pub(crate) async fn run(args: &Check) -> anyhow::Result<()> {
    let set = collect::read(&args.paths, None)?;
    let (top, files) = set.project();
    let folder = top.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let options = Options { namespace: args.namespace.clone(), folder, ..Options::default() };
    let manifest = project::read(&files, &options);
    let program = std::env::current_exe().unwrap_or_else(|_| "avocet".into());
    let machine = Machine::find(&Environment::of_process(), &program).await;
    let mut findings = diagnostics(&manifest);
    findings.extend(set.left_out().map(|text| Finding {
        verdict: Verdict::Ignored,
        text,
        help: None,
        place: Place::default(),
    }));
    let mut v8 = Compiler::default();
    let mut modules = Modules::default();
    modules.scripts_run = args.allow_install_scripts;
    for located in &manifest.resources {
        let mut told = Told { located, findings: &mut findings };
        match &located.value {
            Resource::Function(function) => {
                let around = Around { manifest: &manifest, files: &files, machine: &machine };
                check_function(function, &around, (&mut v8, &mut modules), &mut told);
            }
            other => check_object(other, &mut told),
        }
    }
    for finding in &mut findings {
        // A file, or a folder of some.
        let known = files.iter().any(|file| {
            let rest = file.path.strip_prefix(&finding.place.file);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        finding.place.file = match known {
            true => format!("{top}{}", finding.place.file),
            false => top.trim_end_matches('/').to_owned(),
        };
    }
    findings.sort_by(|a, b| a.place.file.cmp(&b.place.file).then(a.place.line.cmp(&b.place.line)));
    match args.output {
        Report::Text => print::lines(findings.iter().map(|finding| line(finding, &set)))?,
        Report::Json => {
            let findings = findings.iter().map(|finding| Shown::of(finding, &set)).collect();
            print::json(&Findings { findings })?;
        }
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
            help: diagnostic.help.clone(),
            place: diagnostic.place.clone(),
        }
    };
    manifest.diagnostics.iter().map(of).collect()
}

/// Files and interpreters that functions are checked against.
struct Around<'a> {
    manifest: &'a Manifest,
    files: &'a [ProjectFile],
    machine: &'a Machine,
}

/// Advice about a secret at `path` that a server on this machine could not mount.
fn mounting(path: &str) -> Option<String> {
    let program = std::env::current_exe().unwrap_or_else(|_| "avocet".into());
    Mounting::of_system(&Launcher::of(&program)).refusal(path)
}

const RUNTIME: &[&str] = &["spec.runtime"];
const CODE: &[&str] = &["spec.handler", "spec.source"];
const RESOURCES: &[&str] = &["spec.resourceConfiguration", "spec.resources"];

fn check_function(
    function: &Function,
    around: &Around<'_>,
    (v8, modules): (&mut Compiler, &mut Modules),
    told: &mut Told<'_>,
) {
    use Verdict::{Fails, Ignored, Mapped, Needs, Works};
    let (name, runtime) = (&function.name, function.runtime);
    let mut program = None;
    match (runtime.engine(), around.machine.launch(runtime)) {
        (Engine::V8, _) => {
            told.say_of(RUNTIME, Works, format!("{name}: runs on `v8`, inside the platform"));
        }
        (_, Err(error)) => told.say_of(RUNTIME, Fails, format!("{name}: {error}")),
        (engine, Ok((_, chosen))) => {
            let version = &chosen.interpreter.full_version;
            let (verdict, text) = match chosen.warning {
                None => (Works, format!("`{runtime}` runs on {engine} {version}")),
                Some(warning) => (Mapped, warning),
            };
            told.say_of(RUNTIME, verdict, format!("{name}: {text}"));
            program = Some(chosen.interpreter);
        }
    }
    match function.package() {
        Ok(package) => {
            let interpreter = program.as_ref();
            let program = interpreter.map(|own| &*own.program);
            let untaken = interpreter.and_then(|own| inspect::untaken(function, &package, own));
            if let Some((path, why)) = untaken {
                told.say_of_file(&path, Fails, format!("{name}: {why}"));
            }
            match syntax_error(function, &package, program, v8) {
                Some((path, wrong)) => {
                    let located = told.located;
                    let at = (&*path, wrong.spot);
                    let place = project::locate(at, located, function, &package, around.files);
                    told.push(Fails, format!("{name}: {}", wrong.message), place);
                }
                None => {
                    check_modules(function, &package, (around, program), modules, told);
                }
            }
            check_dependencies(function, &package.files, told);
        }
        Err(PackageError::GitNotFetched(url)) => {
            let text = "fetched when it is deployed; what is in it was not looked at";
            told.say_of(CODE, Works, format!("{name}: {url}: {text}"));
            check_sign_in(function, around, told);
        }
        Err(error) => told.say_of(CODE, Fails, format!("{name}: {error}")),
    }
    if let Err(errors) = ResolvedEnv::resolve(function, &Among(around.manifest)) {
        for error in errors {
            told.say_of(&["spec.env"], Needs, format!("{name}: {error} among these files"));
        }
    }
    for mount in &function.secret_mounts {
        let path = mount.mount_path.trim_end_matches('/');
        let (verdict, text) = match (runtime.engine(), mounting(path)) {
            (Engine::V8, _) => {
                let text = "v8 has no file system; `valueFrom.secretKeyRef` works";
                (Ignored, format!("{path}: {text}"))
            }
            (_, Some(refusal)) => (Mapped, refusal),
            (_, None) => (Works, format!("{}: files in {path}", mount.secret_name)),
        };
        let field = "spec.secretMounts";
        told.say_of(&[field], verdict, format!("{name}: {field}: {text}"));
    }
    let limits = function.limits();
    if let Some(cpu) = limits.cpu.filter(|_| runtime.engine() != Engine::V8) {
        let text = format!(
            "the processor share ({cpu}) is held by control groups where the server may make them, \
             else it is not; the memory limit ({}) always is",
            limits.memory
        );
        told.say_of(RESOURCES, Mapped, format!("{name}: spec.resourceConfiguration: {text}"));
    }
}

/// Most sources of a function that are compiled.
const MAX_COMPILED: usize = 50;

/// The first source that its compiler does not take, of those that are loaded with the handler; the
/// compiler of `v8` is in this program.
fn syntax_error(
    function: &Function,
    package: &Package,
    program: Option<&Path>,
    v8: &mut Compiler,
) -> Option<(String, Wrong)> {
    let mut own = |text: &str, module: bool| {
        let kind = if module { SourceKind::Module } else { SourceKind::CommonJs };
        let error = v8.compile(text, kind).err()?;
        let spot = Spot { line: error.line, column: error.column };
        Some(Wrong { message: error.message, spot })
    };
    inspect::loaded(function, package).into_iter().take(MAX_COMPILED).find_map(|path| {
        let compiler = match (function.runtime.engine(), program) {
            (Engine::V8, _) => inspect::Compiler::V8(&mut own),
            (Engine::NodeJs, Some(program)) => inspect::Compiler::NodeJs(program),
            (Engine::Python, Some(program)) => inspect::Compiler::Python(program),
            (_, None) => return None,
        };
        let wrong = inspect::syntax_error(package, &path, compiler)?;
        Some((path, wrong))
    })
}

/// Checks that the credentials of a repository are there too.
fn check_sign_in(function: &Function, around: &Around<'_>, told: &mut Told<'_>) {
    let Source::Git(Git { auth: Some(auth), .. }) = &function.source else { return };
    let (name, secret) = (&function.name, &auth.secret_name);
    if Among(around.manifest).secret(name.namespace(), secret).is_none() {
        let field = "spec.source.gitRepository.auth";
        let missing = format!("Secret `{}/{secret}` is not among these files", name.namespace());
        told.say_of(&[field], Verdict::Needs, format!("{name}: {field}: {missing}"));
    }
}

/// Checks what the handler's file exports, and what it and the files that it leads to ask for.
fn check_modules(
    function: &Function,
    package: &Package,
    (around, program): (&Around<'_>, Option<&Path>),
    modules: &mut Modules,
    told: &mut Told<'_>,
) {
    let name = &function.name;
    let without = inspect::without_export(package);
    if without.is_none() {
        let text = format!("{name}: calls `{}` of {}", package.export, package.entry);
        told.say_of(CODE, Verdict::Works, text);
    }
    for missing in without.into_iter().chain(modules.missing(function, package, program)) {
        let verdict = if missing.certain { Verdict::Fails } else { Verdict::Needs };
        let at = (&*missing.file, missing.spot);
        let place = project::locate(at, told.located, function, package, around.files);
        let text = format!("{name}: {}", missing.text);
        told.findings.push(Finding { verdict, text, help: Some(missing.help), place });
    }
}

fn check_dependencies(
    function: &Function,
    files: &BTreeMap<String, FileContent>,
    told: &mut Told<'_>,
) {
    let (name, engine) = (&function.name, function.runtime.engine());
    let list = engine.dependencies_file();
    let (verdict, text) = match (engine, asks_for_packages(engine, files)) {
        (_, Err(error)) => (Verdict::Fails, error.to_string()),
        (_, Ok(false)) => return,
        (Engine::V8, _) => {
            (Verdict::Ignored, format!("`v8` installs no packages: use `{}`", Runtime::NODEJS))
        }
        (Engine::Python, _) => (Verdict::Works, "installed by pip at deploy".to_owned()),
        _ => (Verdict::Works, "installed by npm at deploy".to_owned()),
    };
    told.say_of_file(list, verdict, format!("{name}: {list}: {text}"));
}

fn check_object(resource: &Resource, told: &mut Told<'_>) {
    let (namespace, name) = resource.name();
    let (kind, verdict, text) = match resource {
        Resource::Subscription(_) => ("Subscription", Verdict::Works, "delivers events"),
        Resource::ConfigMap(_) => ("ConfigMap", Verdict::Works, "feeds `valueFrom`"),
        Resource::Secret(secret) if secret.name.name == REGISTRY_SECRET => {
            ("Secret", Verdict::Works, "configures npm and pip where packages are installed")
        }
        Resource::Secret(_) => ("Secret", Verdict::Works, "feeds `valueFrom` and `secretMounts`"),
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
