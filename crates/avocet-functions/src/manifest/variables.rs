//! `env` and `envFrom`.

use crate::model::{
    EnvSource, EnvSourceKind, EnvValue, EnvVar, KeySelector, LimitSetting, ResourceField,
    ValueSource, is_variable_name,
};

use super::fields::{parsed, scalar};
use super::object::Object;

/// The list of variables under `key`.
pub(super) fn env(object: &Object<'_, '_>, key: &'static str) -> Vec<EnvVar> {
    object.objects(key).iter().filter_map(variable).collect()
}

fn variable(item: &Object<'_, '_>) -> Option<EnvVar> {
    let name = item.required_text("name");
    let value = item.text("value");
    let from = item.object("valueFrom").map(|from| value_source(&from));
    item.finish();
    let name = name?;
    if !is_variable_name(name) {
        let message = format!("{name:?} is not a variable's name");
        let help = "allowed are letters, digits, '_', '-' and '.', not a digit first";
        item.cx.error_with_help(item.at_of("name"), &item.path_of("name"), message, help);
    }
    if value.is_some() && from.is_some() {
        let message = "has both `value` and `valueFrom`: only one is allowed";
        item.cx.error(item.at, &item.path, message);
    }
    let value = match from {
        Some(source) => EnvValue::ValueFrom(source?),
        None => EnvValue::Value(value.unwrap_or_default().to_owned()),
    };
    if let EnvValue::Value(text) = &value {
        check_limit(item, name, text);
    }
    Some(EnvVar { name: name.to_owned(), value })
}

/// Variables that set a limit are read at deployment, so that a slip is found then.
fn check_limit(item: &Object<'_, '_>, name: &str, text: &str) {
    let Some((setting, unit)) = LimitSetting::of_variable(name) else { return };
    if text.contains("$(") {
        return;
    }
    if let Err(error) = setting.read_as(unit, text) {
        let (at, path) = (item.at_of("value"), item.path_of("value"));
        let message = format!("{name}: {error}");
        item.cx.error_with_help(at, &path, message, setting.about);
    }
}

fn value_source(from: &Object<'_, '_>) -> Option<ValueSource> {
    let config_map = from.object("configMapKeyRef").map(|object| {
        let selector = selector(&object)?;
        Some(ValueSource::ConfigMapKeyRef(selector))
    });
    let secret = from.object("secretKeyRef").map(|object| {
        let selector = selector(&object)?;
        Some(ValueSource::SecretKeyRef(selector))
    });
    let field = from.object("fieldRef").map(|object| field(&object));
    let resource = from.object("resourceFieldRef").map(|object| resource(&object));
    from.finish();
    let mut given = [config_map, secret, field, resource].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(source), None) => source,
        _ => {
            let message = "needs exactly one of `configMapKeyRef`, `secretKeyRef`, `fieldRef` and \
                           `resourceFieldRef`";
            from.cx.error(from.at, &from.path, message);
            None
        }
    }
}

fn selector(object: &Object<'_, '_>) -> Option<KeySelector> {
    let name = object.required_text("name");
    let key = object.required_text("key");
    let optional = object.boolean("optional").unwrap_or(false);
    object.finish();
    Some(KeySelector { name: name?.to_owned(), key: key?.to_owned(), optional })
}

fn field(object: &Object<'_, '_>) -> Option<ValueSource> {
    object.ignore(&["apiVersion"]);
    object.required_text("fieldPath");
    let path = parsed(object, "fieldPath");
    object.finish();
    path.map(ValueSource::FieldRef)
}

fn resource(object: &Object<'_, '_>) -> Option<ValueSource> {
    object.ignore(&["containerName"]);
    let name = object.required_text("resource");
    let divisor = scalar(object, "divisor");
    object.finish();
    match ResourceField::new(name?, divisor) {
        Ok(field) => Some(ValueSource::ResourceFieldRef(field)),
        Err(error) => {
            object.cx.error(object.at, &object.path, error.to_string());
            None
        }
    }
}

/// The ConfigMaps and Secrets whose keys are variables.
pub(super) fn env_from(object: &Object<'_, '_>) -> Vec<EnvSource> {
    object.objects("envFrom").iter().filter_map(source).collect()
}

fn source(item: &Object<'_, '_>) -> Option<EnvSource> {
    let prefix = item.text("prefix").unwrap_or_default().to_owned();
    let read = |key: &'static str, kind: EnvSourceKind| {
        let object = item.object(key)?;
        let name = object.required_text("name");
        let optional = object.boolean("optional").unwrap_or(false);
        object.finish();
        Some(name.map(|name| (kind, name.to_owned(), optional)))
    };
    let config_map = read("configMapRef", EnvSourceKind::ConfigMap);
    let secret = read("secretRef", EnvSourceKind::Secret);
    item.finish();
    match (config_map, secret) {
        (Some(read), None) | (None, Some(read)) => {
            read.map(|(kind, name, optional)| EnvSource { kind, name, prefix, optional })
        }
        _ => {
            let message = "needs exactly one of `configMapRef` and `secretRef`";
            item.cx.error(item.at, &item.path, message);
            None
        }
    }
}
