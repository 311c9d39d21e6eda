//! `kind: Function` of `kubeless.io`: the form before there was one of the platform's own.
//!
//! The text is in `function`, its dependencies in `deps`, and what a container needs (`env`,
//! `resources`) in the deployment that stands inside it.

use crate::model::{Function, Resource, Resources, Settings};

use super::function::{amounts, handler, runtime};
use super::object::Object;
use super::{fields, metadata, source, variables};
use crate::model::settings::TIMEOUT;

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::function(document);
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let runtime = runtime(&spec, "");
    let handler = handler(&spec);
    let source = source::text(&spec, &source::KUBELESS, runtime);
    let settings = Settings { timeout_ms: fields::limit(&spec, TIMEOUT), ..Settings::default() };
    let container = container(&spec);
    let env = container.as_ref().map(|c| variables::env(c, "env")).unwrap_or_default();
    let env_from = container.as_ref().map(variables::env_from).unwrap_or_default();
    let mut resources = Resources::default();
    if let Some(object) = container.and_then(|container| container.object("resources")) {
        amounts(&object, &mut resources);
    }
    spec.ignore(&["checksum", "horizontalPodAutoscaler", "service", "topic", "type"]);
    spec.finish();
    let (name, labels, annotations) = named?;
    let function = Function {
        labels,
        annotations,
        handler,
        env,
        env_from,
        resources,
        settings,
        ..Function::new(name, runtime?, source?)
    };
    Some(Resource::Function(Box::new(function)))
}

/// The first container of the deployment that stands in the function, where there is one.
fn container<'n, 'c>(spec: &Object<'n, 'c>) -> Option<Object<'n, 'c>> {
    let deployment = spec.object("deployment")?.object("spec")?;
    let pod = deployment.object("template")?.object("spec")?;
    pod.objects("containers").into_iter().next()
}
