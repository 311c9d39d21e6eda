//! Files that are not what they look like: templates of Helm charts, and what Kustomize patches.
//!
//! Neither is rendered here. What needs that is left out with one sentence; manifests beside it
//! that need nothing are read as they stand.

use std::collections::BTreeSet;

use super::folders::{below, parent};
use crate::diagnostic::{Diagnostic, Place};
use crate::manifest::{self, Ignored, KUSTOMIZE, Located, Manifest, SourceFile};

/// Takes what would have to be rendered out of `sources`, and reports it in `manifest`.
pub(super) fn leave_out(sources: &mut Vec<SourceFile>, manifest: &mut Manifest, namespace: &str) {
    let mut told = Told { manifest, namespace };
    charts(sources, &mut told);
    kustomizations(sources, &mut told);
    sources.retain(|source| {
        let template = is_template(source);
        if template {
            let message = "a template, and no YAML before it is rendered";
            told.say(&source.path, "Template", message, &helm(parent(&source.path)));
        }
        !template
    });
}

struct Told<'m> {
    manifest: &'m mut Manifest,
    namespace: &'m str,
}

impl Told<'_> {
    fn say(&mut self, path: &str, kind: &str, reason: &str, help: &str) {
        let place = Place { line: Some(1), ..Place::file(path) };
        let message = format!("{reason}: it is skipped");
        self.manifest.diagnostics.push(Diagnostic::warning(place.clone(), message).with_help(help));
        let value = Ignored {
            kind: kind.to_owned(),
            namespace: self.namespace.to_owned(),
            name: path.to_owned(),
            reason: reason.to_owned(),
        };
        let fields = std::collections::BTreeMap::new();
        self.manifest.ignored.push(Located { value, place, fields, code: None });
    }
}

fn helm(folder: &str) -> String {
    let folder = if folder.is_empty() { "." } else { folder };
    format!("deploy what it makes: `helm template {folder} | avocet deploy -f -`")
}

/// `Chart.yaml` is no Kubernetes object, and its templates are none yet.
fn charts(sources: &mut Vec<SourceFile>, told: &mut Told<'_>) {
    let is_chart = |path: &str| matches!(file_name(path), "Chart.yaml" | "Chart.yml");
    let folders: Vec<String> =
        sources.iter().filter(|s| is_chart(&s.path)).map(|s| parent(&s.path).to_owned()).collect();
    for folder in folders {
        let below = |path: &str| {
            let rest = path.strip_prefix(&*folder)?;
            if folder.is_empty() {
                Some(rest.to_owned())
            } else {
                rest.strip_prefix('/').map(str::to_owned)
            }
        };
        let (mut chart, mut templates) = (None, 0);
        sources.retain(|source| {
            let Some(rest) = below(&source.path) else { return true };
            if !rest.contains('/') && is_chart(&rest) {
                chart = Some(source.path.clone());
                return false;
            }
            let inside = rest.starts_with("templates/") || rest.contains("/templates/");
            let template = inside && source.text.contains("{{");
            templates += usize::from(template);
            !template
        });
        let reason = match templates {
            0 => "a Helm chart is not rendered here".to_owned(),
            1 => "a Helm chart is not rendered here, nor is its template".to_owned(),
            many => format!("a Helm chart is not rendered here, nor are its {many} templates"),
        };
        if let Some(path) = chart {
            told.say(&path, "Chart", &reason, &helm(&folder));
        }
    }
}

/// Whether the file is a Kustomization.
pub(super) fn is_kustomization(path: &str) -> bool {
    matches!(file_name(path), "kustomization.yaml" | "kustomization.yml")
}

/// Removes Kustomizations, and the files of their patches, which are no whole objects.
fn kustomizations(sources: &mut Vec<SourceFile>, told: &mut Told<'_>) {
    let mut patches = BTreeSet::new();
    for source in sources.iter().filter(|source| is_kustomization(&source.path)) {
        let folder = parent(&source.path);
        patches.extend(manifest::patches(source).iter().filter_map(|path| below(folder, path)));
        let mut reason = "Kustomize is not run here".to_owned();
        if !patches.is_empty() {
            reason.push_str(", so that its patches have no effect");
        }
        told.say(&source.path, "Kustomization", &reason, KUSTOMIZE);
    }
    sources.retain(|source| !is_kustomization(&source.path) && !patches.contains(&source.path));
}

/// Whether a text becomes YAML by rendering: it is none, or its names are not there yet.
fn is_template(source: &SourceFile) -> bool {
    const NAMES: [&str; 5] = ["name:", "namespace:", "runtime:", "kind:", "apiVersion:"];
    if !source.text.split("{{").skip(1).any(is_action) {
        return false;
    }
    let names = source.text.lines().any(|line| {
        let line = line.trim_start();
        NAMES.iter().any(|name| line.strip_prefix(name).is_some_and(|value| value.contains("{{")))
    });
    names || !manifest::syntax_errors(source).is_empty()
}

/// Whether what follows `{{` is an action of a template, and not code that has braces.
fn is_action(text: &str) -> bool {
    const BEGIN: [&str; 12] = [
        ".",
        "$",
        "include ",
        "if ",
        "else",
        "end",
        "range ",
        "with ",
        "template ",
        "define ",
        "quote ",
        "/*",
    ];
    let text = text.strip_prefix('-').unwrap_or(text).trim_start();
    BEGIN.iter().any(|begin| text.starts_with(begin))
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
