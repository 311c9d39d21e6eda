//! Native addons, compiled here: the set-up of the binding needs a C++ compiler anyway.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use avocet_v8::{
    ADDON_HEADER, AddonError, HandleScope, IsolateOptions, Object, TryCatch, include_folder,
    version,
};

use crate::common::{Text, eval, set_global, show, string, with_options, with_scope};

/// A folder of compiled addons that goes with the test.
struct Addons(PathBuf);

impl Addons {
    fn new() -> Addons {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("avocet-v8-addons-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Addons(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Compiles `source` to `name`.
    fn build(&self, name: &str, source: &str) -> PathBuf {
        let (input, output) = (self.path("addon.cc"), self.path(name));
        fs::write(&input, source).unwrap();
        let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
        let done = Command::new(compiler)
            .args(["-std=c++20", "-fPIC", "-shared", "-fno-rtti", "-I"])
            .arg(include_folder().expect("the headers are near the library"))
            .args([&input, Path::new("-o"), &output])
            .output()
            .expect("a C++ compiler");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        output
    }
}

impl Drop for Addons {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn allowed(test: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>)) {
    with_options(IsolateOptions { native_addons: true, ..Default::default() }, test);
}

/// Loads `file` into a new object `addon` whose `mode` is given.
fn load(scope: &mut HandleScope<'_>, file: &Path, mode: &str) -> Result<(), AddonError> {
    let target = Object::new(scope);
    set_global(scope, "addon", target.into());
    let mode = string(scope, mode).into();
    target.set_named(scope, "mode", mode).unwrap();
    scope.load_addon(file, target)
}

/// Message for which `file` is not loaded.
fn refused(file: &Path) -> Text {
    let mut text = Text::new();
    allowed(|scope| match load(scope, file, "") {
        Err(error @ AddonError::NotLoaded(_)) => text = error.to_string(),
        other => panic!("{}: {other:?}", file.display()),
    });
    text
}

#[test]
fn an_addon_fills_its_target() {
    let addons = Addons::new();
    let file = addons.build("hello.node", include_str!("addon.cc"));
    allowed(|scope| {
        load(scope, &file, "").unwrap();
        assert_eq!(show(scope, "addon.hello"), "World");
        assert_eq!(show(scope, "addon.add(40, 2)"), "42");
        // What an argument throws goes through the addon.
        assert_eq!(
            show(scope, "try { addon.add({ valueOf() { throw 'no' } }) } catch (e) { e }"),
            "no"
        );
        // Again: the library stays, `init` is called with the new target.
        eval(scope, "first = addon.add").unwrap();
        load(scope, &file, "").unwrap();
        assert_eq!(show(scope, "addon.add !== first && addon.add(1) + first(2)"), "3");
    });
    // Another isolate of the same process.
    allowed(|scope| load(scope, &file, "").unwrap());
}

#[test]
fn what_init_throws_is_pending() {
    let addons = Addons::new();
    let file = addons.build("throws.node", include_str!("addon.cc"));
    allowed(|scope| {
        for (mode, thrown) in [
            ("throw", "RangeError: not today"),
            ("throw in C++", "Error: out of luck"),
            ("throw a number", "Error: the addon's init threw a C++ exception"),
        ] {
            let block = &mut TryCatch::new(scope);
            assert_eq!(load(block, &file, mode), Err(AddonError::Threw));
            let exception = block.exception().expect("it is pending");
            assert_eq!(exception.to_rust_string_lossy(block), thrown);
        }
        // The isolate is as good as before.
        load(scope, &file, "").unwrap();
        assert_eq!(show(scope, "addon.hello"), "World");
    });
}

#[test]
fn addons_are_for_isolates_that_allow_them() {
    with_scope(|scope| {
        let nowhere = Path::new("/nowhere/hello.node");
        assert_eq!(load(scope, nowhere, ""), Err(AddonError::NotAllowed));
    });
}

#[test]
fn only_a_function_of_the_addon_itself_is_its_init() {
    let addons = Addons::new();
    for source in [
        // None; a variable; one of another library (`abs` would be in the C library).
        "extern \"C\" int other() { return 0; }",
        "extern \"C\" { extern int init; int init = 1; }",
        "int init() { return 0; }",
    ] {
        let file = addons.build("none.node", source);
        allowed(|scope| {
            let error = load(scope, &file, "").unwrap_err();
            assert_eq!(error, AddonError::NoInit, "{source}");
            assert_eq!(error.to_string(), "No 'init' symbol found in module.");
        });
    }
    // It was not kept: what is built again in its place is loaded anew.
    let file = addons.build("none.node", "extern \"C\" void init(void*) {}");
    allowed(|scope| load(scope, &file, "").unwrap());
}

#[test]
fn an_init_of_a_library_that_the_addon_needs_is_not_its_own() {
    let addons = Addons::new();
    let other = addons.build("libother.so", "extern \"C\" int init() { __builtin_trap(); }");
    let source = addons.path("needs.cc");
    fs::write(&source, "extern \"C\" int init(); int (*used)() = init;").unwrap();
    let file = addons.path("needs.node");
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let done = Command::new(compiler)
        .args(["-fPIC", "-shared"])
        .args([&source, &other, Path::new("-o"), &file])
        .status()
        .unwrap();
    assert!(done.success());
    allowed(|scope| assert_eq!(load(scope, &file, ""), Err(AddonError::NoInit)));
}

#[test]
fn an_addon_for_another_v8_is_refused() {
    let addons = Addons::new();
    let stamp = "extern \"C\" { extern const char avocet_addon_v8[]; \
                 const char avocet_addon_v8[] = \"9.4\"; void init(void*) { __builtin_trap(); } }";
    let file = addons.build("old.node", stamp);
    allowed(|scope| {
        let running = version().split('.').take(2).collect::<Vec<_>>().join(".");
        let error = load(scope, &file, "").unwrap_err();
        assert_eq!(error, AddonError::OtherV8 { built: "9.4".into(), running });
    });
    // The header leaves the version that it was compiled with.
    let stamped =
        format!("{}\nextern \"C\" void init(v8::Local<v8::Object>) {{}}", ADDON_HEADER.text);
    let file = addons.build("new.node", &stamped);
    allowed(|scope| load(scope, &file, "").unwrap());
}

#[test]
fn files_that_are_no_addons_are_refused_with_the_reason() {
    let addons = Addons::new();
    let missing = addons.path("missing.node");
    let gone = "cannot open shared object file: No such file or directory";
    assert_eq!(refused(&missing), format!("{}: {gone}", missing.display()));
    assert!(refused(&addons.0).ends_with("Is a directory"));
    assert!(refused(Path::new("")).ends_with("Is a directory"));
    assert_eq!(refused(Path::new("/dev/null")), "/dev/null: not a file");
    // A name without a slash is a file of the current folder, not of the system's libraries.
    assert_eq!(refused(Path::new("libc.so.6")), format!("./libc.so.6: {gone}"));
    assert!(refused(Path::new("a\0b")).ends_with(": there is a NUL in the name"));
    let file = addons.path("file.node");
    for (bytes, why) in [
        (&b""[..], "file too short"),
        (b"\x7fELF", "file too short"),
        (&[b'x'; 4096], "invalid ELF header"),
    ] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(refused(&file), format!("{}: {why}", file.display()));
    }
    let program = std::env::current_exe().unwrap();
    let text = refused(&program);
    assert!(text.contains("cannot dynamically load"), "{text}");
}

#[test]
fn damaged_addons_are_refused_before_they_are_mapped() {
    let addons = Addons::new();
    let whole = addons.build("whole.node", "extern \"C\" void init(void*) {}");
    let whole = fs::read(whole).unwrap();
    let file = addons.path("damaged.node");
    let refuse = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        refused(&file)
    };
    // Cut anywhere within what is mapped; what follows are tables for debuggers.
    for length in [300, 4096, 4097, 8192, 12288] {
        assert!(refuse(&whole[..length]).ends_with("the file is cut short"), "{length}");
    }
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        refuse(&bytes)
    };
    assert!(with(4, 1).contains("wrong ELF class"));
    assert!(with(16, 1).contains("only ET_DYN and ET_EXEC can be loaded"));
    assert!(with(18, 8).contains("built for another machine (ELF number 8"));
    assert!(with(54, 1).contains("phentsize"));
    assert!(with(57, 0xff).ends_with("its list of segments is damaged"));
    assert!(with(39, 0x7f).ends_with("the file is cut short"));
}

#[test]
fn a_symbol_that_is_nowhere_is_told_at_once() {
    let addons = Addons::new();
    let source = "extern \"C\" { void nowhere_at_all(); void init(void*) { nowhere_at_all(); } }";
    let file = addons.build("lacking.node", source);
    let text = refused(&file);
    assert!(text.contains("undefined symbol: nowhere_at_all"), "{text}");
}
