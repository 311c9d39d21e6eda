//! Modules of functions on Python.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use avocet_functions::project::{below, parent};

use super::{Asking, Missing, Read};

/// Prints those of its arguments that no module of the interpreter has as its name. Nothing is
/// imported: a name without dots needs nothing above it.
const NOT_THERE: &str = "import importlib.util, sys
for name in sys.argv[1:]:
    try:
        if importlib.util.find_spec(name) is None: print(name)
    except Exception: pass";

/// Modules beside the worker: `guests/python/site`, old and new.
const PROVIDED: [&str; 27] = [
    "_distutils_hack",
    "avocet_guest",
    "blinker",
    "bottle",
    "certifi",
    "charset_normalizer",
    "click",
    "cloudevents",
    "dateutil",
    "deprecated",
    "deprecation",
    "flask",
    "idna",
    "importlib_metadata",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "opentelemetry",
    "packaging",
    "prometheus_client",
    "requests",
    "six",
    "typing_extensions",
    "urllib3",
    "werkzeug",
    "wrapt",
    "zipp",
];

/// Modules whose distribution has a name in which theirs is not, with the one to add.
const OTHER_NAMES: [(&str, &str); 21] = [
    ("bs4", "beautifulsoup4"),
    ("Crypto", "pycryptodome"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("dotenv", "python-dotenv"),
    ("fitz", "PyMuPDF"),
    ("gi", "PyGObject"),
    ("git", "GitPython"),
    ("jose", "python-jose"),
    ("jwt", "PyJWT"),
    ("ldap", "python-ldap"),
    ("mpl_toolkits", "matplotlib"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyOpenSSL"),
    ("PIL", "Pillow"),
    ("pkg_resources", "setuptools"),
    ("pylab", "matplotlib"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("win32api", "pywin32"),
    ("yaml", "PyYAML"),
];

pub(super) fn missing(asking: &Asking<'_>, program: &Path) -> Vec<Missing> {
    let Some(required) = required(asking.list().unwrap_or_default()) else { return Vec::new() };
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for Read { path: file, outline, at_load } in asking.sources(follow) {
        for used in outline.uses {
            let name = used.module.split('.').next().unwrap_or_default();
            let there = name.is_empty()
                || PROVIDED.contains(&name)
                || used.module.starts_with("google.protobuf")
                || asking.is_newest() && name == "sdk"
                || is_own(asking, name)
                || required.iter().any(|own| may_bring(own, name));
            if !there && told.insert(name.to_owned()) {
                let certain = used.at_load && at_load && required.is_empty();
                found.push((name.to_owned(), file.clone(), used.spot, certain));
            }
        }
    }
    let absent = absent(program, &told).unwrap_or_default();
    found.retain(|(name, ..)| absent.contains(name));
    let place = asking.list_name();
    let found = found.into_iter().map(|(name, file, spot, certain)| {
        let other = OTHER_NAMES.iter().find(|(own, _)| *own == name);
        let distribution = other.map_or(&*name, |(_, distribution)| distribution);
        let text = format!(
            "{file} asks for module `{name}`, which is neither part of Python nor among the \
             requirements"
        );
        let help = match required.is_empty() {
            _ if name == "sdk" => asking.sdk(&name).unwrap_or_default(),
            true => format!("add `{distribution}` as a line of {place}"),
            false => {
                format!("add `{distribution}` to {place}, unless another line there brings it")
            }
        };
        Missing { file, spot, text, help, certain }
    });
    found.collect()
}

/// Modules of `names` that the interpreter does not have; `None` where it does not answer.
fn absent(program: &Path, names: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    if names.is_empty() {
        return None;
    }
    let mut command = Command::new(program);
    command.args(["-B", "-c", NOT_THERE]).args(names).current_dir("/");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let said = String::from_utf8(command.output().ok()?.stdout).ok()?;
    Some(said.lines().map(str::to_owned).collect())
}

/// The distributions that a list names; `None` where it names some in another way.
fn required(list: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for line in list.lines().map(str::trim) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
        let name = &line[..end.unwrap_or(line.len())];
        let rest = &line[name.len()..];
        match line {
            "" | "\\" => {}
            _ if line.starts_with("--")
                && !line.starts_with("--req")
                && !line.starts_with("--e") => {}
            _ if line.starts_with(['-', '.', '/']) || rest.starts_with([':', '+', '/']) => {
                return None;
            }
            _ => names.push(plain(name)),
        }
    }
    Some(names)
}

/// Whether a distribution may have a module: their names resemble each other, or it is known to.
fn may_bring(distribution: &str, module: &str) -> bool {
    let name = plain(module);
    let known = OTHER_NAMES.iter().filter(|(own, _)| *own == module).map(|(_, other)| plain(other));
    let stem = |text: &str| text.trim_end_matches("python").to_owned();
    distribution.contains(&name)
        || distribution.len() > 2 && name.contains(distribution)
        || name == "google" && distribution == "protobuf"
        || known.map(|other| stem(&other)).any(|other| distribution.contains(&other))
}

/// A name without what distributions may write differently.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a file or a folder of the function has the name.
fn is_own(asking: &Asking<'_>, name: &str) -> bool {
    let folder = parent(&asking.package.entry);
    asking.package.files.keys().any(|path| {
        let beside = path.strip_prefix(folder).map(|rest| rest.trim_start_matches('/'));
        [Some(path.as_str()), beside]
            .into_iter()
            .flatten()
            .any(|path| path.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '/'])))
    })
}

/// The files that a module's name may mean, the longest part of it first.
pub(super) fn follow(from: &str, module: &str) -> Vec<String> {
    let name = module.trim_start_matches('.');
    let up = module.len() - name.len();
    let folder = parent(from);
    let bases = match up {
        0 => vec![Some(String::new()), Some(folder.to_owned())],
        _ => vec![below(folder, &"../".repeat(up - 1))],
    };
    let mut found = Vec::new();
    for base in bases.into_iter().flatten() {
        let mut path = name.replace('.', "/");
        while !path.is_empty() {
            let full = below(&base, &path).unwrap_or_default();
            found.extend([format!("{full}.py"), format!("{full}/__init__.py")]);
            path.truncate(path.rfind('/').unwrap_or(0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_as_far_as_they_name_something() {
        let list = "# all\nPyYAML==6.0  # yaml\nscikit-learn>=1; python_version > '3'\n\
                    --index-url http://x/\nlib @ https://x/lib.whl\nextra[a,b]~=2\n";
        let names = required(list).unwrap();
        assert_eq!(names, ["pyyaml", "scikitlearn", "lib", "extra"]);
        for line in ["-r other.txt", "-e .", "./lib", "/lib.whl", "git+https://x/y", "https://x/y"]
        {
            assert_eq!(required(line), None, "{line}");
        }
    }

    #[test]
    fn a_distribution_may_have_a_module_of_another_name() {
        for (distribution, module) in [
            ("PyYAML", "yaml"),
            ("opencv-python-headless", "cv2"),
            ("google-cloud-storage", "google"),
            ("protobuf", "google"),
            ("scikit-learn", "sklearn"),
            ("Flask-Cors", "flask_cors"),
            ("python-dateutil", "dateutil"),
            ("beautifulsoup4", "bs4"),
            ("Pillow", "PIL"),
        ] {
            assert!(may_bring(&plain(distribution), module), "{distribution} {module}");
        }
        for (distribution, module) in [("requests", "yaml"), ("numpy", "PIL"), ("six", "cv2")] {
            assert!(!may_bring(&plain(distribution), module), "{distribution} {module}");
        }
    }
}
