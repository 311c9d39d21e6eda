//! Config maps, secrets, subscriptions and API rules.

use avocet_backplane::{Key, Resource, ResourceKind};
use serde_json::Value;

use super::answer::json;
use super::time::rfc3339;
use super::{Admin, Answered, Asked, Problem};
use avocet_api::{ObjectDetails, ObjectList, ObjectSummary};

const KINDS: [ResourceKind; 4] = [
    ResourceKind::ApiRule,
    ResourceKind::ConfigMap,
    ResourceKind::Secret,
    ResourceKind::Subscription,
];

impl Admin {
    pub(super) async fn all_objects(
        &self,
        namespace: Option<&str>,
    ) -> Result<Vec<Resource>, Problem> {
        let mut found = Vec::new();
        for kind in KINDS {
            found.extend(crate::life::all(self.life.registry(), kind, namespace).await?);
        }
        Ok(found)
    }

    pub(super) async fn objects(&self, asked: &Asked<'_>) -> Answered {
        let kind = asked.parameter("kind").map(kind).transpose()?;
        let found = self.all_objects(asked.parameter("namespace")).await?;
        let objects = found
            .iter()
            .filter(|object| kind.is_none_or(|kind| kind == object.key.kind))
            .map(summary)
            .collect();
        json(&ObjectList { objects })
    }

    pub(super) async fn object(&self, asked: &Asked<'_>) -> Answered {
        let key = key(asked)?;
        let Some(object) = self.life.registry().get(key.clone()).await? else {
            return Err(Problem::not_found(format!("there is no {key}")));
        };
        let mut definition: Value = object.document.to()?;
        if key.kind == ResourceKind::Secret {
            hide(&mut definition);
        }
        json(&ObjectDetails { summary: summary(&object), definition })
    }
}

/// Leaves a secret's keys and takes its values.
fn hide(definition: &mut Value) {
    let data = definition.get_mut("data").and_then(Value::as_object_mut);
    data.into_iter().flat_map(|data| data.values_mut()).for_each(|value| *value = Value::Null);
}

fn summary(object: &Resource) -> ObjectSummary {
    ObjectSummary {
        kind: object.key.kind.to_string(),
        namespace: object.key.namespace.clone(),
        name: object.key.name.clone(),
        created: rfc3339(object.created_ms),
        updated: rfc3339(object.updated_ms),
    }
}

pub(super) fn key(asked: &Asked<'_>) -> Result<Key, Problem> {
    let [namespace, own, name] = asked.segments()?;
    Ok(Key::new(kind(own)?, namespace, name))
}

fn kind(text: &str) -> Result<ResourceKind, Problem> {
    let found = KINDS.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let all = KINDS.map(ResourceKind::as_str).join(", ");
        Problem::not_found(format!("no kind {text:?} among the objects: {all}"))
    })
}
