//! Finds the system's V8, compiles the shim against it and tells dependents
//! where its shared library is (`DEP_AVOCET_V8_LIBDIR`).

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::exit,
};

const UNITS: &[&str] = &[
    "buffer", "function", "isolate", "object", "profile", "script", "snapshot", "string", "value",
];

struct V8 {
    include: PathBuf,
    library: PathBuf,
}

impl V8 {
    fn in_prefix(prefix: &Path) -> Option<V8> {
        let include = prefix.join("include/node");
        let triple = multiarch();
        let library = [prefix.join("lib").join(triple), prefix.join("lib")]
            .into_iter()
            .find(|dir| dir.join("libnode.so").exists())?;
        include.join("v8.h").exists().then_some(V8 { include, library })
    }
}

fn multiarch() -> String {
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let env = env::var("CARGO_CFG_TARGET_ENV").unwrap_or_default();
    let arch = if arch == "x86" { "i386" } else { &arch };
    format!("{arch}-linux-{env}")
}

fn prefixes() -> Vec<PathBuf> {
    println!("cargo:rerun-if-env-changed=AVOCET_V8_PREFIX");
    if let Some(prefix) = env::var_os("AVOCET_V8_PREFIX") {
        return vec![prefix.into()];
    }
    // Asked when it runs: a copied tree may bring a build script that was compiled in another.
    let workspace =
        Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../..");
    let unpacked = workspace.join(".deps/v8/usr");
    println!("cargo:rerun-if-changed={}", unpacked.join("include/node/v8.h").display());
    vec![unpacked.canonicalize().unwrap_or(unpacked), PathBuf::from("/usr")]
}

/// The units that call code which may throw C++ exceptions.
const THROWING_UNITS: &[&str] = &["addon"];

fn compile(v8: &V8) {
    println!("cargo:rerun-if-env-changed=AVOCET_V8_SANITIZE");
    if let Ok(kind) = env::var("AVOCET_V8_SANITIZE") {
        // The driver does not add the run-time library, because rustc names
        // all libraries itself; this one must come before all others.
        assert_eq!(kind, "address", "only AVOCET_V8_SANITIZE=address is known");
        println!("cargo:rustc-link-lib=dylib=asan");
    }
    println!("cargo:rerun-if-changed=shim");
    let objects =
        options(v8).flag("-fexceptions").files(sources(THROWING_UNITS)).compile_intermediates();
    let mut build = options(v8);
    build.flag("-fno-exceptions").files(sources(UNITS)).objects(objects);
    build.compile("avocet_v8_shim");
}

fn sources(units: &[&str]) -> impl Iterator<Item = String> {
    units.iter().map(|unit| format!("shim/{unit}.cc"))
}

fn options(v8: &V8) -> cc::Build {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++20")
        .include(&v8.include)
        .opt_level(2)
        .flag("-fno-rtti")
        .flag("-Wno-unused-parameter")
        .warnings(true);
    if let Ok(kind) = env::var("AVOCET_V8_SANITIZE") {
        build.flag(format!("-fsanitize={kind}")).flag("-fno-omit-frame-pointer");
    }
    build
}

/// Links the library into `folder`.
fn link_into(folder: &Path, v8: &V8) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(&v8.library)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("libnode.so") {
            continue;
        }
        let link = folder.join(entry.file_name());
        if fs::read_link(&link).is_ok_and(|target| target == entry.path()) {
            continue;
        }
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(entry.path(), link)?;
    }
    Ok(())
}

/// Makes the library be found by what cargo runs, which is only inside of the
/// target folder: tests and examples look where this crate says, the build
/// scripts of dependents only among the compiled dependencies. `OUT_DIR` is
/// `PROFILE/build/PACKAGE/out`, that folder is `PROFILE/deps`.
fn link(out: &Path, v8: &V8) -> io::Result<PathBuf> {
    let own = out.join("lib");
    link_into(&own, v8)?;
    let profile = out.ancestors().nth(3).ok_or(io::ErrorKind::NotFound)?;
    link_into(&profile.join("deps"), v8)?;
    Ok(own)
}

fn main() {
    let Some(v8) = prefixes().iter().find_map(|prefix| V8::in_prefix(prefix)) else {
        eprintln!(
            "V8's headers and libnode.so are not here: run `make setup` (or set AVOCET_V8_PREFIX)"
        );
        exit(1);
    };
    compile(&v8);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let links = link(&out, &v8).expect("links to libnode.so in the target folder");
    let library = v8.library.display();
    println!("cargo:rustc-link-search=native={}", links.display());
    println!("cargo:rustc-link-lib=dylib=node");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{library}");
    println!("cargo:libdir={library}");
    println!("cargo:include={}", v8.include.display());
}
