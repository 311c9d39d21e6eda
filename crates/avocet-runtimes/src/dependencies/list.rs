//! What is asked for: the files that an installer is given.

use std::collections::BTreeMap;

use avocet_functions::model::{Engine, FileContent};
use serde_json::{Map, Value};

use super::InstallError;

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
    /// That of a function; `None` where it names nothing.
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
    let package: Map<String, Value> = serde_json::from_slice(&content.0).map_err(|error| {
        let place = |number: usize| u32::try_from(number).ok().filter(|number| *number > 0);
        broken(error.to_string(), place(error.line()), place(error.column()))
    })?;
    let named = |field: &str| match package.get(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Object(map)) => Ok(!map.is_empty()),
        Some(_) => Err(broken(format!("`{field}` must be an object"), None, None)),
    };
    if !(named("dependencies")? | named("optionalDependencies")?) {
        return Ok(None);
    }
    let locks = ["package-lock.json", "npm-shrinkwrap.json"];
    let lock = locks.iter().find_map(|name| Some((*name, files.get(*name)?)));
    let mut given = BTreeMap::new();
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
}
