//! Help for who runs a program of another time: its names, and what the API of December 2009 has in
//! their place.

use std::io::ErrorKind;
use std::path::Path;

/// Globals of later years, with what there is instead.
const GLOBALS: [(&str, &str); 14] = [
    ("AbortController", "a request is ended by `connection.forceClose()`"),
    ("Buffer", "bytes are strings here, with the encoding \"binary\""),
    ("TextDecoder", "bytes are strings here, with the encoding \"binary\""),
    ("TextEncoder", "bytes are strings here, with the encoding \"binary\""),
    ("URL", "`require(\"uri\").parse(…)` takes addresses apart"),
    ("URLSearchParams", "`require(\"uri\").parse(…)` takes addresses apart"),
    ("clearImmediate", "`clearTimeout(…)` is there"),
    ("console", "`require(\"sys\").puts(…)` prints a line"),
    ("fetch", "`require(\"http\").createClient(port, host)` makes requests"),
    ("performance", "`new Date().getTime()` gives milliseconds"),
    ("queueMicrotask", "`setTimeout(f, 0)` calls later"),
    ("setImmediate", "`setTimeout(f, 0)` calls later"),
    ("structuredClone", "`process.mixin(true, {}, object)` copies deeply"),
    ("window", "this is no browser"),
];

/// Methods of later years, with what there is instead.
const METHODS: [(&str, &str); 22] = [
    ("createReadStream", "`require(\"file\").File` reads in pieces"),
    ("createWriteStream", "`require(\"file\").File` writes in pieces"),
    ("end", "`finish()` ends an answer or a request, `close()` a connection"),
    ("existsSync", "`require(\"posix\").stat(path)` gives a promise"),
    ("get", "`require(\"http\").createClient(port, host).request(\"GET\", path)` asks"),
    ("join", "`require(\"path\").join(…)` is there; a list has its own"),
    ("log", "`require(\"sys\").puts(…)` prints a line"),
    ("nextTick", "`setTimeout(f, 0)` calls later"),
    ("off", "`removeListener(event, f)` is there"),
    ("on", "`addListener(event, f)` listens"),
    ("once", "`addListener(event, f)` listens; `removeListener` in it makes it once"),
    ("pipe", "`require(\"sys\").pump` is not there yet: listen to `body` and write"),
    ("readFile", "`require(\"posix\").cat(path)` gives a promise of the text"),
    ("readFileSync", "`require(\"posix\").cat(path).wait()` gives the text"),
    ("readdir", "`require(\"posix\").readdir(path)` gives a promise"),
    ("send", "`sendBody(text)` and `finish()` answer"),
    ("setHeader", "`sendHeader(status, headers)` takes all headers at once"),
    ("spawn", "`process.createChildProcess(file, arguments)` starts a program"),
    ("status", "`sendHeader(status, headers)` begins an answer"),
    ("then", "`addCallback(f)` hears of a promise"),
    ("write", "`sendBody(text)` writes to an answer or a request, `send(text)` to a connection"),
    ("writeHead", "`sendHeader(status, headers)` begins an answer"),
];

/// Help on an error, by its first line; `None` where it is not one of another time.
pub(crate) fn about(error: &str) -> Option<String> {
    if let Some(file) = error.strip_prefix("Error: Error reading ") {
        return unreadable(Path::new(file));
    }
    let instead = if error.starts_with("SyntaxError: ") {
        let module =
            ["import statement outside a module", "Unexpected token 'export'", "import.meta"];
        let is_module = module.iter().any(|own| error.contains(own));
        is_module.then_some("files are no ES modules: `require(…)` and `exports` are there")?
    } else if let Some(name) = error.strip_suffix(" is not defined") {
        let name = name.strip_prefix("ReferenceError: ")?;
        GLOBALS.iter().find(|(own, _)| *own == name)?.1
    } else {
        let called = error.strip_prefix("TypeError: ")?.strip_suffix(" is not a function")?;
        let (_, name) = called.rsplit_once('.')?;
        METHODS.iter().find(|(own, _)| *own == name)?.1
    };
    Some(format!(
        "scripts are on the API of December 2009: {instead}; a function of today is served by \
         `avocet dev FILE`"
    ))
}

/// Reason for which a file cannot be read, and the file that may have been meant.
fn unreadable(file: &Path) -> Option<String> {
    let error = std::fs::File::open(file).err()?;
    if error.kind() != ErrorKind::NotFound {
        return Some(format!("it cannot be read: {error}"));
    }
    let folder = file.parent()?;
    let name = file.file_name()?.to_str()?;
    let Ok(entries) = folder.read_dir() else {
        return Some(format!("there is no folder {}", folder.display()));
    };
    let names =
        entries.take(MOST_NAMES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let near = names.map(|other| (distance(name, &other), other)).min();
    Some(match near.filter(|(distance, _)| *distance <= NEAR) {
        Some((_, near)) => format!("there is no such file; did you mean {near}?"),
        None => "there is no such file".to_owned(),
    })
}

/// Names of a folder that are looked at.
const MOST_NAMES: usize = 10_000;

/// Most letters by which a name that was meant differs.
const NEAR: usize = 2;

/// Letters to change, add or leave out to make one text the other; capitals count as small ones.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, own) in other.chars().enumerate() {
            let replaced = diagonal + usize::from(own != letter);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_today_are_told_from_mistakes() {
        assert!(GLOBALS.is_sorted() && METHODS.is_sorted());
        let of_today = [
            "ReferenceError: console is not defined",
            "TypeError: response.writeHead is not a function",
            "TypeError: require(...).createServer(...).on is not a function",
            "SyntaxError: Cannot use import statement outside a module",
            "SyntaxError: Unexpected token 'export'",
        ];
        assert!(of_today.iter().all(|error| about(error).is_some()));
        let others = [
            "ReferenceError: consle is not defined",
            "TypeError: writeHead is not a function",
            "TypeError: a.b is not a function",
            "SyntaxError: Unexpected token ';'",
            "Error: console is not defined",
        ];
        assert!(others.iter().all(|error| about(error).is_none()));
    }

    #[test]
    fn a_misspelt_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hello.js"), "").unwrap();
        let said = |name: &str| {
            let file = folder.path().join(name);
            about(&format!("Error: Error reading {}", file.display())).unwrap()
        };
        for name in ["helo.js", "Hello.js", "hallo.js", "hello.jss"] {
            assert!(said(name).ends_with("did you mean hello.js?"), "{name}: {}", said(name));
        }
        assert_eq!(said("other.js"), "there is no such file");
        assert!(said("lib/hello.js").starts_with("there is no folder"));
    }
}
