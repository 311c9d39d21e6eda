//! What the dynamic linker does not check before it maps a file: a file that is cut short would end
//! the process with a signal, one for another machine is reported as missing.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// Why a file cannot be mapped.
pub(super) type Reason = String;

/// The machine that this program runs on, as `e_machine` has it.
const MACHINE: u16 = if cfg!(target_arch = "x86_64") {
    62
} else if cfg!(target_arch = "aarch64") {
    183
} else {
    0
};

const HEADER: usize = 64;
/// `ELF`, 64 bits, the byte order of this machine.
const IDENT: [u8; 6] =
    [0x7f, b'E', b'L', b'F', 2, if cfg!(target_endian = "little") { 1 } else { 2 }];
const TYPE_SHARED: u16 = 3;
const SEGMENT_LOAD: u32 = 1;
/// No linker writes this many segments.
const MOST_SEGMENTS: u16 = 256;

/// Whether `file` is a whole shared object for this machine.
pub(super) fn check(file: &Path) -> Result<(), Reason> {
    let meta = std::fs::metadata(file).map_err(|error| plain(&error))?;
    if !meta.is_file() {
        return Err("not a file".into());
    }
    let mut input = File::open(file).map_err(|error| plain(&error))?;
    let head = read(&mut input, 0, HEADER)?;
    if head[..IDENT.len()] != IDENT || u16_at(&head, 16) != TYPE_SHARED {
        return Err("not a shared object of this system".into());
    }
    let machine = u16_at(&head, 18);
    if MACHINE != 0 && machine != MACHINE {
        return Err(format!(
            "built for another machine (ELF number {machine}, this one is {MACHINE})"
        ));
    }
    segments(&mut input, &head, meta.len())
}

/// Each segment that would be mapped is in the file.
fn segments(input: &mut File, head: &[u8], length: u64) -> Result<(), Reason> {
    let (start, size, count) = (u64_at(head, 32), u16_at(head, 54), u16_at(head, 56));
    if usize::from(size) < 56 || count > MOST_SEGMENTS {
        return Err("its list of segments is damaged".into());
    }
    // Further than any file reaches, seeking fails.
    if start > length {
        return Err(CUT_SHORT.into());
    }
    let table = read(input, start, usize::from(size) * usize::from(count))?;
    let ends = table
        .chunks_exact(size.into())
        .filter(|segment| u32_at(segment, 0) == SEGMENT_LOAD)
        .map(|segment| u64_at(segment, 8).checked_add(u64_at(segment, 32)));
    for end in ends {
        if end.is_none_or(|end| end > length) {
            return Err(CUT_SHORT.into());
        }
    }
    Ok(())
}

const CUT_SHORT: &str = "the file is cut short";

fn read(input: &mut File, at: u64, length: usize) -> Result<Vec<u8>, Reason> {
    let mut bytes = vec![0; length];
    let done = input.seek(SeekFrom::Start(at)).and_then(|_| input.read_exact(&mut bytes));
    match done {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(CUT_SHORT.into()),
        Err(error) => Err(plain(&error)),
    }
}

/// What the system says, without Rust's number.
fn plain(error: &io::Error) -> Reason {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}
fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
