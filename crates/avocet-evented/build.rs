//! Evaluates the JavaScript side once, here, and keeps the result as a snapshot, so that a script
//! starts without it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use avocet_engine::boot::{self, BootScript};
use avocet_engine::v8::Op;

macro_rules! modules {
    ($($module:ident: $($file:literal),+;)*) => {
        $(
            mod $module {
                use avocet_engine::op_names as operations;
                include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/", stringify!($module), "/table.rs"));
            }
        )*

        /// Each module's folder, its files and the names of its operations.
        const MODULES: &[(&str, &[&str], &[Op])] =
            &[$((stringify!($module), &[$($file),+], $module::TABLE)),*];
    };
}
include!("src/modules.rs");

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/avocet");
    if let Ok(folder) = env::var("DEP_AVOCET_V8_LIBDIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    let files: Vec<BootScript> = MODULES
        .iter()
        .flat_map(|(module, files, _)| files.iter().map(|file| read(module, file)))
        .collect();
    let ops: Vec<Op> = MODULES.iter().flat_map(|(_, _, table)| table.iter().copied()).collect();
    let snapshot = boot::snapshot(ops.leak(), &files, None)
        .unwrap_or_else(|error| panic!("the snapshot cannot be made: {error}"));
    fs::write(out.join("snapshot.bin"), snapshot.as_bytes()).expect("OUT_DIR");
    fs::write(out.join("files.rs"), embedded(&files)).expect("OUT_DIR");
}

fn read(module: &str, file: &str) -> BootScript {
    // Asked when it runs: a copied tree may bring a build script that was compiled in another.
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let path = own.join("src").join(module).join(file);
    let source = fs::read_to_string(&path);
    let source = source.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BootScript { name: format!("avocet:{module}/{file}").into(), source: source.into() }
}

/// The files as the program holds them.
fn embedded(files: &[BootScript]) -> String {
    let mut list = String::from("[\n");
    for BootScript { name, source } in files {
        writeln!(list, "BootScript::embedded({name:?}, {source:?}),").expect("memory");
    }
    list + "]"
}
