//! Settings in the environment of a runtime image.
//!
//! The names are those of the cluster's runtime images, older and newer: where both of a pair are
//! set, the newer counts. A variable that is set to nothing is not set.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use avocet_functions::model::settings::BODY;
use avocet_functions::model::{
    CONCURRENCY, Engine, Function, FunctionName, LIMIT_SETTINGS, LimitSetting, Memory, Runtime,
    Source,
};

use crate::failure::{Exit, Failure};

/// Port and address where none is set: every address, since callers come from outside.
const PORT: u16 = 8080;
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Folder of the sources where none is set.
const FOLDER: &str = "/kubeless";

/// Everything that is set, read and checked.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) folder: PathBuf,
    /// The variable that named the folder.
    pub(super) folder_from: &'static str,
    /// The handler's file, mostly without its extension.
    pub(super) module: String,
    /// The variable that named it.
    pub(super) module_from: &'static str,
    pub(super) export: String,
    pub(super) name: FunctionName,
    pub(super) runtime: Option<Runtime>,
    pub(super) memory: Option<Memory>,
    /// The variable by which the function reads its body as a stream.
    pub(super) streams_by: Option<&'static str>,
    /// Calls at the same time, for Python.
    pub(super) threads: Option<u32>,
    pub(super) listen: SocketAddr,
    pub(super) access_log: bool,
    pub(super) publisher: Option<String>,
    pub(super) collector: Option<String>,
}

impl Settings {
    /// Reads them; `get` looks a variable up.
    pub(super) fn read(get: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let env = Variables(get);
        let (folder_from, folder) = match env.first(["HANDLER_PATH", "KUBELESS_INSTALL_VOLUME"])? {
            Some((name, folder)) => (name, PathBuf::from(folder)),
            None => ("KUBELESS_INSTALL_VOLUME", PathBuf::from(FOLDER)),
        };
        if !folder.is_absolute() {
            let why = format!("{} is not a whole path", folder.display());
            return Err(wrong(folder_from, why).help("write it from / on: /kubeless"));
        }
        let module = env.first(["HANDLER_MOD_NAME", "MOD_NAME"])?;
        let (module_from, module) = module.unwrap_or(("MOD_NAME", "handler".to_owned()));
        let inside = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !module.split('/').all(inside) {
            let why = format!("{module:?} is not a file in {}", folder.display());
            return Err(wrong(module_from, why));
        }
        let export = env.first(["HANDLER_FUNC_NAME", "FUNC_HANDLER"])?;
        env.check_limits()?;
        Ok(Self {
            folder,
            folder_from,
            module,
            module_from,
            export: export.map_or_else(|| "main".to_owned(), |(_, export)| export),
            name: env.function_name()?,
            runtime: env.parsed(["FUNC_RUNTIME"])?,
            memory: env.parsed(["FUNC_MEMORY_LIMIT"])?,
            streams_by: env.streams_by()?,
            threads: env.threads()?,
            listen: env.listen()?,
            access_log: env.switch(["SERVER_INTERNAL_LOGGER", "KYMA_INTERNAL_LOGGER_ENABLED"])?,
            publisher: env.text("PUBLISHER_PROXY_ADDRESS")?,
            collector: env.text("TRACE_COLLECTOR_ENDPOINT")?,
        })
    }

    /// The function that they mean, on `runtime`.
    pub(super) fn function(&self, runtime: Runtime) -> Result<Function, Failure> {
        if let Some(variable) = self.streams_by.filter(|_| runtime.engine() == Engine::V8) {
            let why = "functions on v8 see their body whole: write a size, as in 10";
            return Err(wrong(variable, why));
        }
        let mut function = Function::new(self.name.clone(), runtime, Source::Dir(String::new()));
        function.handler.export.clone_from(&self.export);
        function.resources.limits.memory = self.memory;
        function.scale.min = Some(1);
        // A container is one instance, whose calls share its state; the cluster starts more of them.
        function.scale.max = Some(1);
        if runtime.engine() == Engine::Python {
            function.settings.concurrency = self.threads;
        }
        Ok(function)
    }
}

/// The environment, with errors that name the variable.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    fn text(&self, name: &'static str) -> Result<Option<String>, Failure> {
        let Some(value) = (self.0)(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        value.into_string().map(Some).map_err(|_| wrong(name, "the value is not UTF-8 text"))
    }

    /// The first of several that is set.
    fn first<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<Option<(&'static str, String)>, Failure> {
        for name in names {
            if let Some(value) = self.text(name)? {
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }

    fn parsed<T, const N: usize>(&self, names: [&'static str; N]) -> Result<Option<T>, Failure>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let Some((name, text)) = self.first(names)? else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|error| wrong(name, error))
    }

    fn function_name(&self) -> Result<FunctionName, Failure> {
        let namespace = self.text("SERVICE_NAMESPACE")?.unwrap_or_else(|| "default".to_owned());
        let name = self.text("FUNC_NAME")?.unwrap_or_else(|| "function".to_owned());
        FunctionName::new(&namespace, "a").map_err(|error| wrong("SERVICE_NAMESPACE", error))?;
        FunctionName::new(&namespace, &name).map_err(|error| wrong("FUNC_NAME", error))
    }

    /// Time and size of calls are read where limits are made; here it is seen that they can be.
    fn check_limits(&self) -> Result<(), Failure> {
        for LimitSetting { env, .. } in LIMIT_SETTINGS {
            for (name, _) in env {
                let Some(text) = self.text(name)? else { continue };
                let Some((setting, unit)) = LimitSetting::of_variable(name) else { continue };
                setting.read_as(unit, &text).map_err(|error| wrong(name, error))?;
            }
        }
        Ok(())
    }

    /// The first variable of the body's limit that is set, where it says `stream`.
    fn streams_by(&self) -> Result<Option<&'static str>, Failure> {
        let mut names = BODY.env.iter().map(|(name, _)| *name);
        let set = names.find_map(|name| match self.text(name) {
            Ok(text) => text.map(|text| Ok((name, text))),
            Err(failure) => Some(Err(failure)),
        });
        let set = set.transpose()?;
        Ok(set.filter(|(_, text)| text.trim() == "stream").map(|(name, _)| name))
    }

    fn threads(&self) -> Result<Option<u32>, Failure> {
        let Some((name, text)) = self.first(["SERVER_NUMTHREADS", "CHERRYPY_NUMTHREADS"])? else {
            return Ok(None);
        };
        let threads = CONCURRENCY.read(&text).map_err(|error| wrong(name, error))?;
        Ok(u32::try_from(threads).ok())
    }

    fn listen(&self) -> Result<SocketAddr, Failure> {
        let host = match self.text("SERVER_HOST")?.as_deref().map(str::trim) {
            None => HOST,
            Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Some(host) => host.trim_matches(['[', ']']).parse().map_err(|_| {
                wrong("SERVER_HOST", format!("{host:?} is not an address"))
                    .help("write 0.0.0.0 for every address, :: for IPv6 too, or 127.0.0.1")
            })?,
        };
        let port = match self.first(["SERVER_PORT", "FUNC_PORT"])? {
            None => PORT,
            Some((name, text)) => text.trim().parse().map_err(|_| {
                wrong(name, format!("{text:?} is not a port: write a number from 0 to 65535"))
            })?,
        };
        Ok(SocketAddr::new(host, port))
    }

    fn switch<const N: usize>(&self, names: [&'static str; N]) -> Result<bool, Failure> {
        let Some((name, text)) = self.first(names)? else { return Ok(false) };
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(wrong(name, format!("{text:?} is neither true nor false"))),
        }
    }
}

/// A failure that names the variable.
pub(super) fn wrong(variable: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Usage, format!("environment variable {variable}: {why}"))
}

/// Names that the handler's file may have; the first that is there counts.
pub(super) fn names(module: &str, extensions: &[&str]) -> Vec<String> {
    let named = |extension: &&str| module.ends_with(&format!(".{extension}"));
    match extensions.iter().any(named) {
        true => vec![module.to_owned()],
        false => extensions.iter().map(|extension| format!("{module}.{extension}")).collect(),
    }
}

/// The first of `names` that is a file in `folder`.
pub(super) fn find(folder: &Path, names: &[String]) -> Option<String> {
    names.iter().find(|name| folder.join(name).is_file()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, String> {
        let get = |name: &str| {
            let found = set.iter().find(|(own, _)| *own == name)?;
            Some(OsString::from(found.1))
        };
        Settings::read(&get).map_err(|failure| failure.to_string())
    }

    #[test]
    fn nothing_set_is_the_default() {
        let settings = read(&[("FUNC_PORT", ""), ("FUNC_NAME", "")]).unwrap();
        assert_eq!(settings.folder, Path::new("/kubeless"));
        assert_eq!((&*settings.module, &*settings.export), ("handler", "main"));
        assert_eq!(settings.name.to_string(), "default/function");
        assert_eq!(settings.listen.to_string(), "0.0.0.0:8080");
        assert_eq!((settings.runtime, settings.memory, settings.threads), (None, None, None));
        assert!(!settings.access_log);
    }

    #[test]
    fn older_names_count_and_newer_ones_more() {
        let older = [
            ("KUBELESS_INSTALL_VOLUME", "/old"),
            ("MOD_NAME", "old"),
            ("FUNC_HANDLER", "old"),
            ("FUNC_PORT", "1"),
            ("KYMA_INTERNAL_LOGGER_ENABLED", "true"),
            ("CHERRYPY_NUMTHREADS", "1"),
        ];
        let newer = [
            ("HANDLER_PATH", "/new"),
            ("HANDLER_MOD_NAME", "new"),
            ("HANDLER_FUNC_NAME", "new"),
            ("SERVER_PORT", "2"),
            ("SERVER_INTERNAL_LOGGER", "false"),
            ("SERVER_NUMTHREADS", "2"),
        ];
        let both: Vec<_> = older.into_iter().chain(newer).collect();
        for (set, word, number) in [(&older[..], "old", 1), (&both, "new", 2)] {
            let settings = read(set).unwrap();
            assert_eq!(settings.folder, Path::new("/").join(word));
            assert_eq!((&*settings.module, &*settings.export), (word, word));
            assert_eq!((settings.listen.port(), settings.threads), (number, Some(number.into())));
            assert_eq!(settings.access_log, word == "old");
        }
    }

    #[test]
    fn every_error_names_its_variable() {
        for (name, value) in [
            ("HANDLER_PATH", "relative"),
            ("KUBELESS_INSTALL_VOLUME", "./relative"),
            ("MOD_NAME", "../handler"),
            ("HANDLER_MOD_NAME", "/etc/handler"),
            ("FUNC_NAME", "Not_A_Name"),
            ("SERVICE_NAMESPACE", "a/b"),
            ("FUNC_RUNTIME", "ruby3"),
            ("FUNC_TIMEOUT", "soon"),
            ("FUNC_MEMORY_LIMIT", "much"),
            ("REQ_MB_LIMIT", "-1"),
            ("FUNC_BODY_MB_LIMIT", "1000"),
            ("FUNC_MEMFILE_MAX", "x"),
            ("FUNC_PORT", "http"),
            ("SERVER_PORT", "70000"),
            ("SERVER_HOST", "example.com"),
            ("SERVER_NUMTHREADS", "0"),
            ("CHERRYPY_NUMTHREADS", "many"),
            ("SERVER_INTERNAL_LOGGER", "perhaps"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(&format!("environment variable {name}: ")), "{error}");
        }
    }

    #[test]
    fn a_stream_needs_a_process() {
        let settings = read(&[("REQ_MB_LIMIT", "stream"), ("FUNC_MEMFILE_MAX", "1")]).unwrap();
        assert!(settings.function("nodejs20".parse().unwrap()).is_ok());
        let refused = settings.function("v8".parse().unwrap()).unwrap_err().to_string();
        assert!(refused.starts_with("environment variable REQ_MB_LIMIT: "), "{refused}");
        let settings = read(&[("REQ_MB_LIMIT", "1"), ("FUNC_MEMFILE_MAX", "stream")]).unwrap();
        assert!(settings.function("v8".parse().unwrap()).is_ok());
    }

    #[test]
    fn addresses_are_read_in_both_families() {
        for (host, address) in
            [("::", "[::]:8080"), ("[::1]", "[::1]:8080"), ("localhost", "127.0.0.1:8080")]
        {
            assert_eq!(read(&[("SERVER_HOST", host)]).unwrap().listen.to_string(), address);
        }
    }

    #[test]
    fn a_handler_is_found_with_and_without_its_extension() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.mjs"), "").unwrap();
        let found = |module| find(folder.path(), &names(module, &["js", "mjs"]));
        assert_eq!(found("a").as_deref(), Some("a.mjs"));
        assert_eq!(found("a.mjs").as_deref(), Some("a.mjs"));
        assert_eq!(found("a.js"), None);
    }
}
