//! Native addons: shared objects with a C function `init(target)`.

mod elf;

use std::{
    ffi::{CStr, CString, c_char, c_void},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    ptr::NonNull,
};

use crate::{HandleScope, Local, Object, ffi, platform};

/// A C++ header with the name that it must have.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// File name of the header.
    pub name: &'static str,
    /// Text of the header.
    pub text: &'static str,
}

/// Header that has to be put before every source of an addon (`-include`). It leaves the version of
/// V8 in the addon, so that [`HandleScope::load_addon`] can refuse it where another V8 runs.
pub const ADDON_HEADER: Header =
    Header { name: "avocet_addon.h", text: include_str!("../../shim/include/avocet_addon.h") };

/// The first of these, put before a source as well, gives it the names of V8's API of 2009
/// (`Handle`, `String::New("text")`, `const Arguments&`) in the place of today's; the others lie
/// beside it.
pub const ADDON_HEADERS_2009: [Header; 4] = [
    Header { name: "avocet_v8_2009.h", text: include_str!("../../shim/include/avocet_v8_2009.h") },
    Header {
        name: "avocet_v8_2009_values.h",
        text: include_str!("../../shim/include/avocet_v8_2009_values.h"),
    },
    Header {
        name: "avocet_v8_2009_templates.h",
        text: include_str!("../../shim/include/avocet_v8_2009_templates.h"),
    },
    Header {
        name: "avocet_v8_2009_scripts.h",
        text: include_str!("../../shim/include/avocet_v8_2009_scripts.h"),
    },
];

/// Reason for which an addon is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddonError {
    /// [`IsolateOptions::native_addons`](crate::IsolateOptions::native_addons) was not set.
    #[error("native addons are not allowed here")]
    NotAllowed,
    /// The file cannot be loaded; the text is the dynamic linker's where it was asked.
    #[error("{0}")]
    NotLoaded(String),
    /// No function of that name in the addon; the original's words.
    #[error("No 'init' symbol found in module.")]
    NoInit,
    /// Addon that was compiled for another V8 than the one that runs.
    #[error("it was built for V8 {built}, this is V8 {running}: build it again")]
    OtherV8 {
        /// Major and minor version.
        built: String,
        /// The same of the V8 that runs.
        running: String,
    },
    /// Exception of its `init`: it is pending, as after any call that returns `None`.
    #[error("the addon's init threw")]
    Threw,
}

impl<'s> HandleScope<'s> {
    /// Loads a native addon and calls its `extern "C" void init(v8::Local<v8::Object> target)`.
    ///
    /// **Native code can do anything that this process can**, including what this crate rules out
    /// for Rust: loading a file is the caller's decision to trust it as much as the program
    /// itself. It is made for a whole isolate, with
    /// [`IsolateOptions::native_addons`](crate::IsolateOptions::native_addons); isolates for code
    /// that is not trusted leave that off, and every call here fails. An addon promises what
    /// V8's own headers ask for: it closes the scopes that it opens, leaves the contexts that it
    /// enters, uses the isolate on this thread only, leaves the isolate's data slots alone, and
    /// lets no C++ exception out of the functions that JavaScript calls (one out of `init` becomes
    /// a JavaScript `Error`).
    ///
    /// The file is opened by its path alone: the system's folders of libraries are not searched.
    /// All its symbols are resolved at once. What has been loaded stays in memory until the
    /// process ends, and loading it again calls `init` again, with the new target.
    pub fn load_addon(&mut self, file: &Path, target: Local<'_, Object>) -> Result<(), AddonError> {
        if !self.state().native_addons {
            return Err(AddonError::NotAllowed);
        }
        let library = Library::open(file)?;
        library.check_v8()?;
        let init = library.init().ok_or(AddonError::NoInit)?;
        library.keep();
        // SAFETY: this scope guarantees that the isolate is entered with a context; `init` is a
        // function of the library, which stays loaded. That it has this signature and keeps V8's
        // rules is what the embedder vouched for with `native_addons`.
        let done = unsafe {
            self.context_ptr();
            ffi::av8_addon_init(self.isolate_ptr(), init.as_ptr(), target.slot())
        };
        if done { Ok(()) } else { Err(AddonError::Threw) }
    }
}

/// A shared object that is unloaded again unless it is kept: nothing of it but its constructors
/// has run until then.
struct Library(NonNull<c_void>);

impl Library {
    fn open(file: &Path) -> Result<Library, AddonError> {
        let refused = |why: &str| AddonError::NotLoaded(format!("{}: {why}", file.display()));
        let path = CString::new(in_a_folder(file).as_os_str().as_bytes())
            .map_err(|_| refused("there is a NUL in the name"))?;
        elf::check(file).map_err(|why| refused(&why))?;
        // SAFETY: the path ends with NUL. Constructors run: see `load_addon`.
        match NonNull::new(unsafe { ffi::av8_addon_open(path.as_ptr()) }) {
            Some(library) => Ok(Library(library)),
            // SAFETY: the text stays until this thread's next call.
            None => Err(AddonError::NotLoaded(
                unsafe { text(ffi::av8_addon_error()) }.unwrap_or_default(),
            )),
        }
    }

    fn init(&self) -> Option<NonNull<c_void>> {
        // SAFETY: the library is loaded.
        NonNull::new(unsafe { ffi::av8_addon_init_of(self.0.as_ptr()) })
    }

    /// Compares the V8 that the addon was built for; one built without [`ADDON_HEADER`] passes.
    fn check_v8(&self) -> Result<(), AddonError> {
        // SAFETY: the library is loaded; the header makes the symbol a string that ends with NUL.
        let Some(built) = (unsafe { text(ffi::av8_addon_v8_of(self.0.as_ptr())) }) else {
            return Ok(());
        };
        let running: Vec<&str> = platform::version().split('.').take(2).collect();
        let running = running.join(".");
        if built == running { Ok(()) } else { Err(AddonError::OtherV8 { built, running }) }
    }

    /// From now on JavaScript may hold functions of it.
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: loaded by `open`, and nothing refers to it.
        unsafe { ffi::av8_addon_close(self.0.as_ptr()) }
    }
}

/// The dynamic linker searches its own folders for a name without a slash.
fn in_a_folder(file: &Path) -> PathBuf {
    if file.as_os_str().as_bytes().contains(&b'/') {
        file.to_owned()
    } else {
        Path::new(".").join(file)
    }
}

/// # Safety
/// `text` is null or a string that ends with NUL.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
