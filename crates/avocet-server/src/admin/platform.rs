//! The platform itself: info, health, metrics.

use std::collections::BTreeMap;

use avocet_backplane::{Key, ResourceKind};
use http::StatusCode;

use super::answer::json;
use super::time::rfc3339;
use super::{Admin, Answered, Problem};
use crate::life::ChangeError;
use avocet_api::{Health, Info};

impl Admin {
    pub(super) fn info(&self) -> Info {
        let families = &self.life.sources.families;
        let supervisors = families.supervisors();
        let stats = supervisors.iter().flat_map(avocet_workers::Supervisor::stats);
        let engines: Vec<String> = stats.map(|worker| worker.engine).collect();
        let runtimes = families.runtimes();
        let (started, started_ms) = self.started;
        Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engines.into_iter().find(|engine| !engine.is_empty()),
            gateway: self.life.gateway.clone(),
            admin: format!("http://{}", self.address),
            data_folder: self.data_folder.display().to_string(),
            runtimes: runtimes.iter().map(|runtime| runtime.name().to_owned()).collect(),
            started: rfc3339(started_ms),
            uptime_seconds: started.elapsed().as_secs(),
            functions: self.life.routes.load().functions().count(),
            limits: self.limits.clone(),
        }
    }

    /// The registry is asked for something, so that a disk that does not answer shows.
    pub(super) async fn health(&self) -> Answered {
        let asked = Key::new(ResourceKind::ConfigMap, "default", "health");
        let registry = match self.life.registry().get(asked).await {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        let status = if registry == "ok" { "ok" } else { "failing" };
        let parts = BTreeMap::from([("registry".to_owned(), registry)]);
        let mut response = json(&Health { status: status.to_owned(), parts })?;
        if status != "ok" {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        Ok(response)
    }
}

impl From<avocet_backplane::Error> for Problem {
    fn from(error: avocet_backplane::Error) -> Self {
        use avocet_backplane::ErrorKind;
        let status = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NoResponders => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Busy | ErrorKind::Unreachable => {
                return Self::unavailable(error.to_string());
            }
            ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
            ErrorKind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        use avocet_workers::LoadError;
        match error {
            ChangeError::Registry(error) => error.into(),
            ChangeError::NotFound(detail) => Self::not_found(detail),
            ChangeError::Load(LoadError::Failed(error)) => Self::unavailable(error.to_string()),
            ChangeError::Refused { .. } | ChangeError::Load(LoadError::Source(_)) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
        }
    }
}
