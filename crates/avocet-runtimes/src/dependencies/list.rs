//! Requests for packages: the files that an installer is given.

use std::collections::BTreeMap;

use avocet_functions::model::{Engine, FileContent};
use serde_json::{Map, Value};

use super::{InstallError, Wanted};

/// Settings of the installers.
pub(super) const SETTINGS: [&str; 2] = [".npmrc", "pip.conf"];

/// The fields of `package.json` that decide what is installed.
const DECIDING: [&str; 4] =
    ["dependencies", "optionalDependencies", "overrides", "peerDependencies"];

/// A list of dependencies, reduced to what decides: two functions that differ elsewhere share.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// Files by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Versions are locked (`package-lock.json`).
    pub(super) locked: bool,
}

impl List {
    /// List of what is wanted, with the settings that it is installed by.
    pub(super) fn of(wanted: &Wanted<'_>) -> Result<Option<Self>, InstallError> {
        let engine = wanted.interpreter.engine;
        let Some(mut list) = Self::read(engine, wanted.files)? else { return Ok(None) };
        let name = if engine == Engine::Python { "pip.conf" } else { ".npmrc" };
        if let Some(settings) = wanted.registries.get(name) {
            let own = list.files.remove(name);
            let all = match (own, engine) {
                // Of two lines for one setting npm takes the last.
                (Some(own), Engine::NodeJs) => [&settings.0[..], b"\n", &own].concat(),
                (Some(own), _) => own,
                (None, _) => settings.0.to_vec(),
            };
            list.files.insert(name.to_owned(), all);
        }
        Ok(Some(list))
    }

    /// Names of what the settings set, in lower case and with `_` for `-`.
    pub(super) fn settings(&self) -> Vec<String> {
        let texts = SETTINGS.iter().filter_map(|name| self.files.get(*name));
        let texts = texts.map(|text| String::from_utf8_lossy(text).into_owned());
        let names = texts.flat_map(|text| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            lines
                .map(|(name, _)| name.trim().to_ascii_lowercase().replace('-', "_"))
                .collect::<Vec<_>>()
        });
        names.collect()
    }

    /// List of a function; `None` where it names nothing.
    pub(super) fn read(
        engine: Engine,
        files: &BTreeMap<String, FileContent>,
    ) -> Result<Option<Self>, InstallError> {
        let Some(content) = files.get(engine.dependencies_file()) else { return Ok(None) };
        match engine {
            Engine::Python => Ok(requirements(content, files)),
            _ => package(content, files),
        }
    }
}

fn package(
    content: &FileContent,
    files: &BTreeMap<String, FileContent>,
) -> Result<Option<List>, InstallError> {
    if content.0.trim_ascii().is_empty() {
        return Ok(None);
    }
    let broken = |message: String, line: Option<u32>, column: Option<u32>| InstallError::List {
        file: "package.json",
        message,
        line,
        column,
    };
    // Some editors begin files with it, and npm takes it.
    let json = content.0.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&content.0);
    let package: Map<String, Value> = serde_json::from_slice(json).map_err(|error| {
        let place = |number: usize| u32::try_from(number).ok().filter(|number| *number > 0);
        broken(error.to_string(), place(error.line()), place(error.column()))
    })?;
    let named = |field: &str| match package.get(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Object(map)) => Ok(!map.is_empty()),
        Some(_) => Err(broken(format!("`{field}` must be an object"), None, None)),
    };
    let has_workspaces = package.get("workspaces").is_some_and(|value| !value.is_null());
    if !(named("dependencies")? | named("optionalDependencies")? | has_workspaces) {
        return Ok(None);
    }
    let locks = ["package-lock.json", "npm-shrinkwrap.json"];
    let lock = locks.iter().find_map(|name| Some((*name, files.get(*name)?)));
    let mut given = BTreeMap::new();
    if has_workspaces || has_local(&package) {
        // Packages among the function's own files.
        let own = files.iter().filter(|(path, _)| !path.contains("node_modules/"));
        given.extend(own.map(|(path, content)| (path.clone(), content.0.to_vec())));
        return Ok(Some(List { files: given, locked: lock.is_some() }));
    }
    match lock {
        // A lock speaks of the whole file that it was made for.
        Some((name, lock)) => {
            given.insert("package.json".to_owned(), content.0.to_vec());
            given.insert(name.to_owned(), lock.0.to_vec());
        }
        None => {
            let deciding = DECIDING
                .iter()
                .filter_map(|field| Some(((*field).to_owned(), package.get(*field)?.clone())));
            let reduced: Map<String, Value> = deciding.collect();
            given.insert("package.json".to_owned(), Value::Object(reduced).to_string().into());
        }
    }
    if let Some(settings) = files.get(".npmrc") {
        given.insert(".npmrc".to_owned(), settings.0.to_vec());
    }
    Ok(Some(List { files: given, locked: lock.is_some() }))
}

/// Whether a dependency is a folder or an archive beside the list.
fn has_local(package: &Map<String, Value>) -> bool {
    let specs = ["dependencies", "optionalDependencies"].into_iter();
    let specs = specs.filter_map(|field| package.get(field)?.as_object());
    specs.flat_map(Map::values).filter_map(Value::as_str).any(|spec| {
        let path = ["file:", "link:"].iter().find_map(|start| spec.strip_prefix(start));
        let path = path.or_else(|| spec.starts_with('.').then_some(spec));
        path.is_some_and(|path| !path.starts_with(['/', '~']))
    })
}

/// Whether a line of requirements names a folder or an archive beside the list.
fn is_local(line: &str) -> bool {
    let line = ["-e", "--editable", "-f", "--find-links"]
        .iter()
        .find_map(|flag| line.strip_prefix(flag))
        .map_or(line, |rest| rest.trim_start_matches(['=', ' ']));
    let line = line.split_once(" @ ").map_or(line, |(_, place)| place.trim());
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| line.ends_with(end));
    let relative = |path: &str| !path.starts_with('/');
    line.starts_with('.')
        || line.strip_prefix("file:").is_some_and(relative)
        || archive && relative(line) && !line.contains("://")
}

fn requirements(content: &FileContent, files: &BTreeMap<String, FileContent>) -> Option<List> {
    let text = String::from_utf8_lossy(&content.0);
    let lines = text.lines().map(|line| match line.find(" #") {
        Some(at) => line[..at].trim(),
        None => line.trim(),
    });
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if lines.is_empty() {
        return None;
    }
    let mut given = BTreeMap::new();
    let refers = |line: &&str| {
        ["-r", "-c", "--requirement", "--constraint"].iter().any(|flag| line.starts_with(flag))
    };
    if lines.iter().any(refers) {
        let texts = files.iter().filter(|(path, _)| path.ends_with(".txt"));
        given.extend(texts.map(|(path, content)| (path.clone(), content.0.to_vec())));
    }
    if lines.iter().any(|line| is_local(line)) {
        given.extend(files.iter().map(|(path, content)| (path.clone(), content.0.to_vec())));
    }
    if let Some(settings) = files.get("pip.conf") {
        given.insert("pip.conf".to_owned(), settings.0.to_vec());
    }
    given.insert("requirements.txt".to_owned(), (lines.join("\n") + "\n").into_bytes());
    Some(List { files: given, locked: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(engine: Engine, files: &[(&str, &str)]) -> Result<Option<List>, InstallError> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into()));
        List::read(engine, &files.collect())
    }

    #[test]
    fn a_list_without_packages_asks_for_nothing() {
        for text in ["", " \n", "{}", r#"{"name":"x"}"#, r#"{"dependencies":{}}"#] {
            let list = read(Engine::NodeJs, &[("package.json", text)]).unwrap();
            assert_eq!(list, None, "{text:?}");
        }
        for text in ["", "\n\n", "# nothing\n  # here"] {
            assert_eq!(read(Engine::Python, &[("requirements.txt", text)]).unwrap(), None);
        }
        assert_eq!(read(Engine::NodeJs, &[]).unwrap(), None);
    }

    #[test]
    fn what_does_not_decide_is_left_out() {
        let one = r#"{"name":"one","version":"1.0.0","dependencies":{"ms":"2.1.3"}}"#;
        let two = "{ \"dependencies\": { \"ms\": \"2.1.3\" }, \"scripts\": {} }";
        let read = |text| read(Engine::NodeJs, &[("package.json", text)]).unwrap();
        assert_eq!(read(one), read(two));
        let read = |text| tests::read(Engine::Python, &[("requirements.txt", text)]).unwrap();
        assert_eq!(read("six==1.16 # why\n\n"), read("# all\nsix==1.16"));
    }

    #[test]
    fn a_lock_is_taken_whole() {
        let package = r#"{"name":"one","dependencies":{"ms":"2.1.3"}}"#;
        let files = [("package.json", package), ("package-lock.json", "{}"), ("other.js", "")];
        let list = read(Engine::NodeJs, &files).unwrap().unwrap();
        assert!(list.locked);
        assert_eq!(list.files["package.json"], package.as_bytes());
        assert_eq!(list.files.len(), 2);
    }

    #[test]
    fn a_broken_package_file_has_its_place() {
        let error = read(Engine::NodeJs, &[("package.json", "{\n  \"dependencies\": }")]);
        assert!(matches!(
            error,
            Err(InstallError::List { file: "package.json", line: Some(2), column: Some(_), .. })
        ));
        let error = read(Engine::NodeJs, &[("package.json", r#"{"dependencies":[]}"#)]);
        assert!(matches!(error, Err(InstallError::List { .. })));
    }

    #[test]
    fn files_that_a_list_refers_to_come_with_it() {
        let files = [("requirements.txt", "-r base.txt\n"), ("base.txt", "six\n"), ("a.py", "")];
        let list = read(Engine::Python, &files).unwrap().unwrap();
        assert_eq!(list.files.keys().collect::<Vec<_>>(), ["base.txt", "requirements.txt"]);
    }

    #[test]
    fn packages_among_the_files_come_with_their_files() {
        let local = |spec: &str| format!(r#"{{"dependencies":{{"own":"{spec}"}}}}"#);
        let count = |engine, list: &str, text: &str| {
            let files = [(list, text), ("own/index.js", ""), ("own/node_modules/x/y.js", "")];
            read(engine, &files).unwrap().unwrap().files.len()
        };
        let node = |spec: &str| count(Engine::NodeJs, "package.json", &local(spec));
        for (spec, files) in [
            ("file:./own", 2),
            ("file:own", 2),
            ("./own", 2),
            ("link:own", 2),
            ("file:/elsewhere", 1),
            ("1.0.0", 1),
            ("github:a/b", 1),
            ("npm:other@1", 1),
            ("https://host/a.tgz", 1),
        ] {
            assert_eq!(node(spec), files, "{spec}");
        }
        assert_eq!(count(Engine::NodeJs, "package.json", r#"{"workspaces":["own"]}"#), 2);
        for (line, files) in [
            ("./own", 3),
            ("-e ./own", 3),
            ("own @ file:own", 3),
            ("wheels/own-1-py3-none-any.whl", 3),
            ("--find-links=./wheels\nown", 3),
            ("https://host/own-1-py3-none-any.whl", 1),
            ("git+https://host/own", 1),
            ("own==1.0", 1),
        ] {
            assert_eq!(count(Engine::Python, "requirements.txt", line), files, "{line}");
        }
    }

    #[test]
    fn settings_of_registries_come_with_it_and_those_of_the_function_count_more() {
        let files = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.into())]);
        let interpreter = crate::Interpreter {
            engine: Engine::NodeJs,
            version: avocet_functions::model::Version::new(20, 0),
            full_version: "20.0.0".to_owned(),
            program: "/node".into(),
        };
        let mut own = files("package.json", r#"{"dependencies":{"a":"1"}}"#);
        let registries = files(".npmrc", "registry=https://private");
        let of = |files: &BTreeMap<String, FileContent>| {
            let wanted = Wanted { interpreter: &interpreter, files, registries: &registries };
            List::of(&wanted).unwrap().unwrap()
        };
        let list = of(&own);
        assert_eq!(list.files[".npmrc"], b"registry=https://private");
        assert_eq!(list.settings(), ["registry"]);
        own.insert(".npmrc".to_owned(), "@a:registry=https://own\nfetch-retries=1".into());
        assert_eq!(of(&own).settings(), ["registry", "@a:registry", "fetch_retries"]);
    }
}
