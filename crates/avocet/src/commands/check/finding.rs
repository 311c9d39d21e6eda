//! Lines of the report.

use avocet_functions::Place;
use avocet_functions::manifest::Located;
use avocet_functions::model::Resource;
use serde::Serialize;

use crate::collect::FileSet;

/// Verdict about something in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Works as it is.
    Works,
    /// Works in another way.
    Mapped,
    /// Has no effect here.
    Ignored,
    /// Needs what is not among the files or the dependencies.
    Needs,
    /// Would be refused.
    Fails,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
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
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) text: String,
    /// Advice: what to do about it.
    pub(super) help: Option<String>,
    pub(super) place: Place,
}

/// Findings about one document, or about a function that is none.
pub(super) struct Told<'a> {
    pub(super) located: &'a Located<Resource>,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl Told<'_> {
    /// Says something about the whole.
    pub(super) fn say(&mut self, verdict: Verdict, text: impl Into<String>) {
        self.say_of(&[], verdict, text);
    }

    /// Says something about the first of these fields that is there.
    pub(super) fn say_of(&mut self, fields: &[&str], verdict: Verdict, text: impl Into<String>) {
        let place = fields.iter().find_map(|field| self.located.fields.get(*field));
        let mut place = place.unwrap_or(&self.located.place).clone();
        // Found by its files: what there is to say begins where its handler does.
        place.line = place.line.or(Some(1));
        self.push(verdict, text, place);
    }

    /// Says something about a file of the function; in a document, about the field that means it.
    pub(super) fn say_of_file(&mut self, path: &str, verdict: Verdict, text: impl Into<String>) {
        let place = &self.located.place;
        if place.document.is_some() {
            return self.say_of(&["spec.source"], verdict, text);
        }
        let folder = place.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = [folder, path].into_iter().filter(|part| !part.is_empty());
        let file = file.collect::<Vec<_>>().join("/");
        self.push(verdict, text, Place { line: Some(1), ..Place::file(file) });
    }

    pub(super) fn push(&mut self, verdict: Verdict, text: impl Into<String>, place: Place) {
        self.findings.push(Finding { verdict, text: text.into(), help: None, place });
    }
}

/// `fails    spec.runtime: …: file:line (help)`.
pub(super) fn line(finding: &Finding, set: &FileSet) -> String {
    let mut place = set.written(&finding.place.file);
    for number in [finding.place.line, finding.place.column].into_iter().map_while(|n| n) {
        place.push_str(&format!(":{number}"));
    }
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{:<8} {}: {place}{help}", finding.verdict.name(), finding.text)
}

/// Report for programs.
#[derive(Serialize)]
pub(super) struct Findings<'a> {
    pub(super) findings: Vec<Shown<'a>>,
}

/// Finding for programs.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    verdict: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    file: String,
    line: Option<u32>,
    column: Option<u32>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(finding: &'a Finding, set: &FileSet) -> Self {
        Self {
            verdict: finding.verdict.name(),
            message: &finding.text,
            help: finding.help.as_deref(),
            file: set.written(&finding.place.file),
            line: finding.place.line,
            column: finding.place.column,
        }
    }
}
