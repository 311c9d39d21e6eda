//! `metadata`.

use crate::model::{FunctionName, Labels, NameError, ObjectName, check_label, check_subdomain};

use super::fields::text_map;
use super::object::Object;

pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
}

/// Fields that a cluster adds when it hands a document out.
const CLUSTER: [&str; 9] = [
    "creationTimestamp",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Reads `metadata` and notes the fields that every document has.
pub(super) fn read(
    document: &Object<'_, '_>,
    check: fn(&str) -> Result<(), NameError>,
) -> Option<Metadata> {
    document.ignore(&["apiVersion", "kind", "status"]);
    let metadata = document.required_object("metadata")?;
    let name = metadata.required_text("name");
    let namespace = metadata.text("namespace").unwrap_or(document.cx.namespace);
    let labels = text_map(&metadata, "labels");
    let annotations = text_map(&metadata, "annotations");
    metadata.ignore(&CLUSTER);
    metadata.finish();
    let fail = |key: &str, error: NameError| {
        let message = error.to_string();
        document.cx.error(metadata.at_of(key), &metadata.path_of(key), message);
    };
    let name = name?;
    let name_error = check(name).err().map(|error| fail("name", error));
    let namespace_error = check_label(namespace).err().map(|mut error| {
        error.part = "namespace";
        fail("namespace", error);
    });
    let sound = name_error.is_none() && namespace_error.is_none();
    sound.then(|| Metadata {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        labels,
        annotations,
    })
}

/// As [`read`], for kinds whose name is a subdomain.
pub(super) fn object(document: &Object<'_, '_>) -> Option<(ObjectName, Labels)> {
    let Metadata { name, namespace, labels, .. } = read(document, check_subdomain)?;
    Some((ObjectName { namespace, name }, labels))
}

/// As [`read`], for functions.
pub(super) fn function(document: &Object<'_, '_>) -> Option<(FunctionName, Labels, Labels)> {
    let Metadata { name, namespace, labels, annotations } = read(document, check_label)?;
    FunctionName::new(&namespace, &name).ok().map(|name| (name, labels, annotations))
}
