#!/bin/sh
# Runs the binding's tests under AddressSanitizer with leak detection, and
# under valgrind where it is installed. README.md says what they can see.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
target=${CARGO_TARGET_DIR:-$here/../../target}

# Builds the tests and prints the path of their program.
built() {
    cargo test -p avocet-v8 --test v8 --no-run >&2
    cargo test -p avocet-v8 --test v8 --no-run --message-format=json 2>/dev/null |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# A program that cargo does not start has to be told where the library is.
libraries() {
    for folder in "$1"/debug/build/avocet-v8-*/out/lib; do printf '%s:' "$folder"; done
}

echo "== AddressSanitizer and LeakSanitizer"
asan_target=$target/address-sanitizer
binary=$(AVOCET_V8_SANITIZE=address CARGO_TARGET_DIR=$asan_target built)
# Two tests leak an entered isolate on purpose; the fatal ones end processes.
LD_LIBRARY_PATH=$(libraries "$asan_target")${LD_LIBRARY_PATH-} \
    ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0:abort_on_error=1 \
    "$binary" --test-threads=1 --skip leaked_guard --skip fatal::

if command -v valgrind >/dev/null; then
    echo "== valgrind"
    binary=$(CARGO_TARGET_DIR=$target built)
    # JavaScript's machine code is written at run time.
    LD_LIBRARY_PATH=$(libraries "$target")${LD_LIBRARY_PATH-} \
        valgrind --quiet --error-exitcode=9 --smc-check=all-non-file \
        "$binary" --test-threads=1 --skip fatal::
else
    echo "== valgrind is not installed: skipped"
fi
