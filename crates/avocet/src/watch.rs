//! Notices that files were saved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::collect::Watched;

/// Editors write a file in several steps; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(30);

/// Watcher of changes below paths.
pub(crate) struct Watch {
    changes: mpsc::Receiver<()>,
    /// Watches as long as it lives.
    watcher: RecommendedWatcher,
    watched: Vec<Watched>,
    /// A watched folder was made anew: what was watched is the one that is no more.
    replaced: Arc<AtomicBool>,
}

impl Watch {
    /// Watches `watched`, but not what lies in `except` (the data folder changes all the time).
    pub(crate) fn new(watched: &[Watched], except: &Path) -> anyhow::Result<Self> {
        // One place: a change that finds it taken is covered by the one before it.
        let (sender, changes) = mpsc::channel(1);
        let replaced = Arc::new(AtomicBool::new(false));
        let (seen, list, except) = (replaced.clone(), watched.to_vec(), except.to_owned());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if is_change(&event, &list, &except) {
                seen.fetch_or(is_replaced(&event, &list), Ordering::AcqRel);
                let _ = sender.try_send(());
            }
        })
        .context("cannot watch files")?;
        let mut watch = Self { changes, watcher, watched: watched.to_vec(), replaced };
        watch.follow()?;
        watch.follow_parents();
        Ok(watch)
    }

    fn follow(&mut self) -> anyhow::Result<()> {
        for Watched { folder, recursive } in &self.watched {
            let mode = match recursive {
                true => RecursiveMode::Recursive,
                false => RecursiveMode::NonRecursive,
            };
            self.watcher
                .watch(folder, mode)
                .with_context(|| format!("cannot watch {}", folder.display()))?;
        }
        Ok(())
    }

    /// A folder that is removed and made again is noticed in the one that it is in; where that
    /// cannot be watched, it is not.
    fn follow_parents(&mut self) {
        for Watched { folder, .. } in &self.watched {
            if let Some(parent) = folder.parent()
                && !self.watched.iter().any(|other| parent.starts_with(&other.folder))
            {
                let _ = self.watcher.watch(parent, RecursiveMode::NonRecursive);
            }
        }
    }

    /// Waits for a change and for the end of what belongs to it.
    pub(crate) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            // The watcher is gone, and with it every change.
            std::future::pending::<()>().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.changes.recv()).await {}
        if self.replaced.swap(false, Ordering::AcqRel) {
            for Watched { folder, .. } in &self.watched {
                // Mostly it is no longer watched, since it is gone.
                let _ = self.watcher.unwatch(folder);
            }
            // What is not there now is reported by whoever reads it, and noticed when it comes.
            let _ = self.follow();
        }
    }
}

fn is_change(event: &notify::Result<Event>, watched: &[Watched], except: &Path) -> bool {
    let is_ours = |path: &Path| watched.iter().any(|watched| path.starts_with(&watched.folder));
    match event {
        Ok(event) => {
            // There were too many changes to list them all: look.
            event.need_rescan()
                || (!matches!(event.kind, EventKind::Access(_))
                    && event.paths.iter().any(|path| is_ours(path) && !path.starts_with(except)))
        }
        // Changes may have been missed: look.
        Err(_) => true,
    }
}

/// Whether a watched folder came to be.
fn is_replaced(event: &notify::Result<Event>, watched: &[Watched]) -> bool {
    let Ok(event) = event else { return false };
    let came = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)));
    came && watched.iter().any(|watched| event.paths.contains(&watched.folder))
}
