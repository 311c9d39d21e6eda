//! `spec.triggers` of a function, and `spec.egress`.

use serde_json::Value as Json;

use crate::model::{
    CatchUp, CronTrigger, Egress, EgressRule, Engine, EventTrigger, Runtime, SubjectPattern,
    Triggers,
};
use crate::schedule::{Schedule, ScheduleError};

use super::fields;
use super::object::{Object, text_of};
use super::selection::{self, not_one_of};

/// Most permissions of `spec.egress.allow`.
const MAX_ALLOW: usize = 1000;

/// Longest `queueGroup`, bytes.
const MAX_GROUP: usize = 256;

pub(super) fn read(spec: &Object<'_, '_>, runtime: Option<Runtime>) -> Triggers {
    let Some(object) = spec.object("triggers") else { return Triggers::default() };
    let triggers = Triggers {
        events: events(&object),
        cron: cron(&object),
        subjects: subjects(&object),
        queue_group: queue_group(&object),
        durable: object.boolean("durable").unwrap_or_default(),
    };
    let without_subjects = |key: &str| {
        if object.has(key) && !object.has("subjects") {
            let path = object.path_of(key);
            let message = "does nothing without `subjects`";
            object.cx.warning(object.at_of(key), &path, message);
        }
    };
    without_subjects("queueGroup");
    without_subjects("durable");
    if let Some(runtime) = runtime.filter(|own| own.engine() != Engine::V8)
        && !triggers.subjects.is_empty()
    {
        let path = object.path_of("subjects");
        let message = format!("messages call functions on `v8`: this one is on `{runtime}`");
        let help = "take `runtime: v8`, or publish events and take `events` in place of `subjects`";
        object.cx.error_with_help(object.at_of("subjects"), &path, message, help);
    }
    object.finish();
    triggers
}

fn events(triggers: &Object<'_, '_>) -> Vec<EventTrigger> {
    let event = |item: &Object<'_, '_>| {
        let (selection, delivery) = (selection::read(item), selection::delivery(item));
        item.finish();
        EventTrigger { selection, delivery }
    };
    few(triggers, "events", Triggers::MAX);
    triggers.objects("events").iter().map(event).collect()
}

fn cron(triggers: &Object<'_, '_>) -> Vec<CronTrigger> {
    few(triggers, "cron", Triggers::MAX);
    triggers.objects("cron").iter().filter_map(time).collect()
}

/// One entry of `cron`.
fn time(item: &Object<'_, '_>) -> Option<CronTrigger> {
    let schedule = item.required_text("schedule");
    let time_zone = item.text("timeZone").unwrap_or(CronTrigger::DEFAULT_TIME_ZONE);
    let catch_up = match item.text("catchUp") {
        None => CatchUp::default(),
        Some("none") => CatchUp::None,
        Some("last") => CatchUp::Last,
        Some("all") => CatchUp::All,
        Some(other) => {
            not_one_of(item, "catchUp", other, "`none`, `last` and `all`");
            CatchUp::default()
        }
    };
    let data = item.get("data").map(|field| field.node.to_json()).unwrap_or(Json::Null);
    let bytes = data.to_string().len();
    if bytes > CronTrigger::MAX_DATA {
        let message = format!("{bytes} bytes as JSON: at most {}", CronTrigger::MAX_DATA);
        item.cx.error(item.at_of("data"), &item.path_of("data"), message);
    }
    item.finish();
    let schedule = schedule?;
    if let Err(error) = Schedule::parse(schedule, time_zone) {
        let (key, help) = match error {
            ScheduleError::Zone { .. } => {
                ("timeZone", "write a name of the IANA database, as in `Europe/Berlin`, or `UTC`")
            }
            _ => (
                "schedule",
                "write minute, hour, day of month, month and day of week, as in `30 7 * * MON-FRI`",
            ),
        };
        item.cx.error_with_help(item.at_of(key), &item.path_of(key), error.to_string(), help);
    }
    let (schedule, time_zone) = (schedule.to_owned(), time_zone.to_owned());
    Some(CronTrigger { schedule, time_zone, catch_up, data })
}

fn subjects(triggers: &Object<'_, '_>) -> Vec<SubjectPattern> {
    few(triggers, "subjects", Triggers::MAX);
    let mut subjects = Vec::new();
    for field in triggers.list("subjects") {
        match text_of(triggers.cx, &field).map(str::parse::<SubjectPattern>) {
            Some(Ok(subject)) if !subjects.contains(&subject) => subjects.push(subject),
            Some(Err(error)) => {
                let help = "as in `orders.new`, `orders.*` or `orders.>`";
                let at = field.node.at;
                triggers.cx.error_with_help(at, &field.path, error.to_string(), help);
            }
            _ => {}
        }
    }
    subjects
}

fn queue_group(triggers: &Object<'_, '_>) -> Option<String> {
    let group = triggers.text("queueGroup")?;
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '*' | '>');
    if group.is_empty() || group.len() > MAX_GROUP || group.contains(bad) {
        let message = format!(
            "a group's name has 1 to {MAX_GROUP} bytes, and no white space, `*` or `>` in it"
        );
        triggers.cx.error(triggers.at_of("queueGroup"), &triggers.path_of("queueGroup"), message);
    }
    Some(group.to_owned())
}

/// `spec.egress`.
pub(super) fn egress(spec: &Object<'_, '_>) -> Egress {
    let Some(object) = spec.object("egress") else { return Egress::default() };
    few(&object, "allow", MAX_ALLOW);
    let mut allow = Vec::new();
    for field in object.list("allow") {
        match text_of(object.cx, &field).map(str::parse::<EgressRule>) {
            Some(Ok(rule)) => allow.push(rule),
            Some(Err(error)) => object.cx.error(field.node.at, &field.path, error.to_string()),
            None => {}
        }
    }
    object.finish();
    Egress { allow }
}

/// Reports a list that is too long.
fn few(object: &Object<'_, '_>, key: &'static str, most: usize) {
    if let Some(found) = fields::length(object, key).filter(|found| *found > most) {
        let message = format!("has {found} entries: at most {most}");
        object.cx.error(object.at_of(key), &object.path_of(key), message);
    }
}

/// Fields that are read, checked and kept, and that nothing here serves yet.
const FIELDS: [(&str, &[&str]); 1] = [("triggers", &["durable"])];

/// Words about a field that is not served.
const NOT_SERVED: &str = "kept and shown; this version does nothing with it yet";

/// Warns about them.
pub(super) fn warn_not_served(spec: &Object<'_, '_>) {
    let message = NOT_SERVED;
    for (field, inner) in FIELDS {
        let there: Vec<_> =
            spec.peek_fields(field).filter(|(key, _)| inner.contains(key)).collect();
        for (key, at) in &there {
            spec.cx.warning(*at, &format!("{}.{key}", spec.path_of(field)), message);
        }
        if inner.is_empty() && spec.has(field) {
            spec.cx.warning(spec.at_of(field), &spec.path_of(field), message);
        }
    }
}
