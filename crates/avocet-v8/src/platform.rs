//! Starting V8 in this process.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    path::PathBuf,
    sync::{Mutex, Once, PoisonError},
};

use crate::{addon::text, ffi};

static START: Once = Once::new();

/// V8's flags belong to the process, and V8 does not guard them.
static FLAGS: Mutex<()> = Mutex::new(());

/// Threads of V8's own (garbage collection, compilation).
const WORKER_THREADS: i32 = 1;

/// Starts V8 with command-line flags such as `--single-threaded-gc
/// --stack-size=900`. Only the first call in a process has an effect;
/// [`Isolate::new`](crate::Isolate::new) calls it without flags.
pub fn initialize(flags: &str) {
    START.call_once(|| {
        let _guard = FLAGS.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: `Once` makes this the only call in the process, and nobody
        // else sets flags; these are read during the call.
        unsafe { ffi::av8_initialize(flags.as_ptr().cast(), flags.len(), WORKER_THREADS) }
    });
}

/// Sets flags as they are typed on a command line and gives back those that V8 does not know. V8
/// itself says what is wrong with a value, on standard error. With `--help` it prints its flags on
/// standard output and ends the process.
///
/// # Panics
/// After [`initialize`]: V8's own threads read the flags then.
#[track_caller]
pub fn take_flags(flags: &[String]) -> Vec<String> {
    let _guard = FLAGS.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!START.is_completed(), "V8 has started: its flags must be set before");
    // V8 skips the first, which is a program's name.
    let texts: Vec<CString> = std::iter::once("")
        .chain(flags.iter().map(String::as_str))
        .map(|flag| CString::new(flag.replace('\0', "")).unwrap_or_default())
        .collect();
    let mut pointers: Vec<*mut c_char> =
        texts.iter().map(|text| text.as_ptr().cast_mut()).collect();
    let count = c_int::try_from(pointers.len()).unwrap_or(1);
    // SAFETY: the array holds as many NUL-terminated texts as it says, which outlive the call; V8
    // reads them and moves pointers within the array. It has not started, and the guard keeps
    // others from setting flags.
    let left = unsafe { ffi::av8_take_flags(count, pointers.as_mut_ptr()) };
    let left = usize::try_from(left).unwrap_or(1);
    let is_left = |text: &CString| pointers[1..left.max(1)].contains(&text.as_ptr().cast_mut());
    let both = texts.iter().skip(1).zip(flags);
    both.filter(|(text, _)| is_left(text)).map(|(_, flag)| flag.clone()).collect()
}

/// Makes the process's allocator give each block of at least `bytes` back to the system as soon as
/// it is freed. Otherwise it learns from large blocks to keep them, and who held many once holds
/// that memory for ever.
pub fn unmap_blocks_from(bytes: u32) {
    let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
    // SAFETY: it sets a number of the allocator's, under a lock of its own.
    unsafe { ffi::av8_unmap_blocks_from(bytes) }
}

/// The version of the V8 library that is loaded, such as `10.2.154.26`.
pub fn version() -> &'static str {
    // SAFETY: V8 returns a static NUL-terminated string.
    let version = unsafe { CStr::from_ptr(ffi::av8_version()) };
    version.to_str().unwrap_or("unknown")
}

/// The file of the V8 library that is loaded, with symbolic links followed.
pub fn library_file() -> Option<PathBuf> {
    // SAFETY: the dynamic linker's text stays as long as the library, which is never unloaded.
    let file = unsafe { text(ffi::av8_library_file()) }?;
    PathBuf::from(file).canonicalize().ok()
}

/// The folder with the headers (`v8.h`) that belong to the library that is loaded: beside it, or
/// in the `include` of its prefix. Whether they are of its [`version`] is for the caller to check.
pub fn include_folder() -> Option<PathBuf> {
    let library = library_file()?;
    // `PREFIX/lib/avocet/`, `PREFIX/lib/` and `PREFIX/lib/TRIPLE/`.
    let folders = library.ancestors().skip(1).take(3);
    folders.map(|folder| folder.join("include/node")).find(|folder| folder.join("v8.h").is_file())
}
