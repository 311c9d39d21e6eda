//! Resources as the admin API shows them are read again.

use avocet_functions::model::Resource;
use avocet_functions::project::{Options, ProjectFile, read};

#[test]
fn a_function_as_it_is_shown_is_a_function() {
    let text = "namespace: default\nname: hello\nrevision: 2\nentry: handler.js\ndefinition:\n  name: default/hello\n  \
                runtime: v8\n  source:\n    files:\n      handler.js: \"exports.main = () => 1;\"\n";
    let file =
        ProjectFile { path: "stdin.yaml".to_owned(), content: text.as_bytes().to_vec().into() };
    let options =
        Options { namespace: "default".to_owned(), folder: String::new(), subjects: Vec::new() };
    let found = read(&[file], &options);
    assert!(
        matches!(&found.resources[..], [one] if matches!(&one.value, Resource::Function(_))),
        "{:?}",
        found.diagnostics
    );
}
