//! Tells the binary where V8's shared library is: beside it where it is installed
//! (`PREFIX/bin/avocet`, `PREFIX/lib/avocet/`), else where it was built against.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/avocet");
    if let Ok(folder) = std::env::var("DEP_AVOCET_V8_LIBDIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
