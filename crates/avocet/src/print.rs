//! Standard output: lines, tables, JSON and YAML.

use std::io::{BufWriter, Write};

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::Format;
use crate::yaml;

/// Prints lines.
pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    to_stdout(|out| lines.into_iter().try_for_each(|line| writeln!(out, "{line}")))
}

/// Prints what `write` writes, and all of it at once.
pub(crate) fn to_stdout(
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Prints a value as indented JSON, keys in their alphabetical order.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    lines([serde_json::to_string_pretty(&serde_json::to_value(value)?)?])
}

/// Prints a value in the chosen format; `rows` makes a table of it, head first.
pub(crate) fn value<T: Serialize>(
    value: &T,
    format: Format,
    rows: impl FnOnce(&T) -> Vec<Vec<String>>,
) -> anyhow::Result<()> {
    match format {
        Format::Json => json(value),
        Format::Yaml => {
            lines([yaml::document(&serde_json::to_value(value)?).trim_end().to_owned()])
        }
        Format::Table => lines(table(&rows(value))),
    }
}

/// Rows with their columns below each other.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("   ").trim_end().to_owned()
        })
        .collect()
}

/// A text in a table; `-` where there is none.
pub(crate) fn cell(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["NAME", "N"], ["hello", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), ["NAME    N", "hello   1"]);
    }
}
