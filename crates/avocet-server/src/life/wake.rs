//! Functions that are loaded without having been called.

use std::sync::Arc;

use avocet_backplane::{LogLine, LogStore};
use avocet_workers::LoadError;
use tokio::sync::Semaphore;

use super::Life;
use crate::log_lines::platform_error;
use crate::routes::Function;

/// Functions that are loaded at the same time.
const LOADING: usize = 4;

impl Life {
    /// Begins to load the functions that stay awake.
    pub(crate) fn wake_kept(&self) {
        let routes = self.routes.load();
        let kept = routes.functions().filter(|function| function.kept_awake);
        self.load_soon(kept.cloned().collect());
    }

    /// Begins to load these functions, a few at a time. A failure goes to the function's log; its
    /// first call tries again.
    pub(super) fn load_soon(&self, functions: Vec<Arc<Function>>) {
        if !functions.is_empty() {
            tokio::spawn(load(functions, self.logs.clone()));
        }
    }
}

async fn load(functions: Vec<Arc<Function>>, logs: Arc<dyn LogStore>) {
    let places = Arc::new(Semaphore::new(LOADING));
    for function in functions {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let logs = logs.clone();
        tokio::spawn(async move {
            let _place = place;
            if let Err(reason) = function.load().await {
                logs.append(vec![not_awake(&function, &reason)]);
            }
        });
    }
}

fn not_awake(function: &Function, reason: &LoadError) -> LogLine {
    let what = match function.kept_awake {
        true => "it is not awake although spec.scaleConfig.minReplicas asks for it",
        false => "the new revision does not load",
    };
    LogLine {
        namespace: function.name.namespace().into(),
        function: function.name.name().into(),
        revision: function.revision,
        ..platform_error(format!("{what}: {reason}"))
    }
}
