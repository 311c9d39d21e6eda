//! Lists the JavaScript files.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=js");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    let names = fs::read_to_string(folder.join("files.txt")).expect("js/files.txt");
    let entries: String = names
        .lines()
        .map(|name| {
            let path = folder.join(name);
            format!("({:?}, include_str!({path:?})),", format!("avocet:{name}"))
        })
        .collect();
    let out = env::var("OUT_DIR").expect("set by cargo");
    fs::write(Path::new(&out).join("files.rs"), format!("[{entries}]")).expect("OUT_DIR");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/avocet");
    if let Ok(folder) = env::var("DEP_AVOCET_V8_LIBDIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
