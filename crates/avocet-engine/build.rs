//! Lets this crate's tests, and build scripts that depend on it, find V8's shared library.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let library = env::var("DEP_AVOCET_V8_LIBDIR").expect("avocet-v8 tells where V8 is");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{library}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    if let Err(error) = link_beside_dependencies(Path::new(&library), &out) {
        println!("cargo:warning=build scripts may not find libnode.so: {error}");
    }
}

/// A build script that makes a snapshot runs V8, and no link argument reaches a dependent's build
/// script. Cargo runs it with the folder of compiled dependencies as library path, so the library
/// is linked there: `OUT_DIR` is `PROFILE/build/PACKAGE/out`, that folder `PROFILE/deps`.
fn link_beside_dependencies(library: &Path, out: &Path) -> io::Result<()> {
    let profile = out.ancestors().nth(3).ok_or(io::ErrorKind::NotFound)?;
    let dependencies = profile.join("deps");
    fs::create_dir_all(&dependencies)?;
    for entry in fs::read_dir(library)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("libnode.so.") {
            continue;
        }
        let link = dependencies.join(entry.file_name());
        if fs::read_link(&link).is_ok_and(|target| target == entry.path()) {
            continue;
        }
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => std::os::unix::fs::symlink(entry.path(), link)?,
        }
    }
    Ok(())
}
