//! Lets this crate's tests find V8's shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let library = std::env::var("DEP_AVOCET_V8_LIBDIR").expect("avocet-v8 tells where V8 is");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{library}");
}
