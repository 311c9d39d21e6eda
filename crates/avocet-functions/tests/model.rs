//! The model: its JSON form, names, runtimes, amounts, limits, environment and context.

use avocet_functions::model::{
    ApiRoute, ApiRule, BodyLimit, ConfigMap, Cpu, Engine, EnvError, EnvValue, EnvVar, Function,
    FunctionName, Inline, KeySelector, Limits, Memory, NameErrorKind, ObjectName, PackageError,
    PathPattern, Profile, RequestPath, ResolvedEnv, Runtime, RuntimeError, Scale, Secret,
    SecretMount, Signature, Source, ValueSource, Version, check_subdomain, context,
};
use serde_json::{Value, json};

fn function(runtime: &str, source: &str) -> Function {
    let source = Source::Inline(Inline { source: source.to_owned(), dependencies: None });
    Function::new("shop/orders".parse().unwrap(), runtime.parse().unwrap(), source)
}

#[test]
fn the_json_form_is_kept() {
    let text = include_str!("data/function.json");
    let value: Value = serde_json::from_str(text).unwrap();
    let function: Function = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&function).unwrap(), value);

    let least = json!({ "name": "a/b", "runtime": "v8", "source": { "dir": "." } });
    let function: Function = serde_json::from_value(least.clone()).unwrap();
    assert!(function.cors);
    assert_eq!(function.handler.export, "main");
    assert_eq!(serde_json::to_value(&function).unwrap(), least);

    for wrong in [
        json!({ "name": "A/b", "runtime": "v8", "source": { "dir": "." } }),
        json!({ "name": "a/b", "runtime": "v9", "source": { "dir": "." } }),
        json!({ "name": "a/b", "runtime": "v8", "source": { "files": { "a": { "base64": "?" } } } }),
        json!({ "name": "a/b", "runtime": "v8" }),
    ] {
        assert!(serde_json::from_value::<Function>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn equal_definitions_have_equal_digests() {
    let (one, two) = (function("v8", "a"), function("v8", "a"));
    assert_eq!(one.digest(), two.digest());
    assert_eq!(one.digest().len(), 64);
    assert_ne!(one.digest(), function("v8", "b").digest());
}

#[test]
fn names_are_labels() {
    let kind = |text: &str| text.parse::<FunctionName>().map_err(|e| (e.part, e.kind));
    let (empty, character) = (NameErrorKind::Empty, NameErrorKind::Character);
    assert_eq!(kind("").unwrap_err(), ("name", empty));
    assert_eq!(kind("/a").unwrap_err(), ("namespace", empty));
    assert_eq!(kind("a/").unwrap_err(), ("name", empty));
    assert_eq!(kind("A").unwrap_err(), ("name", character('A')));
    assert_eq!(kind("a.b").unwrap_err(), ("name", character('.')));
    assert_eq!(kind("a/b/c").unwrap_err(), ("name", character('/')));
    assert_eq!(kind("-a").unwrap_err(), ("name", character('-')));
    assert_eq!(kind("a-").unwrap_err(), ("name", character('-')));
    assert_eq!(kind("é").unwrap_err(), ("name", character('é')));
    assert_eq!(kind(&"a".repeat(64)).unwrap_err(), ("name", NameErrorKind::TooLong(63)));
    assert_eq!(kind(&"a".repeat(63)).unwrap().name().len(), 63);
    assert!(check_subdomain("a.b-c.1").is_ok());
    assert!(check_subdomain("a..b").is_err() && check_subdomain("a.-b").is_err());
}

#[test]
fn a_map_of_names_is_searched_by_text() {
    let name: FunctionName = "shop/orders".parse().unwrap();
    let map = std::collections::HashMap::from([(name.clone(), 1)]);
    let tree = std::collections::BTreeMap::from([(name, 1)]);
    assert_eq!((map.get("shop/orders"), tree.get("shop/orders")), (Some(&1), Some(&1)));
}

#[test]
fn every_runtime_has_an_engine_and_a_signature() {
    for runtime in Runtime::ALL {
        assert_eq!(runtime.name().parse(), Ok(runtime));
        let signature = match runtime.name() {
            "nodejs26" => Signature::Express,
            "python314" | "python3.14" => Signature::Flask,
            _ => Signature::EventContext,
        };
        assert_eq!(runtime.signature(), signature, "{runtime}");
        assert_eq!(runtime.deprecation().is_some(), runtime.is_deprecated(), "{runtime}");
    }
    for current in ["v8", "nodejs20", "nodejs22", "nodejs24", "nodejs26", "python312"] {
        assert!(!current.parse::<Runtime>().unwrap().is_deprecated(), "{current}");
    }
    for old in ["nodejs6", "nodejs8", "nodejs10", "nodejs12", "python38", "python3.8", "python39"] {
        assert!(old.parse::<Runtime>().unwrap().is_deprecated(), "{old}");
    }
    assert_eq!((Runtime::NODEJS.name(), Runtime::PYTHON.name()), ("nodejs22", "python312"));
    assert!(matches!("nodejs7".parse::<Runtime>(), Err(RuntimeError::Unknown(_))));
}

#[test]
fn the_nearest_installed_engine_is_chosen() {
    let node = [Version::new(18, 19), Version::new(20, 11), Version::new(24, 1)];
    let python = [Version::new(2, 7), Version::new(3, 11), Version::new(3, 13)];
    for (runtime, installed, expected, warned) in [
        ("nodejs20", &node[..], "20.11", false),
        ("nodejs22", &node, "24.1", true),
        ("nodejs6", &node, "18.19", true),
        ("nodejs26", &node, "24.1", true),
        ("python312", &python, "3.13", true),
        ("python3.8", &python, "3.11", true),
        ("python314", &python, "3.13", true),
        ("python312", &python[..2], "3.11", true),
        ("v8", &[], "0", false),
    ] {
        let choice = runtime.parse::<Runtime>().unwrap().choose(installed).unwrap();
        assert_eq!(choice.version.to_string(), expected, "{runtime}");
        assert_eq!(choice.warning.is_some(), warned, "{runtime}: {:?}", choice.warning);
    }
    let choice = "nodejs22".parse::<Runtime>().unwrap().choose(&node).unwrap();
    let warning = "Node.js 22 is not installed: `nodejs22` runs on Node.js 24.1";
    assert_eq!(choice.warning.as_deref(), Some(warning));
    for (runtime, installed) in [("nodejs20", &python[..]), ("python38", &python[..1])] {
        let error = runtime.parse::<Runtime>().unwrap().choose(installed).unwrap_err();
        assert!(matches!(error, RuntimeError::NotInstalled { .. }), "{runtime}");
    }
}

#[test]
fn amounts_are_read_and_written() {
    for (text, bytes, shown) in [
        ("64Mi", 64 << 20, "64Mi"),
        ("128M", 128_000_000, "128M"),
        ("1024Mi", 1 << 30, "1Gi"),
        ("1.5Gi", 3 << 29, "1536Mi"),
        ("1000", 1000, "1k"),
        ("1", 1, "1"),
        ("0", 0, "0"),
        ("0.1Ki", 103, "103"),
    ] {
        let memory: Memory = text.parse().unwrap();
        assert_eq!((memory.bytes(), memory.to_string().as_str()), (bytes, shown), "{text}");
    }
    for wrong in ["", "Mi", "-1", "1e3", "1 Mi", "1.2.3", "99999999999Ti", "1.", ".5", "é"] {
        assert!(wrong.parse::<Memory>().is_err(), "{wrong}");
        assert!(wrong.parse::<Cpu>().is_err(), "{wrong}");
    }
    for (text, millis, shown) in [("150m", 150, "150m"), ("1", 1000, "1"), ("0.25", 250, "250m")] {
        let cpu: Cpu = text.parse().unwrap();
        assert_eq!((cpu.millis(), cpu.to_string().as_str()), (millis, shown), "{text}");
    }
}

#[test]
fn presets_have_the_documented_amounts() {
    let amounts = |(cpu, memory): (Cpu, Memory)| format!("{cpu} {memory}");
    let all =
        Profile::ALL.map(|p| format!("{p} {} {}", amounts(p.requests()), amounts(p.limits())));
    assert_eq!(
        all,
        [
            "XS 50m 64Mi 150m 256Mi",
            "S 100m 128Mi 200m 256Mi",
            "M 200m 256Mi 400m 512Mi",
            "L 400m 512Mi 800m 1Gi",
            "XL 800m 1Gi 1600m 2Gi",
        ]
    );
}

#[test]
fn limits_come_from_settings_then_environment_then_defaults() {
    let mut own = function("v8", "");
    let limits = own.limits();
    let bytes = BodyLimit::Bytes;
    let found = (limits.timeout_ms, limits.body_bytes, limits.concurrency);
    assert_eq!(found, (180_000, bytes(1 << 20), 256));
    assert_eq!((limits.memory.to_string().as_str(), limits.max_instances), ("128Mi", 4));
    let python = function("python312", "").limits();
    assert_eq!((python.body_bytes, python.concurrency), (bytes(100 << 20), 50));

    let variable = |name: &str, value: &str| EnvVar {
        name: name.to_owned(),
        value: EnvValue::Value(value.to_owned()),
    };
    own.env.push(variable("FUNC_TIMEOUT", "2.5"));
    own.env.push(variable("REQ_MB_LIMIT", "3"));
    assert_eq!((own.limits().timeout_ms, own.limits().body_bytes), (2_500, bytes(3 << 20)));
    own.env.push(variable("FUNC_BODY_MB_LIMIT", "4"));
    own.env.push(variable("FUNC_TIMEOUT", "nonsense"));
    assert_eq!((own.limits().timeout_ms, own.limits().body_bytes), (180_000, bytes(4 << 20)));
    let mut streams = function("nodejs20", "");
    streams.env.push(variable("FUNC_BODY_MB_LIMIT", " stream "));
    assert_eq!(streams.limits().body_bytes, BodyLimit::Stream);
    assert_eq!(context(&streams, &streams.limits())["body-size-limit"], json!(null));
    streams.settings.body_bytes = Some(bytes(7));
    assert_eq!(streams.limits().body_bytes, bytes(7));
    own.settings.timeout_ms = Some(7);
    assert_eq!(own.limits().timeout_ms, 7);

    own.resources.profile = Some(Profile::XL);
    own.scale = Scale { min: Some(9), max: None };
    let limits = own.limits();
    assert_eq!((limits.memory, limits.min_instances), (Memory::from_mib(2048), 9));
    assert_eq!(limits.max_instances, 9);
    let frames = avocet_frames::head::Limits::from(limits);
    assert_eq!((frames.heap_bytes, frames.timeout_ms, frames.instances), (2 << 30, 7, 9));
}

fn named(name: &str) -> ObjectName {
    ObjectName { namespace: "shop".to_owned(), name: name.to_owned() }
}

fn reference(name: &str, key: &str, optional: bool) -> KeySelector {
    KeySelector { name: name.to_owned(), key: key.to_owned(), optional }
}

fn from(name: &str, reference: ValueSource) -> EnvVar {
    EnvVar { name: name.to_owned(), value: EnvValue::ValueFrom(reference) }
}

#[test]
fn references_are_looked_up() {
    let map = ConfigMap {
        name: named("settings"),
        labels: Default::default(),
        data: [("url".to_owned(), "http://db".to_owned())].into(),
        binary_data: [("raw".to_owned(), vec![0xff].into())].into(),
    };
    let secret = Secret {
        name: named("passwords"),
        labels: Default::default(),
        data: [("db".to_owned(), "hunter2".into()), ("limit".to_owned(), "9".into())].into(),
        kind: "Opaque".to_owned(),
    };
    assert!(!format!("{secret:?}").contains("hunter2"));
    let (maps, secrets) = ([map], [secret]);
    let known = (&maps[..], &secrets[..]);

    let mut own = function("v8", "");
    own.env = vec![
        from("URL", ValueSource::ConfigMapKeyRef(reference("settings", "url", false))),
        from("DB", ValueSource::SecretKeyRef(reference("passwords", "db", false))),
        from("FUNC_TIMEOUT", ValueSource::SecretKeyRef(reference("passwords", "limit", false))),
        from("NO_KEY", ValueSource::SecretKeyRef(reference("passwords", "x", true))),
        from("NO_MAP", ValueSource::ConfigMapKeyRef(reference("x", "x", true))),
    ];
    let mount = |name: &str| SecretMount {
        secret_name: name.to_owned(),
        mount_path: "/etc/passwords/".to_owned(),
    };
    own.secret_mounts = vec![mount("passwords")];
    let resolved = ResolvedEnv::resolve(&own, &known).unwrap();
    assert_eq!(resolved.vars.keys().collect::<Vec<_>>(), ["DB", "FUNC_TIMEOUT", "URL"]);
    assert_eq!(resolved.files["/etc/passwords/db"].text(), Some("hunter2"));
    assert!(!format!("{resolved:?}").contains("hunter2"));
    assert_eq!(Limits::with_env(&own, &resolved).timeout_ms, 9_000);

    own.env = vec![
        from("A", ValueSource::ConfigMapKeyRef(reference("nope", "k", false))),
        from("B", ValueSource::SecretKeyRef(reference("passwords", "nope", false))),
        from("C", ValueSource::ConfigMapKeyRef(reference("settings", "raw", false))),
    ];
    own.secret_mounts = vec![mount("nope")];
    let errors = ResolvedEnv::resolve(&own, &known).unwrap_err();
    let kinds = |e: &EnvError| match e {
        EnvError::NoObject { .. } => "object",
        EnvError::NoKey { .. } => "key",
        EnvError::NotText { .. } => "text",
    };
    assert_eq!(errors.iter().map(kinds).collect::<Vec<_>>(), ["object", "key", "text", "object"]);
    assert_eq!(
        errors[1].to_string(),
        "environment variable `B` needs key `nope` of Secret `shop/passwords`, \
         which has `db`, `limit`"
    );
}

#[test]
fn the_context_has_the_documented_fields() {
    let mut own = function("python3.8", "");
    own.resources.limits.memory = Some("200Mi".parse().unwrap());
    let expected = json!({
        "function-name": "orders",
        "namespace": "shop",
        "runtime": "python3.8",
        "timeout": 180,
        "memory-limit": "200Mi",
        "body-size-limit": 100,
    });
    assert_eq!(context(&own, &own.limits()), expected);
    own.settings.timeout_ms = Some(1500);
    assert_eq!(context(&own, &own.limits())["timeout"], json!(1.5));
}

#[test]
fn inline_code_becomes_files() {
    let script = function("nodejs20", "exports.main = 1").package().unwrap();
    assert_eq!((script.entry.as_str(), script.module), ("handler.js", false));
    let module = function("v8", "export const main = 1").package().unwrap();
    assert_eq!((module.entry.as_str(), module.module), ("handler.mjs", true));
    let python = function("python312", "export = 1").package().unwrap();
    assert_eq!((python.entry.as_str(), python.module), ("handler.py", false));

    let mut own = function("nodejs20", "export const main = 1");
    let dependencies = Some(r#"{"type":"module"}"#.to_owned());
    own.source = Source::Inline(Inline { source: "export const main = 1".into(), dependencies });
    let package = own.package().unwrap();
    assert_eq!(package.files.keys().collect::<Vec<_>>(), ["handler.js", "package.json"]);
    assert!(package.module);

    own.source = Source::Dir("src".to_owned());
    assert_eq!(own.package(), Err(PackageError::DirNotRead("src".to_owned())));
    assert_eq!(Engine::Python.dependencies_file(), "requirements.txt");
}

#[test]
fn api_rules_route_by_host_method_and_path() {
    let route = |path, methods: &[&str], function: &str| ApiRoute {
        path,
        methods: methods.iter().map(|m| (*m).to_owned()).collect(),
        function: function.parse().unwrap(),
        closed: false,
    };
    let template = ["a", "{*}", "{**}"].map(str::to_owned).to_vec();
    let rule = ApiRule {
        name: named("r"),
        hosts: vec!["orders".to_owned(), "shop.example.com".to_owned()],
        routes: vec![
            route(PathPattern::Exact("/x".to_owned()), &["GET"], "n/exact"),
            route(PathPattern::Template(template), &[], "n/template"),
            route(PathPattern::Prefix("/p/".to_owned()), &["GET", "POST"], "n/prefix"),
            ApiRoute {
                closed: true,
                ..route(PathPattern::Prefix("/p/admin".to_owned()), &["GET"], "n/prefix")
            },
        ],
    };
    let find = |host, method, path| {
        let found = rule.owns(host).then(|| rule.find(method, &RequestPath::of(path)));
        found.flatten().map(|name| name.name())
    };
    assert_eq!(find("orders.any.domain", "GET", "/x"), Some("exact"));
    assert_eq!(find("Shop.Example.com", "GET", "/x"), Some("exact"));
    assert_eq!(find("orders2.x", "GET", "/x"), None);
    assert_eq!(find("a.shop.example.com", "GET", "/x"), None);
    assert_eq!(find("shop.example.com.evil", "GET", "/x"), None);
    assert_eq!(find("orders", "POST", "/x"), None);
    assert_eq!(find("orders", "POST", "/p/1"), Some("prefix"));
    // What is closed is not open by a wider route.
    assert_eq!(find("orders", "GET", "/p/admin/1"), None);
    assert_eq!(find("orders", "POST", "/p/admin/1"), Some("prefix"));
    for path in ["/p/%61dmin/1", "/p/1/%2e%2e/admin/1", "//p//admin/1", "/p%2fadmin/1", "/p/admin/"]
    {
        assert_eq!(find("orders", "GET", path), None, "{path}");
        assert_eq!(find("orders", "HEAD", path), None, "{path}");
    }
    // Escaped slashes that hide where a path leads.
    assert_eq!(find("orders", "GET", "/p/1/..%2f2"), None);
    let methods = |path| rule.methods(&RequestPath::of(path));
    assert_eq!(methods("/p/admin/1"), Vec::<String>::new());
    assert_eq!(methods("/p/1"), ["GET", "POST"]);
    assert_eq!(find("orders", "GET", "/a/1/2/3"), Some("template"));
    assert_eq!(find("orders", "GET", "/a/1"), Some("template"));
    assert_eq!(find("orders", "GET", "/a//2"), Some("template"));
    assert_eq!(find("orders", "GET", "/é"), None);
}
