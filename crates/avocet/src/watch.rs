//! Notices that files were saved.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::collect::Watched;

/// Editors write a file in several steps; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(30);

/// Tells of changes below the watched paths.
pub(crate) struct Watch {
    changes: mpsc::Receiver<()>,
    /// Watches as long as it lives.
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches `watched`, but not what lies in `except` (the data folder changes all the time).
    pub(crate) fn new(watched: &[Watched], except: &Path) -> anyhow::Result<Self> {
        // One place: a change that finds it taken is told of by the one before it.
        let (sender, changes) = mpsc::channel(1);
        let except = except.to_owned();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if is_change(&event, &except) {
                    let _ = sender.try_send(());
                }
            })
            .context("cannot watch files")?;
        for Watched { folder, recursive } in watched {
            let mode = match recursive {
                true => RecursiveMode::Recursive,
                false => RecursiveMode::NonRecursive,
            };
            watcher
                .watch(folder, mode)
                .with_context(|| format!("cannot watch {}", folder.display()))?;
        }
        Ok(Self { changes, _watcher: watcher })
    }

    /// Waits for a change and for the end of what belongs to it.
    pub(crate) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            // The watcher is gone, and with it every change.
            std::future::pending::<()>().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.changes.recv()).await {}
    }
}

fn is_change(event: &notify::Result<notify::Event>, except: &Path) -> bool {
    match event {
        Ok(event) => {
            !matches!(event.kind, EventKind::Access(_))
                && event.paths.iter().any(|path| !path.starts_with(except))
        }
        // Changes may have been missed: look.
        Err(_) => true,
    }
}
