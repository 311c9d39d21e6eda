//! A typed reader over a mapping: asks for fields, and reports what is missing, wrong or left over.

use std::cell::{Cell, RefCell};

use super::node::{At, Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Place, Severity};

/// State that one document's readers share.
pub(super) struct Cx<'f> {
    file: &'f str,
    document: u32,
    pub(super) namespace: &'f str,
    diagnostics: RefCell<Vec<Diagnostic>>,
    errors: Cell<usize>,
}

impl<'f> Cx<'f> {
    pub(super) fn new(file: &'f str, document: u32, namespace: &'f str) -> Self {
        let diagnostics = RefCell::default();
        Self { file, document, namespace, diagnostics, errors: Cell::new(0) }
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    pub(super) fn place(&self, at: At) -> Place {
        Place {
            file: self.file.to_owned(),
            document: Some(self.document),
            line: Some(at.line),
            column: Some(at.column),
        }
    }

    /// Errors so far: a reader that finds more after than before has failed.
    pub(super) fn errors(&self) -> usize {
        self.errors.get()
    }

    /// Diagnostics so far.
    pub(super) fn diagnostics(&self) -> usize {
        self.diagnostics.borrow().len()
    }

    /// Makes warnings of the errors after the first `before` diagnostics; gives the first one's
    /// text.
    pub(super) fn soften(&self, before: usize) -> String {
        let mut diagnostics = self.diagnostics.borrow_mut();
        let mut first = None;
        for diagnostic in diagnostics[before..].iter_mut().filter(|d| d.is_error()) {
            diagnostic.severity = Severity::Warning;
            self.errors.set(self.errors.get() - 1);
            let reason = diagnostic.message.clone();
            diagnostic.message.push_str(": the document is skipped");
            first.get_or_insert(match &diagnostic.path {
                Some(path) => format!("{path}: {reason}"),
                None => reason,
            });
        }
        first.unwrap_or_default()
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.errors.set(self.errors.get() + usize::from(diagnostic.is_error()));
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    pub(super) fn error(&self, at: At, path: &str, message: impl Into<String>) {
        self.report(Diagnostic::error(self.place(at), message).with_path(path));
    }

    pub(super) fn error_with_help(
        &self,
        at: At,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Diagnostic::error(self.place(at), message).with_path(path).with_help(help));
    }

    pub(super) fn warning(&self, at: At, path: &str, message: impl Into<String>) {
        self.report(Diagnostic::warning(self.place(at), message).with_path(path));
    }

    pub(super) fn warning_with_help(
        &self,
        at: At,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Diagnostic::warning(self.place(at), message).with_path(path).with_help(help));
    }
}

/// A value with its path.
pub(super) struct Field<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// A mapping that is being read. Fields that nobody asked for are warned about by
/// [`Object::finish`].
pub(super) struct Object<'n, 'c> {
    pub(super) cx: &'c Cx<'c>,
    entries: &'n [Entry],
    /// Place at which a missing field is reported.
    pub(super) at: At,
    pub(super) path: String,
    asked: RefCell<Vec<&'static str>>,
}

impl<'n, 'c> Object<'n, 'c> {
    /// A whole document.
    pub(super) fn root(cx: &'c Cx<'c>, node: &'n Node) -> Option<Self> {
        Self::of(cx, Field { node, path: String::new() }, node.at)
    }

    /// A value that must be a mapping.
    pub(super) fn of(cx: &'c Cx<'c>, field: Field<'n>, at: At) -> Option<Self> {
        let Value::Map(entries) = &field.node.value else {
            let found = field.node.describe();
            let message = format!("expected a mapping, found {found}");
            cx.error(field.node.at, &field.path, message);
            return None;
        };
        Some(Self { cx, entries, at, path: field.path, asked: RefCell::default() })
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        match self.path.is_empty() {
            true => key.to_owned(),
            false => format!("{}.{key}", self.path),
        }
    }

    fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Place of a field, or the one where it should be.
    pub(super) fn at_of(&self, key: &str) -> At {
        self.entry(key).map_or(self.at, |entry| entry.value.at)
    }

    /// A field without a note that it was asked for, where it is text.
    pub(super) fn peek_text(&self, key: &str) -> Option<&'n str> {
        match &self.entry(key)?.value.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `metadata.name` and `metadata.namespace`, without a note that they were asked for.
    pub(super) fn peek_named(&self) -> Option<(&'n str, Option<&'n str>)> {
        let Value::Map(entries) = &self.entry("metadata")?.value.value else { return None };
        let text = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key)?;
            match &entry.value.value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            }
        };
        Some((text("name")?, text("namespace")))
    }

    /// Places of the fields of the mapping `outer`, without a note that they were asked for.
    pub(super) fn peek_fields(&self, outer: &str) -> impl Iterator<Item = (&'n str, At)> + use<'n> {
        let entries: &'n [Entry] = match self.entry(outer).map(|entry| &entry.value.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        };
        places(entries)
    }

    /// Places of the object's own fields.
    pub(super) fn places(&self) -> impl Iterator<Item = (&'n str, At)> + use<'n> {
        places(self.entries)
    }

    /// A field; one that is null is absent, as Kubernetes has it.
    pub(super) fn get(&self, key: &'static str) -> Option<Field<'n>> {
        self.asked.borrow_mut().push(key);
        let node = &self.entry(key)?.value;
        match node.value {
            Value::Null => None,
            _ => Some(Field { node, path: self.path_of(key) }),
        }
    }

    /// A mapping's entries with their paths, whatever the keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'n Entry, Field<'n>)> + '_ {
        let field = |entry: &'n Entry| Field { node: &entry.value, path: self.path_of(&entry.key) };
        self.entries.iter().map(move |entry| (entry, field(entry)))
    }

    pub(super) fn missing(&self, key: &str, what: &str) {
        let message = format!("required field `{}` is missing", self.path_of(key));
        let help = format!("add `{key}`: {what}");
        self.cx.error_with_help(self.at, &self.path_of(key), message, help);
    }

    pub(super) fn text(&self, key: &'static str) -> Option<&'n str> {
        let field = self.get(key)?;
        text_of(self.cx, &field)
    }

    pub(super) fn required_text(&self, key: &'static str) -> Option<&'n str> {
        if self.get(key).is_none() {
            self.missing(key, "a text");
        }
        self.text(key).filter(|text| {
            if text.is_empty() {
                self.cx.error(self.at_of(key), &self.path_of(key), "must not be empty");
            }
            !text.is_empty()
        })
    }

    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let field = self.get(key)?;
        match field.node.value {
            Value::Bool(flag) => Some(flag),
            _ => {
                wrong_type(self.cx, &field, "`true` or `false`");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &'static str, min: u32, max: u32) -> Option<u32> {
        let field = self.get(key)?;
        let expected = || format!("a whole number from {min} to {max}");
        let number = match &field.node.value {
            Value::Number(text) => text.parse().ok().filter(|n| (min..=max).contains(n)),
            _ => None,
        };
        if number.is_none() {
            wrong_type(self.cx, &field, &expected());
        }
        number
    }

    pub(super) fn object(&self, key: &'static str) -> Option<Object<'n, 'c>> {
        let field = self.get(key)?;
        let at = self.entry(key).map_or(self.at, |entry| entry.key_at);
        Object::of(self.cx, field, at)
    }

    pub(super) fn required_object(&self, key: &'static str) -> Option<Object<'n, 'c>> {
        if self.get(key).is_none() {
            self.missing(key, "a mapping");
        }
        self.object(key)
    }

    /// A list's items; empty where the field is absent or no list.
    pub(super) fn list(&self, key: &'static str) -> Vec<Field<'n>> {
        let Some(field) = self.get(key) else { return Vec::new() };
        let Value::List(items) = &field.node.value else {
            wrong_type(self.cx, &field, "a list");
            return Vec::new();
        };
        let item = |(index, node)| Field { node, path: format!("{}[{index}]", field.path) };
        items.iter().enumerate().map(item).collect()
    }

    /// A list of mappings.
    pub(super) fn objects(&self, key: &'static str) -> Vec<Object<'n, 'c>> {
        let of = |field: Field<'n>| {
            let at = field.node.at;
            Object::of(self.cx, field, at)
        };
        self.list(key).into_iter().filter_map(of).collect()
    }

    /// Fields that are known to exist and do nothing here.
    pub(super) fn ignore(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys);
    }

    /// Warns about fields that do something elsewhere and nothing here, each with what does it here.
    pub(super) fn without_effect(&self, fields: &[(&'static str, &str)]) {
        for (key, instead) in fields {
            if self.get(key).is_some() {
                let path = self.path_of(key);
                let message = format!("`{path}` has no effect here");
                self.cx.warning_with_help(self.at_of(key), &path, message, *instead);
            }
        }
    }

    /// Warns about every field that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for entry in self.entries.iter().filter(|entry| !asked.contains(&entry.key.as_str())) {
            let path = self.path_of(&entry.key.chars().take(80).collect::<String>());
            let message = format!("unknown field `{path}` does nothing");
            match nearest(&entry.key, &asked) {
                Some(near) => {
                    let help = format!("did you mean `{near}`?");
                    self.cx.warning_with_help(entry.key_at, &path, message, help);
                }
                None => self.cx.warning(entry.key_at, &path, message),
            }
        }
    }
}

/// A text at itself, what holds more at its key.
fn places(entries: &[Entry]) -> impl Iterator<Item = (&str, At)> {
    entries.iter().map(|entry| match entry.value.value {
        Value::List(_) | Value::Map(_) => (&*entry.key, entry.key_at),
        _ => (&*entry.key, entry.value.at),
    })
}

pub(super) fn wrong_type(cx: &Cx<'_>, field: &Field<'_>, expected: &str) {
    let message = format!("expected {expected}, found {}", field.node.describe());
    cx.error(field.node.at, &field.path, message);
}

pub(super) fn text_of<'n>(cx: &Cx<'_>, field: &Field<'n>) -> Option<&'n str> {
    let message = |found: String| format!("expected a text, found {found}");
    match &field.node.value {
        Value::Text(text) => return Some(text),
        Value::Number(_) | Value::Bool(_) => {
            let help = "write it in quotes to make it a text";
            let message = message(field.node.describe());
            cx.error_with_help(field.node.at, &field.path, message, help);
        }
        _ => cx.error(field.node.at, &field.path, message(field.node.describe())),
    }
    None
}

/// The known name that differs by at most two letters, or by case.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    if key.len() > 40 {
        return None;
    }
    let scored =
        known.iter().map(|name| (distance(&key.to_lowercase(), &name.to_lowercase()), *name));
    let near = scored.filter(|(distance, name)| *distance <= 2 && *distance < name.len() / 2);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
