use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use avocet_functions::model::{Engine, FunctionName};
use avocet_runtimes::{
    CodeStore, DependencyCache, Environment, Guests, InstallOptions, Revision, Wanted,
};
use avocet_workers::{
    CallError, CallRequest, CallResponse, Definition, FailureKind, FunctionHandle, Launcher,
    Limits, LoadError, Supervisor, SupervisorOptions,
};
use bytes::{BufMut, Bytes, BytesMut};

use crate::support::*;

const FAR: Duration = Duration::from_secs(60);

/// One function on its own supervisor, from its files to its handle.
struct Bench {
    data: tempfile::TempDir,
    supervisor: Supervisor,
    function: FunctionHandle,
}

impl Bench {
    async fn new(engine: Engine, sources: &Files, change: impl FnOnce(&mut Limits)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let environment = Environment::of_process();
        let interpreter = interpreter(engine).await;
        let cache = InstallOptions::new(environment.clone());
        let cache = DependencyCache::new(data.path().join("dependencies"), cache);
        let wanted = Wanted { interpreter: &interpreter, files: sources, registries: &NONE };
        let installed = cache.ensure(wanted, &|_| {}).await.unwrap();
        let name = FunctionName::new("space", "sample").unwrap();
        let entry = sources.keys().find(|path| path.starts_with("handler.")).unwrap();
        let revision = Revision {
            name: &name,
            files: sources,
            entry,
            interpreter: &interpreter,
            installed: installed.as_ref(),
        };
        let folder = CodeStore::new(data.path().join("code")).materialise(&revision).unwrap();
        let program = std::env::current_exe().unwrap();
        let launch = Guests::find(&environment, &program).unwrap().launch(&interpreter).unwrap();
        let launcher = Launcher::new(env!("CARGO_BIN_EXE_avocet-runtimes-launch"));
        let supervisor = Supervisor::new(SupervisorOptions {
            load_timeout: FAR,
            // Every call asks an instance that has others whether it lives.
            quiet_after: Duration::ZERO,
            ..SupervisorOptions::per_instance(launch, launcher)
        });
        let packages = installed.as_ref().map(|installed| installed.packages.as_path());
        let definition = definition(engine, entry, folder.path(), packages, change).holding(folder);
        let function = supervisor.register(Arc::new(definition));
        Self { data, supervisor, function }
    }

    async fn call(&self, url: &str) -> Result<CallResponse, CallError> {
        let head = format!(r#"{{"m":"GET","u":"{url}","h":["host","x"]}}"#);
        let head = move |out: &mut BytesMut| out.put_slice(head.as_bytes());
        let call = self.function.call(CallRequest::new(head, Bytes::new()));
        tokio::time::timeout(FAR, call).await.expect("it does not hang")
    }

    async fn text(&self, url: &str) -> String {
        String::from_utf8(self.call(url).await.unwrap().body.to_vec()).unwrap()
    }
}

fn definition(
    engine: Engine,
    entry: &str,
    folder: &Path,
    packages: Option<&Path>,
    change: impl FnOnce(&mut Limits),
) -> Definition {
    let mut limits = Limits {
        timeout_ms: 60_000,
        cpu_ms: 0,
        heap_bytes: 256 << 20,
        concurrency: 8,
        instances: 2,
        queue: 100,
    };
    change(&mut limits);
    let path = packages.filter(|_| engine == Engine::Python);
    let env = path.map(|path| ("PYTHONPATH".to_owned(), path.display().to_string()));
    let load = serde_json::json!({
        "name": "sample",
        "namespace": "space",
        "revision": 1,
        "runtime": if engine == Engine::Python { "python312" } else { "nodejs20" },
        "entry": entry,
        "export": "main",
        "files": [],
        "env": env.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "context": {},
        "limits": limits,
    });
    Definition::in_folder(serde_json::from_value(load).unwrap(), folder.display().to_string())
}

fn node(source: &str) -> (Engine, Files) {
    (Engine::NodeJs, files(&[("handler.js", source)]))
}

fn python(source: &str) -> (Engine, Files) {
    (Engine::Python, files(&[("handler.py", source)]))
}

#[tokio::test]
async fn functions_answer_with_their_dependencies() {
    let folder = tempfile::tempdir().unwrap();
    npm_package(&folder.path().join("greet"), "exit 7");
    let list = format!(
        r#"{{"dependencies":{{"greet":"file:{}"}}}}"#,
        folder.path().join("greet").display()
    );
    let (engine, mut sources) = node("module.exports = { main: () => require('greet')('node') }");
    sources.insert("package.json".into(), (&*list).into());
    let bench = Bench::new(engine, &sources, |_| {}).await;
    assert_eq!(bench.text("/").await, "hello node");

    let (engine, mut sources) =
        python("from greet import greet\ndef main(event, context):\n    return greet('python')\n");
    let wheel = wheel(&interpreter(engine).await, folder.path());
    sources.insert("requirements.txt".into(), (&*format!("{}\n", wheel.display())).into());
    let bench = Bench::new(engine, &sources, |_| {}).await;
    assert_eq!(bench.text("/").await, "hello python");
}

#[tokio::test]
async fn a_module_loads_by_its_syntax() {
    let (engine, sources) =
        node("import { basename } from 'node:path';\nexport const main = () => basename('/a/b');");
    let bench = Bench::new(engine, &sources, |_| {}).await;
    assert_eq!(bench.text("/").await, "b");
}

#[tokio::test]
async fn a_broken_source_says_where() {
    for ((engine, sources), line) in [
        (node("const a = 1;\nconst a = 2;\n"), 2),
        (python("def main(event, context):\n  return )\n"), 2),
    ] {
        let bench = Bench::new(engine, &sources, |_| {}).await;
        let loaded = tokio::time::timeout(FAR, bench.function.load()).await.unwrap();
        let Err(LoadError::Source(error)) = loaded else { panic!("{engine} loaded it") };
        assert!(error.message.contains("SyntaxError"), "{engine}: {}", error.message);
        assert_eq!(error.line, Some(line), "{engine}");
    }
}

#[tokio::test]
async fn a_loop_without_end_costs_its_own_call_only() {
    for (engine, sources) in [
        node(
            "module.exports.main = (e) => { if (e.extensions.request.path === '/loop') for (;;); return String(process.pid); }",
        ),
        python(
            "import os\ndef main(event, context):\n    while event['extensions']['request'].path == '/loop': pass\n    return str(os.getpid())\n",
        ),
    ] {
        let bench = Bench::new(engine, &sources, |limits| limits.timeout_ms = 6_000).await;
        let first = bench.text("/").await;
        assert_eq!(bench.call("/loop").await.unwrap_err().kind, FailureKind::Timeout, "{engine}");
        assert_ne!(bench.text("/").await, first, "{engine}");
    }
}

#[tokio::test]
async fn other_calls_do_not_lie_behind_a_loop_without_end() {
    for (engine, sources) in [
        node(
            "const fs = require('node:fs');\nmodule.exports.main = (e) => { const { begun } = e.extensions.request.query; if (begun) { fs.writeFileSync(begun, ''); for (;;); } return 'answered'; }",
        ),
        python(
            "def main(event, context):\n    begun = event['extensions']['request'].query.begun\n    if begun:\n        open(begun, 'w').close()\n        while True: pass\n    return 'answered'\n",
        ),
    ] {
        let bench = Bench::new(engine, &sources, |limits| limits.instances = 2).await;
        assert_eq!(bench.text("/").await, "answered", "{engine}");
        let begun = bench.data.path().join("begun");
        let url = format!("/?begun={}", begun.display());
        let other = async {
            while !begun.exists() {
                tokio::task::yield_now().await;
            }
            bench.text("/").await
        };
        tokio::select! {
            answer = bench.call(&url) => panic!("{engine}: the loop ended: {answer:?}"),
            answer = other => assert_eq!(answer, "answered", "{engine}"),
        }
    }
}

#[tokio::test]
async fn memory_over_the_limit_is_told() {
    for (engine, sources) in [
        node(
            "module.exports.main = () => new Promise(() => { globalThis.kept = Buffer.alloc(300 << 20, 1); })",
        ),
        python(
            "import time\ndef main(event, context):\n    kept = b'x' * (300 << 20)\n    time.sleep(30)\n",
        ),
    ] {
        let bench = Bench::new(engine, &sources, |_| {}).await;
        let error = bench.call("/").await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Heap, "{engine}: {}", error.message);
    }
}

#[tokio::test]
async fn a_process_that_ends_itself_is_one_failed_call() {
    for (engine, sources) in [
        node(
            "module.exports.main = (e) => { if (e.extensions.request.path === '/die') process.abort(); return 'alive'; }",
        ),
        python(
            "import os\ndef main(event, context):\n    if event['extensions']['request'].path == '/die': os.abort()\n    return 'alive'\n",
        ),
    ] {
        let bench = Bench::new(engine, &sources, |_| {}).await;
        assert_eq!(bench.call("/die").await.unwrap_err().kind, FailureKind::Crashed, "{engine}");
        assert_eq!(bench.text("/").await, "alive", "{engine}");
    }
}

#[tokio::test]
async fn calls_in_flight_end_before_a_shutdown_does() {
    for (engine, sources) in [
        node("module.exports.main = () => new Promise((done) => setTimeout(done, 200, 'late'))"),
        python("import time\ndef main(event, context):\n    time.sleep(0.2)\n    return 'late'\n"),
    ] {
        let bench = Arc::new(Bench::new(engine, &sources, |_| {}).await);
        tokio::time::timeout(FAR, bench.function.load()).await.unwrap().unwrap();
        let call = tokio::spawn({
            let bench = bench.clone();
            async move { bench.text("/").await }
        });
        while bench.function.state().in_flight == 0 {
            tokio::task::yield_now().await;
        }
        let shutdown = bench.supervisor.shutdown(FAR).await;
        assert_eq!(call.await.unwrap(), "late", "{engine}");
        assert_eq!(shutdown.killed, 0, "{engine}");
    }
}
