//! Diagnostics of a deployed set, as lines for people.

use avocet_api::{Diagnostic, Severity};

use crate::failure::{Exit, Failure};
use crate::terminal::Style;

/// Advice where the error says nothing better.
pub(crate) const CORRECT: &str = "nothing was changed: correct it and deploy again";

/// Every error as one failure; `None` where there is none. `written` turns a path of the set into
/// what the person wrote.
pub(crate) fn failure(all: &[Diagnostic], written: &dyn Fn(&str) -> String) -> Option<Failure> {
    let errors: Vec<&Diagnostic> = all.iter().filter(|found| is_error(found)).collect();
    let (first, others) = errors.split_first()?;
    let mut failure = Failure::new(Exit::Refused, headline(first, written));
    failure = excerpt(first).into_iter().fold(failure, Failure::detail);
    if others.is_empty() {
        return Some(failure.help(first.help.as_deref().unwrap_or(CORRECT)));
    }
    // Of several, each has its own help below it.
    let style = Style::stderr();
    let advice = |found: &Diagnostic| {
        found.help.as_ref().map(|help| format!("{}: {help}", style.cyan("help")))
    };
    failure = advice(first).into_iter().fold(failure, Failure::detail);
    for other in others {
        failure = failure.detail(format!("{}: {}", style.red("error"), headline(other, written)));
        failure = excerpt(other).into_iter().fold(failure, Failure::detail);
        failure = advice(other).into_iter().fold(failure, Failure::detail);
    }
    Some(failure.help(CORRECT))
}

/// Every warning, one line each; what to do stands behind it in parentheses.
pub(crate) fn warnings(all: &[Diagnostic], written: &dyn Fn(&str) -> String) -> Vec<String> {
    let style = Style::stderr();
    all.iter()
        .filter(|found| !is_error(found))
        .map(|found| {
            let help = found.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}: {}{help}", style.yellow("warning"), headline(found, written))
        })
        .collect()
}

/// Every diagnostic, one line each.
pub(crate) fn lines(all: &[Diagnostic], written: &dyn Fn(&str) -> String) -> Vec<String> {
    all.iter().map(|found| headline(found, written)).collect()
}

fn is_error(found: &Diagnostic) -> bool {
    found.severity == Severity::Error
}

/// `message: file:line:column (spec.path)`.
fn headline(found: &Diagnostic, written: &dyn Fn(&str) -> String) -> String {
    // What throws a plain Error says no more than that it is one.
    let message = found.message.strip_prefix("Error: ").unwrap_or(&found.message);
    let mut line = match &found.path {
        Some(path) => format!("{path}: {message}"),
        None => message.to_owned(),
    };
    if let Some(file) = &found.file {
        line.push_str(": ");
        line.push_str(&written(file));
        for position in [found.line, found.column].into_iter().flatten() {
            line.push_str(&format!(":{position}"));
        }
    }
    line
}

/// The source line with a caret below the column.
fn excerpt(found: &Diagnostic) -> Option<String> {
    let (source, line) = (found.source_line.as_ref()?, found.line?);
    let column = found.column.unwrap_or(1).max(1) as usize;
    // Long (minified) lines are cut around the column.
    let start = column.saturating_sub(80);
    let shown: String = source.chars().skip(start).take(160).collect();
    let pad: String = shown
        .chars()
        .take(column - 1 - start.min(column - 1))
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let style = Style::stderr();
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    Some(format!("{number} | {shown}\n{gutter} | {pad}{}", style.red("^")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(path: &str) -> String {
        format!("my/{path}")
    }

    fn at(found: Diagnostic, file: &str, line: u32, column: u32) -> Diagnostic {
        Diagnostic { file: Some(file.into()), line: Some(line), column: Some(column), ..found }
    }

    fn help(found: Diagnostic, help: &str) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..found }
    }

    #[test]
    fn an_error_says_what_and_where() {
        let error = Diagnostic {
            source_line: Some("  x }".into()),
            ..Diagnostic::error("SyntaxError: Unexpected token '}'")
        };
        let found = [
            at(Diagnostic::warning("unknown field").at("spec.foo"), "f.yaml", 9, 3),
            at(error, "handler.js", 3, 5),
        ];
        let failure = failure(&found, &same).unwrap();
        assert_eq!(failure.to_string(), "SyntaxError: Unexpected token '}': my/handler.js:3:5");
        assert_eq!(failure.details(), ["3 |   x }\n  |     ^"]);
        assert_eq!(warnings(&found, &same), ["warning: spec.foo: unknown field: my/f.yaml:9:3"]);
    }

    #[test]
    fn a_warning_says_what_to_do() {
        let found = [help(Diagnostic::warning("unknown field"), "did you mean `source`?")];
        let said = ["warning: unknown field (did you mean `source`?)"];
        assert_eq!(warnings(&found, &same), said);
    }

    #[test]
    fn a_plain_error_is_not_named_twice() {
        let found = [Diagnostic::error("Error: no key")];
        assert_eq!(failure(&found, &same).unwrap().to_string(), "no key");
    }

    #[test]
    fn of_several_errors_each_has_its_own_help() {
        let found = [
            help(Diagnostic::error("unknown runtime"), "allowed are v8"),
            help(Diagnostic::error("no handler"), "name the file"),
            Diagnostic::error("no source"),
        ];
        let failure = failure(&found, &same).unwrap();
        assert_eq!(failure.to_string(), "unknown runtime");
        let expected = [
            "help: allowed are v8",
            "error: no handler",
            "help: name the file",
            "error: no source",
        ];
        assert_eq!(failure.details(), expected);
        assert_eq!(failure.advice(), Some(CORRECT));
    }

    #[test]
    fn warnings_alone_are_no_failure() {
        assert!(failure(&[Diagnostic::warning("old")], &same).is_none());
    }

    #[test]
    fn a_long_line_is_cut_around_its_column() {
        let found = Diagnostic {
            line: Some(1),
            column: Some(500),
            source_line: Some("x".repeat(1000)),
            ..Diagnostic::error("")
        };
        let text = excerpt(&found).unwrap();
        let caret = text.lines().nth(1).unwrap();
        assert!(text.len() < 400);
        assert_eq!(caret.find('^'), Some("1 | ".len() + 79));
    }
}
