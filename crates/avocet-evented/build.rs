//! Evaluates the JavaScript side once, here, and keeps the result as a snapshot, so that a script
//! starts without it.

use std::path::Path;
use std::{env, fs};

use avocet_v8::{
    Context, ContextScope, FunctionCodeHandling, IsolateOptions, Op, SnapshotCreator, enter,
};

#[path = "src/boot.rs"]
mod boot;

include!("src/table.rs");

macro_rules! names {
    ($($name:ident = $call:path),* $(,)?) => {
        const TABLE: &[Op] = &[$(Op::placeholder(stringify!($name))),*];
    };
}
for_each_op!(names);

fn main() {
    println!("cargo:rerun-if-changed=js");
    println!("cargo:rerun-if-changed=src/table.rs");
    println!("cargo:rerun-if-changed=src/boot.rs");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/avocet");
    if let Ok(folder) = env::var("DEP_AVOCET_V8_LIBDIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    let files: Vec<(String, String)> = fs::read_to_string(folder.join("files.txt"))
        .expect("js/files.txt")
        .lines()
        .map(|name| {
            let source = fs::read_to_string(folder.join(name)).expect(name);
            (format!("avocet:{name}"), source)
        })
        .collect();
    let out = env::var("OUT_DIR").expect("set by cargo");
    let out = Path::new(&out);
    let list: String =
        files.iter().map(|(name, source)| format!("({name:?}, {source:?}),\n")).collect();
    fs::write(out.join("files.rs"), format!("[{list}]")).expect("OUT_DIR");
    fs::write(out.join("snapshot.bin"), snapshot(&files)).expect("OUT_DIR");
}

fn snapshot(files: &[(String, String)]) -> Vec<u8> {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, source)| (name.as_str(), source.as_str())).collect();
    let mut creator = SnapshotCreator::new(IsolateOptions { ops: TABLE, ..Default::default() });
    {
        enter!(let scope = creator.isolate());
        let context = Context::new(scope);
        {
            let scope = &mut ContextScope::new(scope, context);
            if let Err(message) = boot::evaluate(scope, TABLE.len(), &files) {
                panic!("{message}");
            }
        }
        scope.set_default_context(context);
    }
    let made = creator.create_blob(FunctionCodeHandling::Keep).expect("V8 makes a snapshot");
    made.as_bytes().to_vec()
}
