//! Names of functions from names of files and folders.

use crate::model::{MAX_LABEL, check_label};

/// The name as it is where it can be one, else the nearest that can: lower case, and `-` for what
/// names cannot have. `None` where nothing is left.
pub(super) fn label(name: &str) -> Option<String> {
    if check_label(name).is_ok() {
        return Some(name.to_owned());
    }
    let mut label = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => label.push(c),
            _ if !label.is_empty() && !label.ends_with('-') => label.push('-'),
            _ => {}
        }
    }
    label.truncate(MAX_LABEL);
    let label = label.trim_end_matches('-').to_owned();
    (!label.is_empty()).then_some(label)
}
