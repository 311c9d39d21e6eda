//! `avocet serve`, and what `avocet dev` has in common with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use avocet_api::{ApplyOutcome, ApplyReport, ApplyResult, LogQuery, Then};
use avocet_backplane::{Key, ResourceKind};

use crate::cli::Serve;
use crate::collect::{self, FileSet};
use crate::commands::{deploy, emit};
use crate::failure::{Exit, Failure};
use crate::host::{Host, Purpose};
use crate::reporter::{Last, Reporter};
use crate::stop::Stop;
use crate::watch::Watch;
use crate::{diagnostics, progress};

/// Serves until a signal.
pub(crate) async fn run(args: &Serve) -> anyhow::Result<()> {
    make_data_folder(&args.data)?;
    let session = Session {
        paths: &args.paths,
        namespace: &args.listen.namespace,
        reporter: Reporter::new(args.listen.output),
        log_since: None,
        replay: Vec::new(),
        gone: Gone::Keep,
    };
    let mut stop = Stop::new()?;
    let host = tokio::select! {
        host = Host::start(&args.listen, &args.data, Purpose::Serve) => host?,
        () = stop.asked() => return Ok(()),
    };
    let watched = match args.watch && !args.paths.is_empty() {
        true => Some(session.open(&host)?),
        false => None,
    };
    session.run(host, watched, &mut stop).await
}

/// Makes the folder, where it is not there yet.
pub(crate) fn make_data_folder(data: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(data).map_err(|error| {
        let what = format!("cannot make the data folder {}: {error}", data.display());
        let help = "choose another one with --data DIR";
        Failure::new(Exit::Failed, what).help(help).into()
    })
}

/// Files that are served, and how it is reported.
pub(crate) struct Session<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) namespace: &'a str,
    pub(crate) reporter: Reporter,
    /// Start of the functions' log lines that are shown (`None`: none are).
    pub(crate) log_since: Option<jiff::Timestamp>,
    /// Events that are delivered once calls are answered.
    pub(crate) replay: Vec<emit::Line>,
    pub(crate) gone: Gone,
}

/// Fate of resources whose files are no longer there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// Kept as they are: `avocet delete` deletes them.
    Keep,
    /// Deleted with their files.
    Delete,
}

/// The watched files as they were deployed last.
pub(crate) struct Watched {
    watch: Watch,
    set: Option<FileSet>,
    /// Functions that came of them.
    deployed: BTreeSet<Key>,
}

/// Part of a set that is deployed where another part is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Nothing: what runs goes on as it is.
    Whole,
    /// The rest: nothing runs yet.
    Part,
}

/// Result of a deploy.
struct Deployed {
    report: ApplyReport,
    refusal: Option<Failure>,
}

impl Session<'_> {
    /// Begins to watch, before the files are read: no change between the two is missed.
    pub(crate) fn open(&self, host: &Host) -> anyhow::Result<Watched> {
        let set = collect::read(self.paths, Some(&host.data))?;
        let watch = Watch::new(set.watched(), &host.data)?;
        Ok(Watched { watch, set: None, deployed: BTreeSet::new() })
    }

    /// Deploys, reports that calls are answered, and serves until a signal.
    pub(crate) async fn run(
        &self,
        host: Host,
        mut watched: Option<Watched>,
        stop: &mut Stop,
    ) -> anyhow::Result<()> {
        let first = tokio::select! {
            first = self.deploy(&host, watched.as_mut(), Refused::Part) => first,
            () = stop.asked() => return self.stop(host, stop).await,
        };
        host.ready();
        let refused = refused_at_first(first, &host, watched.is_some())?;
        self.reporter.ready(&host);
        if let Some(refused) = &refused {
            self.reporter.refused(refused);
        }
        let last = if refused.is_some() { Last::Refused } else { Last::Deployed };
        tokio::select! {
            () = stop.asked() => {}
            result = self.keep_up(&host, watched, last) => result?,
            result = self.show_log(&host) => result?,
            result = self.replay_events(&host) => result?,
        }
        self.stop(host, stop).await
    }

    /// Delivers the events that are to be replayed; never ends.
    async fn replay_events(&self, host: &Host) -> anyhow::Result<()> {
        if !self.replay.is_empty()
            && let Err(error) = emit::replay(host, &self.replay).await
        {
            // What was refused is told; what is served goes on.
            self.reporter.refused(&error);
        }
        std::future::pending().await
    }

    async fn stop(&self, host: Host, stop: &mut Stop) -> anyhow::Result<()> {
        self.reporter.stopping();
        host.stop(stop).await
    }

    /// Shows what functions log; never ends where that is not wanted.
    async fn show_log(&self, host: &Host) -> anyhow::Result<()> {
        let Some(since) = self.log_since else { return std::future::pending().await };
        let since = Some(since.to_string());
        let which = LogQuery { since, then: Then::Follow, ..LogQuery::default() };
        let mut lines = host.logs(&which).await?;
        while let Some(line) = lines.next().await? {
            self.reporter.log(&line);
        }
        // The log ends when the server does, which somebody else has asked for.
        std::future::pending().await
    }

    /// Deploys again after every change; never ends where nothing is watched.
    async fn keep_up(
        &self,
        host: &Host,
        watched: Option<Watched>,
        mut last: Last,
    ) -> anyhow::Result<()> {
        let Some(mut watched) = watched else { return std::future::pending().await };
        loop {
            watched.watch.changed().await;
            let begin = Instant::now();
            match self.deploy(host, Some(&mut watched), Refused::Whole).await {
                Ok(Some(Deployed { refusal: Some(refusal), report })) => {
                    self.reporter.refused(&refusal.into());
                    last = Last::Refused;
                    if report.results.is_empty() && !report.is_refused() {
                        self.delete_gone(host, &mut watched, &report).await;
                    }
                }
                Ok(Some(Deployed { report, .. })) => {
                    self.reporter.reloaded(&report, begin.elapsed(), last);
                    last = Last::Deployed;
                    self.delete_gone(host, &mut watched, &report).await;
                }
                Ok(None) if last == Last::Refused => {
                    // What could not be read is again what was deployed.
                    self.reporter.reloaded(&ApplyReport::default(), begin.elapsed(), last);
                    last = Last::Deployed;
                }
                Ok(None) => {}
                Err(error) => {
                    self.reporter.refused(&error);
                    last = Last::Refused;
                }
            }
        }
    }

    /// Deletes what was deployed from files that are no longer there, where that is wanted.
    async fn delete_gone(&self, host: &Host, watched: &mut Watched, report: &ApplyReport) {
        if self.gone == Gone::Keep {
            return;
        }
        let now: BTreeSet<Key> = report.results.iter().filter_map(key_of).collect();
        for key in watched.deployed.difference(&now) {
            match host.delete(key.clone()).await {
                Ok(()) => self.reporter.deleted(key),
                Err(error) => self.reporter.refused(&error),
            }
        }
        watched.deployed = now;
    }

    /// Deploys the files as they are now; `None` where they are as they were.
    async fn deploy(
        &self,
        host: &Host,
        watched: Option<&mut Watched>,
        refused: Refused,
    ) -> anyhow::Result<Option<Deployed>> {
        if self.paths.is_empty() {
            return Ok(None);
        }
        let set = collect::read(self.paths, Some(&host.data))?;
        if watched.as_ref().is_some_and(|watched| watched.set.as_ref() == Some(&set)) {
            return Ok(None);
        }
        let mut request = set.request(self.namespace);
        request.partial = refused == Refused::Part;
        // Where the log cannot be had, the deploy says why.
        let log = host.logs(&progress::lines_from_now()).await.ok();
        let report = progress::deploying(log, host.apply(&request)).await?;
        deploy::say_warnings(&report, &set);
        let refusal = deploy::refusal(&report, &set);
        if let Some(watched) = watched {
            watched.remember(set, &host.data)?;
            // Those of files that are gone stay known until they are deleted.
            watched.deployed.extend(report.results.iter().filter_map(key_of));
        }
        Ok(Some(Deployed { report, refusal }))
    }
}

/// Key of what a deploy left deployed.
fn key_of(result: &ApplyResult) -> Option<Key> {
    use ApplyOutcome::{Configured, Created, Unchanged};
    let kind = matches!(result.outcome, Created | Configured | Unchanged);
    let kind: ResourceKind = kind.then(|| result.kind.parse().ok())??;
    Some(Key::new(kind, result.namespace.clone(), result.name.clone()))
}

/// Refusal of the first deploy that is shown; an error where nothing can come of the server.
fn refused_at_first(
    first: anyhow::Result<Option<Deployed>>,
    host: &Host,
    watches: bool,
) -> anyhow::Result<Option<anyhow::Error>> {
    let refusal = match first {
        Ok(first) => first.and_then(|first| first.refusal),
        Err(error) if watches => return Ok(Some(error)),
        Err(error) => return Err(error),
    };
    let Some(refusal) = refusal else { return Ok(None) };
    if host.functions().is_empty() {
        return if watches { Ok(Some(refusal.into())) } else { Err(refusal.into()) };
    }
    let help = (refusal.advice() == Some(diagnostics::CORRECT))
        .then_some("the rest is served: correct it and deploy again");
    Ok(Some(help.into_iter().fold(refusal, Failure::help).into()))
}

impl Watched {
    /// Keeps what was deployed, and watches the folders that it means now.
    fn remember(&mut self, set: FileSet, data: &Path) -> anyhow::Result<()> {
        let before = self.set.replace(set);
        let now = self.set.as_ref().map(FileSet::watched).unwrap_or_default();
        if before.is_some_and(|before| before.watched() != now) {
            self.watch = Watch::new(now, data)?;
        }
        Ok(())
    }
}
