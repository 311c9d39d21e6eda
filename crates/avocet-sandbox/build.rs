//! Makes the start-up snapshot: the JavaScript side of the engine and of functions, evaluated.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use avocet_engine::boot::{self, BootScript};
use avocet_engine::ops::ENGINE;
use avocet_engine::v8::Op;

macro_rules! operations {
    ($($table:tt)*) => { avocet_engine::op_names! { $($table)* } };
}

include!("src/guest/table.rs");

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let (engine, sandbox) = (manifest.join("../avocet-engine/js"), manifest.join("js"));
    for watched in [&engine, &sandbox, &manifest.join("src/guest/table.rs")] {
        println!("cargo:rerun-if-changed={}", watched.display());
    }
    let mut scripts = read(&engine, "engine");
    scripts.extend(read(&sandbox, "sandbox"));
    let warm = fs::read_to_string(sandbox.join("warm.js")).expect("js/warm.js");
    let warm = BootScript { name: "avocet:sandbox/warm.js".into(), source: warm.into() };

    let engine = ENGINE.iter().map(|op| Op::placeholder(op.name));
    let ops: Vec<Op> = engine.chain(TABLE.iter().copied()).collect();
    let snapshot = boot::snapshot(ops.leak(), &scripts, Some(&warm))
        .unwrap_or_else(|error| panic!("the snapshot cannot be made: {error}"));
    fs::write(out.join("sandbox.snapshot"), snapshot.as_bytes()).expect("writes into OUT_DIR");
    embed(&out, &scripts);

    let library = env::var("DEP_AVOCET_V8_LIBDIR").expect("avocet-v8 tells where V8 is");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{library}");
}

fn read(folder: &Path, prefix: &str) -> Vec<BootScript> {
    boot::read_folder(folder, prefix).unwrap_or_else(|error| panic!("{error}"))
}

/// Writes the files into the program: parts are evaluated on first use, and all of them where the
/// snapshot does not fit.
fn embed(out: &Path, scripts: &[BootScript]) {
    let mut list = String::from("[\n");
    for (index, script) in scripts.iter().enumerate() {
        let file = out.join(format!("script{index}.js"));
        fs::write(&file, &*script.source).expect("writes into OUT_DIR");
        writeln!(
            list,
            "    BootScript::embedded({:?}, include_str!({:?})),",
            script.name,
            file.display().to_string()
        )
        .expect("writes into memory");
    }
    list.push(']');
    fs::write(out.join("scripts.rs"), list).expect("writes into OUT_DIR");
}
