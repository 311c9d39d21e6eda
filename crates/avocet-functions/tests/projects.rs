//! Folders as data: files in, functions and messages out.

use std::collections::BTreeMap;

use avocet_functions::manifest::Manifest;
use avocet_functions::model::{Function, Resource, SubjectPattern};
use avocet_functions::project::{
    self, MAX_FILE_BYTES, MAX_FILES, Options, ProjectFile, Spot, has_module_syntax,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    folder: String,
    files: BTreeMap<String, String>,
    functions: Vec<String>,
    messages: Vec<String>,
}

fn file(path: impl Into<String>, content: impl Into<Vec<u8>>) -> ProjectFile {
    ProjectFile { path: path.into(), content: content.into().into() }
}

fn functions(found: &Manifest) -> impl Iterator<Item = &Function> {
    found.resources.iter().filter_map(|located| match &located.value {
        Resource::Function(function) => Some(&**function),
        _ => None,
    })
}

/// `namespace/name runtime entry#export kind [files]`.
fn describe(function: &Function) -> String {
    let package = function.package().unwrap();
    let kind = if package.module { "module" } else { "commonjs" };
    let files: Vec<&str> = package.files.keys().map(String::as_str).collect();
    let (entry, export) = (package.entry, package.export);
    let (name, runtime) = (&function.name, function.runtime);
    format!("{name} {runtime} {entry}#{export} {kind} [{}]", files.join(" "))
}

#[test]
fn every_folder_holds_what_is_expected() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/projects.json")).unwrap();
    for case in cases {
        let files: Vec<_> = case.files.iter().map(|(p, c)| file(p, c.as_bytes())).collect();
        let options = Options { folder: case.folder, ..Options::default() };
        let found = project::read(&files, &options);
        let actual: Vec<String> = functions(&found).map(describe).collect();
        assert_eq!(actual, case.functions, "{}: {:?}", case.name, found.diagnostics);
        let messages: Vec<String> = found.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(messages, case.messages, "{}", case.name);
    }
}

#[test]
fn modules_are_told_from_scripts() {
    #[derive(Deserialize)]
    struct Sources {
        modules: Vec<String>,
        scripts: Vec<String>,
    }
    let sources: Sources = serde_json::from_str(include_str!("data/module-syntax.json")).unwrap();
    for source in sources.modules {
        assert!(has_module_syntax(&source), "a module: {source}");
    }
    for source in sources.scripts {
        assert!(!has_module_syntax(&source), "a script: {source}");
    }
}

#[test]
fn functions_over_the_bounds_are_refused() {
    let options = Options::default();
    let large = [file("f/handler.js", ""), file("f/large.bin", vec![0; MAX_FILE_BYTES + 1])];
    let message = &project::read(&large, &options).diagnostics[0].message;
    assert_eq!(message, "file `f/large.bin` is over the limit of 10 MiB");

    let mut many: Vec<_> = (0..MAX_FILES).map(|n| file(format!("f/{n}.txt"), "")).collect();
    many.push(file("f/handler.js", ""));
    let message = &project::read(&many, &options).diagnostics[0].message;
    assert_eq!(message, "the function has more than 2000 files");
}

#[test]
fn a_namespace_is_given_to_what_names_none() {
    let options = Options { namespace: "shop".to_owned(), ..Options::default() };
    let found = project::read(&[file("f.js", "")], &options);
    assert_eq!(functions(&found).next().unwrap().name.to_string(), "shop/f");
    let options = Options { namespace: "Not A Label".to_owned(), ..Options::default() };
    assert!(project::read(&[file("f.js", "")], &options).has_errors());
}

#[test]
fn subjects_are_given_to_the_one_function_without_yaml() {
    let subjects: Vec<SubjectPattern> = vec!["orders.>".parse().unwrap()];
    let options = Options { subjects: subjects.clone(), ..Options::default() };
    let read = |files: &[ProjectFile]| project::read(files, &options);
    let found = read(&[file("f.js", "(subject, payload) => 1")]);
    assert!(!found.has_errors());
    assert_eq!(functions(&found).next().unwrap().triggers.subjects, subjects);

    let yaml = "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\n\
                metadata: { name: f }\nspec: { runtime: v8, source: { dir: . } }\n";
    for (files, why) in [
        (vec![file("f.js", ""), file("g.js", "")], "here are 2"),
        (vec![file("f.yaml", yaml), file("handler.js", "")], "YAML of its own"),
        (vec![file("f.py", "")], "on `v8`"),
        (vec![file("f.js", "require('fs')")], "on `v8`"),
    ] {
        let found = read(&files);
        let message = &found.diagnostics.iter().find(|told| told.is_error()).unwrap().message;
        assert!(message.contains(why), "{message}");
    }
}

/// The workspace's own examples are what people copy.
#[test]
fn the_examples_have_nothing_to_complain_about() {
    fn walk(folder: &std::path::Path, path: &str, files: &mut Vec<ProjectFile>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = format!("{path}{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), &format!("{path}/"), files),
                false => files.push(file(path, std::fs::read(entry.path()).unwrap())),
            }
        }
    }
    let mut files = Vec::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    walk(&root, "", &mut files);
    let found = project::read(&files, &Options::default());
    assert_eq!(found.diagnostics, []);
    assert!(functions(&found).count() > 0);
    for function in functions(&found) {
        assert!(function.package().is_ok(), "{}", function.name);
    }
}

#[test]
fn many_functions_in_one_folder() {
    let mut files = Vec::new();
    let mut text = String::new();
    for n in 0..2_000 {
        files.push(file(format!("guessed/g{n}/handler.js"), ""));
        files.push(file(format!("named/n{n}/handler.js"), ""));
        text += &format!(
            "---\napiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata: {{ name: n{n} }}\n\
             spec: {{ runtime: v8, source: {{ dir: n{n} }} }}\n"
        );
    }
    files.push(file("named/all.yaml", text));
    let found = project::read(&files, &Options::default());
    assert_eq!((functions(&found).count(), found.diagnostics.len()), (4_000, 0));
}

#[test]
fn sources_tell_what_they_use_and_give() {
    #[derive(Deserialize)]
    struct Source {
        name: String,
        language: String,
        source: String,
        /// `line:column module`.
        uses: Option<Vec<String>>,
        /// Modules that are certainly asked for when the source is loaded.
        at_load: Option<Vec<String>>,
        /// Names, with or without their place.
        exports: Option<Vec<String>>,
        /// Names that it certainly does not export.
        lacks: Vec<String>,
        /// Names that it may export.
        #[serde(default)]
        has: Vec<String>,
    }
    let sources: Vec<Source> = serde_json::from_str(include_str!("data/outlines.json")).unwrap();
    for case in sources {
        let outline = match &*case.language {
            "javascript" => project::read_javascript(&case.source),
            _ => project::read_python(&case.source),
        };
        let place = |spot: Spot, name: &str| format!("{}:{} {name}", spot.line, spot.column);
        if let Some(expected) = case.uses {
            let uses: Vec<_> =
                outline.uses.iter().map(|found| place(found.spot, &found.module)).collect();
            assert_eq!(uses, expected, "{}", case.name);
        }
        if let Some(expected) = case.at_load {
            let certain = outline.uses.iter().filter(|found| found.at_load);
            let certain: Vec<_> = certain.map(|found| &found.module).collect();
            assert_eq!(certain, expected.iter().collect::<Vec<_>>(), "{}", case.name);
        }
        if let Some(expected) = case.exports {
            let exports: Vec<_> = outline.exports.iter().zip(&expected).collect();
            assert_eq!(outline.exports.len(), expected.len(), "{}: {exports:?}", case.name);
            for ((name, spot), expected) in exports {
                let found = [name.clone(), place(*spot, name)];
                assert!(found.contains(expected), "{}: {expected}, {found:?}", case.name);
            }
        }
        for name in &case.lacks {
            assert!(outline.lacks(name), "{}: {name}", case.name);
        }
        for name in &case.has {
            assert!(!outline.lacks(name), "{}: {name}", case.name);
        }
    }
}
