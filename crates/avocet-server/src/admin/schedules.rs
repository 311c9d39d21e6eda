//! Schedules of functions.

use avocet_api::{RunCronReport, RunCronRequest, ScheduleList};
use avocet_functions::model::CronTrigger;
use http::StatusCode;

use super::answer::json;
use super::{Admin, Answered, Asked, Problem};
use crate::schedules::RunError;

impl Admin {
    pub(super) fn schedules(&self, asked: &Asked<'_>) -> Answered {
        let schedules = self.schedules.list(asked.parameter("namespace"));
        json(&ScheduleList { schedules })
    }

    pub(super) async fn run_cron(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.segments()?;
        let request = match asked.body.is_empty() {
            true => RunCronRequest::default(),
            false => asked.json::<RunCronRequest>()?,
        };
        let function = self.life.existing(namespace, name)?;
        let id = self.schedules.run_now(&function.name, request.number).await?;
        json(&RunCronReport { id, source: CronTrigger::source(&function.name) })
    }
}

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NotFound(detail) => Self::not_found(detail),
            RunError::Which(detail) => Self::new(StatusCode::CONFLICT, detail),
            RunError::Store(error) => error.into(),
        }
    }
}
