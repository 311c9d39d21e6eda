//! Checks of a shared object that the dynamic linker omits before it maps a file: one that is cut
//! short would end the process with a signal, one for another machine is reported as missing. The
//! linker's own checks are left to it.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// Reason for which a file cannot be mapped.
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
const SEGMENT: usize = 56;
const SEGMENT_LOAD: u32 = 1;
/// No linker writes this many; the dynamic linker puts all of them on the stack.
const MOST_SEGMENTS: u16 = 256;

/// Refuses what the dynamic linker would not.
pub(super) fn check(file: &Path) -> Result<(), Reason> {
    let Ok(meta) = std::fs::metadata(file) else { return Ok(()) };
    if !meta.is_file() && !meta.is_dir() {
        // Opening a pipe would wait for a writer.
        return Err("not a file".into());
    }
    let Ok(mut input) = File::open(file) else { return Ok(()) };
    let Some(head) = read(&mut input, 0, HEADER) else { return Ok(()) };
    if head[..IDENT.len()] != IDENT {
        return Ok(());
    }
    let machine = u16_at(&head, 18);
    if MACHINE != 0 && machine != MACHINE {
        let own = format!("ELF number {machine}, this one is {MACHINE}");
        return Err(format!("built for another machine ({own})"));
    }
    let (start, size, count) = (u64_at(&head, 32), u16_at(&head, 54), u16_at(&head, 56));
    if usize::from(size) != SEGMENT {
        return Ok(());
    }
    if count > MOST_SEGMENTS {
        return Err("its list of segments is damaged".into());
    }
    let table = read(&mut input, start, SEGMENT * usize::from(count));
    let whole = table.is_some_and(|table| {
        table.chunks_exact(SEGMENT).all(|segment| is_in_file(segment, meta.len()))
    });
    if whole { Ok(()) } else { Err("the file is cut short".into()) }
}

fn is_in_file(segment: &[u8], length: u64) -> bool {
    let end = u64_at(segment, 8).checked_add(u64_at(segment, 32));
    u32_at(segment, 0) != SEGMENT_LOAD || end.is_some_and(|end| end <= length)
}

/// `None`: the file does not reach that far.
fn read(input: &mut File, at: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    input.seek(SeekFrom::Start(at)).ok()?;
    input.read_exact(&mut bytes).ok()?;
    Some(bytes)
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
