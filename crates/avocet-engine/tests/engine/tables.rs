//! The rows of `js/test/tables`, with the engine's own operations: each file exports an array of
//! expressions and the JSON of their values.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Source, run_files};

/// Prints what does not hold, then how many rows there were.
const MAIN: &str = r#"
const rows = require('./table');
const same = require('assert').deepStrictEqual;
for (const [source, expected] of rows) {
  let actual;
  try {
    actual = JSON.stringify(new Function('require', `return (${source})`)(require));
  } catch (error) {
    actual = JSON.stringify({ error: error.name, code: error.code });
  }
  try {
    same(JSON.parse(actual), expected);
  } catch {
    console.log('%s\n  is       %s\n  and not  %j', source, actual, expected);
  }
}
console.log('%d rows', rows.length);
"#;

#[test]
fn every_row_holds() {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/test/tables");
    let mut wrong = String::new();
    for entry in std::fs::read_dir(tables).unwrap() {
        let path = entry.unwrap().path();
        let table = std::fs::read_to_string(&path).unwrap();
        let files = BTreeMap::from([("main.js", MAIN.to_owned()), ("table.js", table)]);
        let files = files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        let printed = run_files(files, "main.js", Source::Snapshot);
        let (above, count) =
            printed.trim_end().rsplit_once('\n').unwrap_or(("", printed.trim_end()));
        if !above.is_empty() || !count.ends_with(" rows") {
            wrong.push_str(&format!("{}:\n{printed}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
