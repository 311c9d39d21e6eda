//! Modules of functions on Node.js and `v8`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use avocet_functions::model::Runtime;
use avocet_functions::project::{Spot, candidates, is_bare, is_of_v8};
use serde_json::Value;

use super::{Asking, Missing, Read};

/// The modules of an installed Node.js.
pub(super) fn modules_of(program: &Path) -> Option<BTreeSet<String>> {
    let mut command = Command::new(program);
    command.args(["-p", "JSON.stringify(require('module').builtinModules)"]);
    command.env_remove("NODE_OPTIONS").stdin(Stdio::null()).stderr(Stdio::null());
    serde_json::from_slice(&command.output().ok()?.stdout).ok()
}

pub(super) fn missing_on_v8(asking: &Asking<'_>) -> Vec<Missing> {
    let runtime = Runtime::NODEJS;
    wanting(asking, |module| !is_of_v8(module) && !is_shipped(asking, package_of(module)))
        .map(|mut missing: Missing| {
            missing.text.push_str(", which `v8` does not have");
            let sdk = asking.sdk(&missing.help);
            missing.help = sdk.unwrap_or_else(|| format!("use runtime `{runtime}`"));
            missing
        })
        .chain(absent_files(asking))
        .collect()
}

/// Packages that are beside the worker: `guests/node`.
const LOCK: &str = include_str!("../../../../guests/node/package-lock.json");

/// Names of the packages that are beside the worker.
fn provided() -> BTreeSet<String> {
    let lock: Value = serde_json::from_str(LOCK).unwrap_or_default();
    let paths = lock.get("packages").and_then(Value::as_object);
    let names = paths.into_iter().flatten().filter_map(|(path, _)| path.strip_prefix(FOLDER));
    names.filter(|name| !name.contains(FOLDER)).map(str::to_owned).collect()
}

/// Packages whose install scripts build or fetch what they do not work without.
const BUILT: [&str; 30] = [
    "@sap/hana-client",
    "@tensorflow/tfjs-node",
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "canvas",
    "couchbase",
    "electron",
    "farmhash",
    "grpc",
    "ibm_db",
    "kerberos",
    "leveldown",
    "libxmljs",
    "libxmljs2",
    "mongodb-client-encryption",
    "node-expat",
    "node-pty",
    "node-rdkafka",
    "node-sass",
    "nodegit",
    "odbc",
    "playwright-chromium",
    "puppeteer",
    "re2",
    "robotjs",
    "snappy",
    "sqlite3",
    "usb",
    "zeromq",
];

/// Dependencies that run scripts while they are installed: those that the function's lock names,
/// else those that are known to need theirs.
fn scripted(asking: &Asking<'_>, list: &Value) -> Vec<String> {
    let lock = ["package-lock.json", "npm-shrinkwrap.json"].into_iter();
    let lock = lock.filter_map(|name| asking.package.files.get(name)?.text()).next();
    let lock: Option<Value> = lock.and_then(|text| serde_json::from_str(text).ok());
    if let Some(locked) = lock.as_ref().and_then(|lock| lock.get("packages")?.as_object()) {
        let is = |package: &Value, key: &str| package.get(key) == Some(&Value::Bool(true));
        let runs = locked.iter().filter(|(_, package)| {
            is(package, "hasInstallScript") && !is(package, "dev") && !is(package, "optional")
        });
        let names = runs.filter_map(|(path, _)| path.rsplit_once(FOLDER));
        return names.map(|(_, name)| name.to_owned()).collect();
    }
    let dependencies = list.get("dependencies").and_then(Value::as_object);
    let names = dependencies.into_iter().flat_map(|all| all.keys());
    names.filter(|name| BUILT.contains(&name.as_str())).cloned().collect()
}

const FOLDER: &str = "node_modules/";

/// Install scripts, which run only where that is allowed.
fn scripts(asking: &Asking<'_>, list: &Value) -> Vec<Missing> {
    let names = scripted(asking, list);
    let sources = if names.is_empty() { Vec::new() } else { asking.sources(candidates) };
    let told = names.into_iter().map(|name| {
        let uses = sources.iter().flat_map(|source| {
            source.outline.uses.iter().map(move |used| (&source.path, &used.module, used.spot))
        });
        let mut own = uses.filter(|(_, module, _)| package_of(module) == name);
        let (file, spot) = own.next().map_or_else(
            || (asking.package.entry.clone(), Spot { line: 1, column: 1 }),
            |(file, _, spot)| (file.clone(), spot),
        );
        Missing {
            file,
            spot,
            text: format!("package `{name}` runs a script of its own while it is installed"),
            help: "such scripts run with --allow-install-scripts; without them it may not load"
                .to_owned(),
            certain: false,
        }
    });
    told.collect()
}

pub(super) fn missing(
    asking: &Asking<'_>,
    built_in: &BTreeSet<String>,
    scripts_run: bool,
) -> Vec<Missing> {
    let text = asking.list().unwrap_or("{}");
    let Ok(list) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        // It is refused for that.
        return Vec::new();
    };
    let names = |kind: &str| list.get(kind).and_then(Value::as_object);
    let in_any = |kinds: &[&str], name: &str| {
        kinds.iter().any(|kind| names(kind).is_some_and(|all| all.contains_key(name)))
    };
    let provided = provided();
    let wanted = |module: &str| {
        let package = package_of(module);
        let there = module.starts_with("node:")
            || built_in.contains(module)
            || built_in.contains(package)
            || in_any(&["dependencies", "optionalDependencies", "peerDependencies"], package)
            || list.get("name").and_then(Value::as_str) == Some(package)
            || asking.is_newest() && module == "sdk"
            || provided.contains(package)
            || is_shipped(asking, package);
        !there
    };
    let place = asking.list_name();
    // What depends on something else may have it installed.
    let brought = in_any_list(&list);
    let mut found: Vec<_> = wanting(asking, wanted)
        .map(|mut missing| {
            missing.certain &= !brought;
            let package = missing.help.clone();
            missing.text.push_str(", which is neither part of Node.js nor among the dependencies");
            missing.help = if let Some(sdk) = asking.sdk(&package) {
                sdk
            } else if in_any(&["devDependencies"], &package) {
                format!("`devDependencies` are not installed: move it to `dependencies` in {place}")
            } else if asking.list().is_none() {
                format!("add {{\"dependencies\": {{\"{package}\": \"*\"}}}} as {place}")
            } else {
                format!("add \"{package}\": \"*\" to `dependencies` in {place}")
            };
            missing
        })
        .chain(absent_files(asking))
        .collect();
    if !scripts_run {
        found.extend(scripts(asking, &list));
    }
    found
}

/// Files of its own that the function asks for and does not have.
fn absent_files(asking: &Asking<'_>) -> Vec<Missing> {
    let files = &asking.package.files;
    let is_there = |candidate: &String| {
        let inside = format!("{candidate}/");
        // A folder may say in a package.json of its own which file it means.
        files.contains_key(candidate)
            || files.keys().any(|file| file.starts_with(&inside))
            || ["json", "node"].iter().any(|end| files.contains_key(&format!("{candidate}.{end}")))
    };
    let mut absent = Vec::new();
    for Read { path: file, outline, at_load } in asking.sources(candidates) {
        for used in outline.uses {
            let meant = candidates(&file, &used.module);
            if meant.is_empty() || meant.iter().any(is_there) {
                continue;
            }
            absent.push(Missing {
                file: file.clone(),
                spot: used.spot,
                text: format!(
                    "{file} asks for `{}`, which is not among the function's files",
                    used.module
                ),
                help: "add the file, or correct the name".to_owned(),
                certain: used.at_load && at_load,
            });
        }
    }
    absent
}

/// Whether anything is installed.
fn in_any_list(list: &Value) -> bool {
    ["dependencies", "optionalDependencies", "peerDependencies"]
        .iter()
        .any(|kind| list.get(kind).and_then(Value::as_object).is_some_and(|all| !all.is_empty()))
}

/// The first use of each package that is `wanted`; the package's name stands in place of the help.
fn wanting(asking: &Asking<'_>, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Missing> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for Read { path: file, outline, at_load } in asking.sources(candidates) {
        for used in outline.uses {
            let package = package_of(&used.module).to_owned();
            if is_bare(&used.module) && wanted(&used.module) && told.insert(package.clone()) {
                let text = format!("{file} asks for module `{}`", used.module);
                let (file, spot, certain) = (file.clone(), used.spot, used.at_load && at_load);
                found.push(Missing { file, spot, text, help: package, certain });
            }
        }
    }
    found.into_iter()
}

/// `@scope/name` of `@scope/name/part`, `name` of `name/part`.
fn package_of(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1).map_or(module.len(), |(at, _)| at);
    &module[..end]
}

/// Whether the function ships the package itself.
fn is_shipped(asking: &Asking<'_>, package: &str) -> bool {
    let folder = format!("node_modules/{package}");
    asking
        .package
        .files
        .keys()
        .any(|path| path.split_once(&*folder).is_some_and(|(_, rest)| rest.starts_with(['/', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_beside_the_worker_are_known() {
        let provided = provided();
        for name in ["@opentelemetry/api", "axios", "cloudevents", "express", "qs"] {
            assert!(provided.contains(name), "{name}");
        }
        assert!(!provided.iter().any(|name| name.contains("node_modules") || name.is_empty()));
        assert!(BUILT.is_sorted());
    }

    #[test]
    fn packages_have_names() {
        for (module, package) in
            [("a", "a"), ("a/b/c", "a"), ("@a/b", "@a/b"), ("@a/b/c", "@a/b"), ("@a", "@a")]
        {
            assert_eq!(package_of(module), package);
        }
    }
}
