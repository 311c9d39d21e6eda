//! Files that commands read, or standard input.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::failure::{Exit, Failure};

/// Most bytes of a file of events.
const MAX_TEXT: u64 = 1 << 30;

/// Bytes of a file, at most `limit`; `-` is standard input.
pub(crate) fn bytes(file: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let shown = file.display();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().take(limit + 1).read_to_end(&mut bytes),
        false => File::open(file).and_then(|open| open.take(limit + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("cannot read {shown}: {error}"))
    })?;
    if bytes.len() as u64 > limit {
        let what = format!("more than {} MiB: {shown}", limit >> 20);
        return Err(Failure::new(Exit::Failed, what).into());
    }
    Ok(bytes)
}

/// Text of a file; `-` is standard input.
pub(crate) fn text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes(file, MAX_TEXT)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(Exit::Refused, format!("not UTF-8 at byte {at}: {}", file.display())).into()
    })
}
