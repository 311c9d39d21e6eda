//! The contract suite: a folder is a function, the requests sent to it and what must come back.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;

use super::exchange::{self, Exchange, Expected, HeaderRule};
use super::http::{self, Answer};
use super::server::Server;
use super::{copy_folder, project};

/// Files of a case that are no part of the function.
const OURS: [&str; 6] = ["requests", "logs", "logs.v8", "logs.nodejs", "logs.python", "runtimes"];

/// A family of runtimes (`v8`, `nodejs`, `python`), and the one of it that a case runs on where it
/// names none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) runtime: &'static str,
}

/// One folder of `tests/contract`, for one family.
pub(crate) struct Case {
    pub(crate) name: String,
    folder: PathBuf,
    family: Family,
    runtime: String,
}

/// The cases for a family of runtimes, by name; with `ONLY=NAME` in the environment those of it.
pub(crate) fn cases(family: Family) -> Vec<Case> {
    let folder = project().join("tests/contract");
    let only = std::env::var("ONLY").ok();
    let mut cases: Vec<Case> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .filter_map(|entry| Case::of(&entry.path(), family))
        .filter(|case| only.as_ref().is_none_or(|only| case.name.contains(only)))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(
        only.is_some() || !cases.is_empty(),
        "{} holds no case for {}",
        folder.display(),
        family.name
    );
    cases
}

impl Case {
    /// The case, where it is for this family: by its `runtimes` file, else by the language of its
    /// handler.
    fn of(folder: &Path, family: Family) -> Option<Self> {
        let has = |extension: &str| folder.join("handler").with_extension(extension).exists();
        let language = match family.name {
            "python" => has("py"),
            "nodejs" => ["js", "mjs", "cjs", "ts", "mts"].into_iter().any(has),
            _ => has("js") || has("mjs") || has("cjs"),
        };
        let runtime = match std::fs::read_to_string(folder.join("runtimes")) {
            Ok(list) => list.split_whitespace().find(|name| name.starts_with(family.name))?.into(),
            Err(_) => family.runtime.to_owned(),
        };
        // A family stands for its usual runtime.
        let runtime = if runtime == family.name { family.runtime.to_owned() } else { runtime };
        let name = folder.file_name()?.to_str().expect("UTF-8").to_owned();
        language.then(|| Self { name, folder: folder.to_owned(), family, runtime })
    }

    /// Runtime of the function.
    pub(crate) fn runtime(&self) -> &str {
        &self.runtime
    }

    /// Writes the function to a folder of its own below `target`; `gateway` is the server's URL.
    pub(crate) fn write(&self, target: &Path, gateway: &str) -> PathBuf {
        let folder = target.join(&self.name);
        copy_folder(&self.folder, &folder);
        for file in OURS {
            let _ = std::fs::remove_file(folder.join(file));
        }
        let yaml = folder.join("function.yaml");
        let text = std::fs::read_to_string(&yaml).unwrap_or_else(|_| {
            format!(
                "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata:\n  \
                 name: {}\nspec:\n  runtime: {{{{runtime}}}}\n  source:\n    dir: .\n",
                self.name
            )
        });
        let text = text.replace("{{runtime}}", &self.runtime).replace("{{gateway}}", gateway);
        std::fs::write(&yaml, text).unwrap();
        self.drop_other_languages(&folder);
        folder
    }

    /// A folder with two handlers is a case for two languages, not a function in both.
    fn drop_other_languages(&self, folder: &Path) {
        let python = self.family.name == "python";
        for extension in ["js", "mjs", "cjs", "ts", "mts", "py"] {
            if (extension == "py") != python {
                let _ = std::fs::remove_file(folder.join("handler").with_extension(extension));
            }
        }
    }

    /// Sends the requests and reads the log; gives what was not as expected.
    pub(crate) fn check(&self, server: &Server) -> Vec<String> {
        let mut wrong = Vec::new();
        for exchange in self.exchanges() {
            let answers = send(server, &self.name, &exchange);
            for why in answers.iter().flat_map(|answer| compare(answer, &exchange, &self.runtime)) {
                wrong.push(format!("{}/requests:{}: {why}", self.name, exchange.line));
            }
        }
        if wrong.is_empty() {
            wrong.extend(self.check_log(server));
        }
        wrong
    }

    /// The requests for this family.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let all = exchange::read(&self.folder.join("requests")).into_iter();
        all.filter(|exchange| exchange.is_for(self.family.name)).collect()
    }

    /// Level and text of each line that the log must have.
    pub(crate) fn expected_log(&self) -> Vec<(String, String)> {
        let expected = self.log_file();
        let lines = expected.lines().filter(|line| !line.starts_with('#'));
        let cut = lines.map(|line| line.split_once(' ').expect("level and text"));
        cut.map(|(level, text)| (level.to_owned(), text.to_owned())).collect()
    }

    fn log_file(&self) -> String {
        let own = self.folder.join(format!("logs.{}", self.family.name));
        let file = if own.exists() { own } else { self.folder.join("logs") };
        std::fs::read_to_string(&file).unwrap_or_default()
    }

    /// Whether the lines of the log may come in any order.
    pub(crate) fn is_log_unordered(&self) -> bool {
        self.log_file().starts_with("# in any order\n")
    }

    /// Follows the log until every expected line was there, each after the one before it where
    /// they have an order; gives the first that did not come.
    fn check_log(&self, server: &Server) -> Option<String> {
        let expected = self.expected_log();
        let mut log = (!expected.is_empty()).then(|| server.follow(&self.name))?;
        expected.into_iter().find_map(|(level, text)| {
            if self.is_log_unordered() {
                log = server.follow(&self.name);
            }
            let found = log.find_line(|line| {
                let line: Value = serde_json::from_str(line).expect("a line of JSON");
                line["level"] == *level
                    && line["text"].as_str().is_some_and(|found| found.contains(&text))
            });
            found.is_none().then(|| format!("{}/logs: not in the log: {level} {text}", self.name))
        })
    }
}

/// Sends one exchange of a function, as often at once as it says.
pub(crate) fn send(
    server: &Server,
    function: &str,
    exchange: &Exchange,
) -> Vec<Result<Answer, String>> {
    let target = match exchange.path.strip_prefix('^') {
        Some(path) => path.to_owned(),
        None => format!("/default/{function}{}", exchange.path),
    };
    send_to(server.gateway, &target, exchange)
}

/// Sends one exchange to this address and path, as often at once as it says.
pub(crate) fn send_to(
    gateway: SocketAddr,
    target: &str,
    exchange: &Exchange,
) -> Vec<Result<Answer, String>> {
    let one = || {
        let Exchange { method, headers, body, .. } = exchange;
        http::send(gateway, method, target, headers, body).map_err(|e| e.to_string())
    };
    thread::scope(|scope| {
        let calls: Vec<_> = (0..exchange.parallel).map(|_| scope.spawn(one)).collect();
        calls.into_iter().map(|call| call.join().expect("a call does not panic")).collect()
    })
}

/// Differences from what is expected.
pub(crate) fn compare(
    answer: &Result<Answer, String>,
    exchange: &Exchange,
    runtime: &str,
) -> Vec<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return vec![format!("no answer: {error}")],
    };
    let Expected { status, headers, contains, json, body } = &exchange.expected;
    let mut wrong = Vec::new();
    if answer.status != *status {
        wrong.push(format!("status {} instead of {status}", answer.status));
    }
    for (name, rule) in headers {
        let found = answer.header(name);
        let fits = match rule {
            HeaderRule::Is(value) => found.as_deref() == Some(value),
            HeaderRule::Present => found.is_some(),
            HeaderRule::Absent => found.is_none(),
        };
        if !fits {
            wrong.push(format!("header {name} is {found:?} instead of {rule:?}"));
        }
    }
    let text = answer.text();
    for part in contains {
        let part = part.replace("{{runtime}}", runtime);
        if !text.contains(&part) {
            wrong.push(format!("the body has no {part:?}"));
        }
    }
    if let Some(json) = json
        && serde_json::from_slice::<Value>(&answer.body).ok().as_ref() != Some(json)
    {
        wrong.push(format!("the body is not {json}"));
    }
    if let Some(body) = body
        && *body != answer.body
    {
        wrong.push(format!("the body is not {:?}", String::from_utf8_lossy(body)));
    }
    if !wrong.is_empty() {
        let shown: String = text.chars().take(300).collect();
        wrong.push(format!("(it answered {} {shown:?})", answer.status));
    }
    wrong
}
