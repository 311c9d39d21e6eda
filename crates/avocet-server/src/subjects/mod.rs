//! Functions that are called by messages on subjects.
//!
//! A function with `spec.triggers.subjects` has one subscription here, in its queue group, from its
//! deploy to its end; a message that several of its patterns match comes once. Each message is an
//! invocation like any other; what the function returns is the reply, and a failure is a reply that
//! says so: whoever asked never waits in vain.

mod handle;
mod reply;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use avocet_backplane::messaging::Subscribe;
use avocet_backplane::{LogStore, Messaging};
use avocet_functions::model::FunctionName;
use tokio::task::AbortHandle;

use crate::calls::Calls;
use crate::log_lines::platform_error;
use crate::routes::{MessageTriggers, RouteTable};
use handle::Listener;

/// The subscriptions of this process's functions.
pub(crate) struct Subjects {
    routes: Weak<RouteTable>,
    calls: Arc<Calls>,
    messaging: Arc<dyn Messaging>,
    logs: Arc<dyn LogStore>,
    /// One reconciles at a time.
    listening: tokio::sync::Mutex<HashMap<FunctionName, Listening>>,
}

/// One function's subscription; dropping it ends it.
struct Listening {
    triggers: Arc<MessageTriggers>,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Subjects {
    pub(crate) fn new(
        routes: &Arc<RouteTable>,
        calls: Arc<Calls>,
        messaging: Arc<dyn Messaging>,
        logs: Arc<dyn LogStore>,
    ) -> Self {
        let routes = Arc::downgrade(routes);
        Self { routes, calls, messaging, logs, listening: tokio::sync::Mutex::default() }
    }

    /// Listens for what is routed now, and for nothing else. A function that is deployed hears
    /// messages from when this returns.
    pub(crate) async fn reconcile(&self) {
        let mut listening = self.listening.lock().await;
        let wanted = self.wanted();
        listening.retain(|name, now| wanted.get(name).is_some_and(|to| *to == now.triggers));
        for (name, triggers) in wanted {
            if listening.contains_key(&name) {
                continue;
            }
            if let Some(task) = self.listen(&name, &triggers).await {
                listening.insert(name, Listening { triggers, task });
            }
        }
    }

    fn wanted(&self) -> HashMap<FunctionName, Arc<MessageTriggers>> {
        let Some(routes) = self.routes.upgrade() else { return HashMap::new() };
        let routes = routes.load();
        let triggered =
            routes.functions().filter_map(|f| Some((f.name.clone(), f.messages.clone()?)));
        triggered.filter(|(_, triggers)| !triggers.durable).collect()
    }

    /// Subscribes; a failure is logged, and tried again with the next change.
    async fn listen(
        &self,
        name: &FunctionName,
        triggers: &Arc<MessageTriggers>,
    ) -> Option<AbortHandle> {
        let subjects = triggers.subjects.to_vec();
        let subscribe = Subscribe::to_any(subjects).group(&*triggers.group);
        match self.messaging.subscribe(subscribe).await {
            Ok(messages) => {
                let listener = Listener {
                    name: name.clone(),
                    routes: self.routes.clone(),
                    calls: self.calls.clone(),
                    messaging: self.messaging.clone(),
                    logs: self.logs.clone(),
                };
                Some(tokio::spawn(listener.run(messages)).abort_handle())
            }
            Err(error) => {
                let text = format!("{name} hears no messages (spec.triggers.subjects): {error}");
                self.logs.append(vec![platform_error(text)]);
                None
            }
        }
    }
}
