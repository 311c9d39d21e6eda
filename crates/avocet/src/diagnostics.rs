//! What the server found wrong with a deployed set, as lines for people.

use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::terminal::Style;

/// What to do where the error says nothing better.
pub(crate) const CORRECT: &str = "nothing was changed: correct it and deploy again";

/// Every error of `answer` as one failure; `None` where there is none. `written` turns a path of
/// the set into what the person wrote.
pub(crate) fn failure(answer: &Value, written: &dyn Fn(&str) -> String) -> Option<Failure> {
    let errors: Vec<&Value> = of(answer).filter(|found| is_error(found)).collect();
    let (first, others) = errors.split_first()?;
    let mut failure = Failure::new(Exit::Refused, headline(first, written));
    failure = excerpt(first).into_iter().fold(failure, Failure::detail);
    let help = |found: &Value| found.get("help").and_then(Value::as_str).map(str::to_owned);
    if others.is_empty() {
        return Some(failure.help(help(first).unwrap_or_else(|| CORRECT.to_owned())));
    }
    // Of several, each has its own help below it.
    let style = Style::stderr();
    let advice = |found| help(found).map(|help| format!("{}: {help}", style.cyan("help")));
    failure = advice(first).into_iter().fold(failure, Failure::detail);
    for other in others {
        failure = failure.detail(format!("{}: {}", style.red("error"), headline(other, written)));
        failure = excerpt(other).into_iter().fold(failure, Failure::detail);
        failure = advice(other).into_iter().fold(failure, Failure::detail);
    }
    Some(failure.help(CORRECT))
}

/// Every warning of `answer`, one line each; what to do stands behind it in parentheses.
pub(crate) fn warnings(answer: &Value, written: &dyn Fn(&str) -> String) -> Vec<String> {
    let style = Style::stderr();
    of(answer)
        .filter(|found| !is_error(found))
        .map(|found| {
            let help = found.get("help").and_then(Value::as_str);
            let help = help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}: {}{help}", style.yellow("warning"), headline(found, written))
        })
        .collect()
}

/// Every diagnostic of `answer`, one line each.
pub(crate) fn lines(answer: &Value, written: &dyn Fn(&str) -> String) -> Vec<String> {
    of(answer).map(|found| headline(found, written)).collect()
}

fn of(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("diagnostics").and_then(Value::as_array).into_iter().flatten()
}

fn is_error(found: &Value) -> bool {
    found.get("severity").and_then(Value::as_str) != Some("warning")
}

/// `message: file:line:column (spec.path)`.
fn headline(found: &Value, written: &dyn Fn(&str) -> String) -> String {
    let text = |key: &str| found.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |key: &str| found.get(key).and_then(Value::as_u64);
    let message = text("message").unwrap_or("refused");
    // What throws a plain Error says no more than that it is one.
    let mut line = message.strip_prefix("Error: ").unwrap_or(message).to_owned();
    if let Some(path) = text("path") {
        line = format!("{path}: {line}");
    }
    if let Some(file) = text("file") {
        line.push_str(": ");
        line.push_str(&written(file));
        for position in [number("line"), number("column")].into_iter().flatten() {
            line.push_str(&format!(":{position}"));
        }
    }
    line
}

/// The source line with a caret below the column.
fn excerpt(found: &Value) -> Option<String> {
    let source = found.get("sourceLine").and_then(Value::as_str)?;
    let line = found.get("line").and_then(Value::as_u64)?;
    let column = found.get("column").and_then(Value::as_u64).unwrap_or(1).max(1) as usize;
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
    use serde_json::json;

    use super::*;

    fn same(path: &str) -> String {
        format!("my/{path}")
    }

    #[test]
    fn an_error_says_what_and_where() {
        let answer = json!({"diagnostics": [
            {"severity": "warning", "file": "f.yaml", "line": 9, "column": 3,
             "path": "spec.foo", "message": "unknown field"},
            {"severity": "error", "file": "handler.js", "line": 3, "column": 5,
             "message": "SyntaxError: Unexpected token '}'", "sourceLine": "  x }"},
        ]});
        let failure = failure(&answer, &same).unwrap();
        assert_eq!(failure.to_string(), "SyntaxError: Unexpected token '}': my/handler.js:3:5");
        assert_eq!(failure.details(), ["3 |   x }\n  |     ^"]);
        assert_eq!(warnings(&answer, &same), ["warning: spec.foo: unknown field: my/f.yaml:9:3"]);
    }

    #[test]
    fn a_warning_says_what_to_do() {
        let answer = json!({"diagnostics": [
            {"severity": "warning", "message": "unknown field", "help": "did you mean `source`?"},
        ]});
        let said = ["warning: unknown field (did you mean `source`?)"];
        assert_eq!(warnings(&answer, &same), said);
    }

    #[test]
    fn a_plain_error_is_not_named_twice() {
        let answer = json!({"diagnostics": [{"severity": "error", "message": "Error: no key"}]});
        assert_eq!(failure(&answer, &same).unwrap().to_string(), "no key");
    }

    #[test]
    fn of_several_errors_each_has_its_own_help() {
        let answer = json!({"diagnostics": [
            {"severity": "error", "message": "unknown runtime", "help": "allowed are v8"},
            {"severity": "error", "message": "no handler", "help": "name the file"},
            {"severity": "error", "message": "no source"},
        ]});
        let failure = failure(&answer, &same).unwrap();
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
        let answer = json!({"diagnostics": [{"severity": "warning", "message": "old"}]});
        assert!(failure(&answer, &same).is_none());
    }

    #[test]
    fn a_long_line_is_cut_around_its_column() {
        let source = "x".repeat(1000);
        let found = json!({"line": 1, "column": 500, "sourceLine": source});
        let text = excerpt(&found).unwrap();
        let caret = text.lines().nth(1).unwrap();
        assert!(text.len() < 400);
        assert_eq!(caret.find('^'), Some("1 | ".len() + 79));
    }
}
