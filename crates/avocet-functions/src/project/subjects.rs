//! Subjects that trigger a function which no document describes.

use crate::diagnostic::{Diagnostic, Place};
use crate::manifest::{Located, Manifest};
use crate::model::{Engine, Function, Resource, SubjectPattern};

/// Gives the subjects to the one function that there is.
pub(super) fn give(manifest: &mut Manifest, subjects: &[SubjectPattern]) {
    if subjects.is_empty() || manifest.has_errors() {
        return;
    }
    let of = |located: &mut Located<Resource>| matches!(located.value, Resource::Function(_));
    let mut functions: Vec<_> = manifest
        .resources
        .iter_mut()
        .filter_map(|located| of(located).then_some(located))
        .collect();
    let told = match &mut functions[..] {
        [one] => match &mut one.value {
            Resource::Function(function) => match give_to(function, &one.place, subjects) {
                Ok(()) => return,
                Err(refused) => *refused,
            },
            _ => return,
        },
        // That nothing is found is told by itself.
        [] => return,
        many => {
            let message = format!("subjects are given for one function: here are {}", many.len());
            let place = many[0].place.clone();
            Diagnostic::error(place, message)
                .with_help("deploy the one that they trigger by itself")
        }
    };
    manifest.diagnostics.push(told);
}

fn give_to(
    function: &mut Function,
    place: &Place,
    subjects: &[SubjectPattern],
) -> Result<(), Box<Diagnostic>> {
    if place.document.is_some() {
        let message = "subjects are given for a function that has YAML of its own";
        let help = "write them under `spec.triggers.subjects`";
        return Err(Box::new(Diagnostic::error(place.clone(), message).with_help(help)));
    }
    if function.runtime.engine() != Engine::V8 {
        let message = format!(
            "messages call functions on `v8`: what this one asks for makes it one on `{}`",
            function.runtime
        );
        return Err(Box::new(Diagnostic::error(place.clone(), message)));
    }
    function.triggers.subjects = subjects.to_vec();
    Ok(())
}
