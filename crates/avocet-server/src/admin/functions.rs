//! Functions and their revisions.

use std::collections::BTreeMap;

use avocet_backplane::{Key, Which};
use avocet_workers::Phase as WorkerPhase;

use super::answer::json;
use super::time::rfc3339;
use super::{Admin, Answered, Asked, Problem};
use crate::life::{Built, Life, to_its_end};
use crate::routes::Function;
use avocet_api::{
    FunctionDetails, FunctionList, FunctionState, FunctionSummary, NamespaceList, NamespaceSummary,
    Phase, RevisionList, RevisionSummary, RollbackRequest,
};

/// Most revisions of a list.
const REVISIONS: usize = 1000;

impl Admin {
    pub(super) async fn namespaces(&self) -> Answered {
        let mut counts = BTreeMap::<String, usize>::new();
        for function in self.life.routes.load().functions() {
            *counts.entry(function.name.namespace().to_owned()).or_default() += 1;
        }
        for object in self.all_objects(None).await? {
            counts.entry(object.key.namespace).or_default();
        }
        let summary = |(name, functions)| NamespaceSummary { name, functions };
        json(&NamespaceList { namespaces: counts.into_iter().map(summary).collect() })
    }

    pub(super) fn functions(&self, asked: &Asked<'_>) -> Answered {
        json(&list(&self.life, asked.parameter("namespace")))
    }

    pub(super) async fn function(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.segments()?;
        let function = self.life.existing(namespace, name)?;
        self.details(&function, function.revision).await
    }

    pub(super) async fn revision(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name, revision] = asked.segments()?;
        let function = self.life.existing(namespace, name)?;
        let revision = revision
            .parse()
            .map_err(|_| Problem::bad_request(format!("{revision:?} is no revision's number")))?;
        self.details(&function, revision).await
    }

    async fn details(&self, function: &Function, revision: u64) -> Answered {
        let key = Key::function(function.name.namespace(), function.name.name());
        let content = self.life.registry().revision(key, Which::Number(revision)).await?;
        let Some(content) = content else {
            let name = &function.name;
            return Err(Problem::not_found(format!("{name} has no revision {revision}")));
        };
        let built = Built::read(&content)?;
        let value = |value: serde_json::Result<serde_json::Value>| {
            value.map_err(|error| Problem::internal(error.to_string()))
        };
        let mut summary = summary(&self.life, function);
        summary.revision = revision;
        summary.updated = rfc3339(content.revision.created_ms);
        summary.runtime = built.stored.function.runtime.name().to_owned();
        json(&FunctionDetails {
            summary,
            definition: value(serde_json::to_value(built.definition()))?,
            entry: built.stored.entry.clone(),
            limits: value(serde_json::to_value(built.stored.limits))?,
        })
    }

    pub(super) async fn revisions(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.segments()?;
        self.life.existing(namespace, name)?;
        let key = Key::function(namespace, name);
        let revisions = self.life.registry().revisions(key, None, REVISIONS).await?;
        let revisions = revisions
            .into_iter()
            .map(|revision| RevisionSummary {
                revision: revision.number,
                active: revision.active,
                created: rfc3339(revision.created_ms),
                digest: revision.digest.to_string(),
                files: revision.files.len(),
            })
            .collect();
        json(&RevisionList { revisions })
    }

    pub(super) async fn roll_back(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.segments()?.map(str::to_owned);
        let request = match asked.body.is_empty() {
            true => RollbackRequest::default(),
            false => asked.json::<RollbackRequest>()?,
        };
        let life = self.life.clone();
        let change = async move { life.roll_back(&namespace, &name, request.revision).await };
        json(&to_its_end(change).await?)
    }
}

/// Functions of one namespace, or of all.
pub(crate) fn list(life: &Life, namespace: Option<&str>) -> FunctionList {
    let routes = life.routes.load();
    let mut found: Vec<_> = routes
        .functions()
        .filter(|function| namespace.is_none_or(|n| n == function.name.namespace()))
        .collect();
    found.sort_unstable_by_key(|f| (f.name.namespace(), f.name.name()));
    FunctionList { functions: found.into_iter().map(|function| summary(life, function)).collect() }
}

fn summary(life: &Life, function: &Function) -> FunctionSummary {
    FunctionSummary {
        namespace: function.name.namespace().to_owned(),
        name: function.name.name().to_owned(),
        runtime: function.runtime.name().to_owned(),
        revision: function.revision,
        url: life.url(&function.name),
        state: state(function).state,
        created: rfc3339(function.created_ms),
        updated: rfc3339(function.updated_ms),
        calls: function.metrics.calls(),
        failures: function.metrics.failures(),
    }
}

/// Activity of a function.
pub(super) fn state(function: &Function) -> FunctionState {
    let state = function.known_handle().map(|handle| handle.state());
    FunctionState {
        namespace: function.name.namespace().to_owned(),
        name: function.name.name().to_owned(),
        state: match state.map(|state| state.phase) {
            None | Some(WorkerPhase::Asleep) => Phase::Asleep,
            Some(WorkerPhase::Loading) => Phase::Loading,
            Some(WorkerPhase::Awake) => Phase::Awake,
        },
        in_flight: state.map_or(0, |state| state.in_flight),
        pid: state.and_then(|state| state.pid),
    }
}
