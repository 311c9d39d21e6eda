//! `kind: ConfigMap` and `kind: Secret`.

use crate::model::{ConfigMap, Resource, Secret};

use super::fields::{base64_map, text_map};
use super::metadata;
use super::object::Object;

pub(super) fn config_map(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let data = text_map(document, "data");
    let binary_data = base64_map(document, "binaryData");
    document.ignore(&["immutable"]);
    document.finish();
    let (name, labels) = named?;
    Some(Resource::ConfigMap(ConfigMap { name, labels, data, binary_data }))
}

/// `stringData` is written over `data`.
pub(super) fn secret(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let mut data = base64_map(document, "data");
    let texts = text_map(document, "stringData");
    let kind = document.text("type").unwrap_or("Opaque").to_owned();
    document.ignore(&["immutable"]);
    document.finish();
    data.extend(texts.into_iter().map(|(key, text)| (key, text.into_bytes().into())));
    let (name, labels) = named?;
    Some(Resource::Secret(Secret { name, labels, data, kind }))
}
