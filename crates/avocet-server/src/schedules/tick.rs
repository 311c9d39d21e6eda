//! Events that the times of schedules are.

use avocet_backplane::{Document, NewEvent};
use avocet_functions::cloudevents::SPECVERSION;
use avocet_functions::model::{CRON_TYPE, CronTrigger, FunctionName};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::plan::Tick;

/// Id of a time's event: the same on every machine, so that the log takes it once.
pub(super) fn id(key: &str, at_ms: i64) -> String {
    format!("{}.{key}", time(at_ms))
}

/// The event of a time that has come.
pub(super) fn event(tick: &Tick) -> NewEvent {
    new_event(&tick.function, &tick.trigger, id(&tick.key, tick.at_ms), tick.at_ms)
}

/// An event of a schedule that somebody runs now.
pub(super) fn by_hand(function: &FunctionName, trigger: &CronTrigger, now_ms: i64) -> NewEvent {
    new_event(function, trigger, uuid::Uuid::new_v4().to_string(), now_ms)
}

fn new_event(function: &FunctionName, trigger: &CronTrigger, id: String, at_ms: i64) -> NewEvent {
    let source = CronTrigger::source(function);
    let mut attributes = Map::new();
    let mut set = |name: &str, value: &str| attributes.insert(name.into(), value.into());
    set("specversion", SPECVERSION);
    set("id", &id);
    set("source", &source);
    set("type", CRON_TYPE);
    set("subject", &trigger.schedule);
    set("time", &time(at_ms));
    let mut data = Bytes::new();
    if trigger.data != Value::Null {
        set("datacontenttype", "application/json");
        data = trigger.data.to_string().into();
    }
    NewEvent {
        source,
        id,
        kind: CRON_TYPE.to_owned(),
        subject: Some(trigger.schedule.clone()),
        attributes: Document::of(&attributes).expect("a map of texts is JSON"),
        data,
        not_before_ms: None,
    }
}

/// RFC 3339, in UTC.
pub(super) fn time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX).to_string()
}
