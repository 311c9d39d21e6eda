//! `avocet serve`, and what `avocet dev` has in common with it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use crate::cli::Serve;
use crate::collect::{self, FileSet};
use crate::commands::{deploy, logs};
use crate::host::{Host, Stop};
use crate::progress;
use crate::reporter::Reporter;
use crate::watch::Watch;

/// Serves until a signal.
pub(crate) async fn run(args: &Serve) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("cannot make the data folder {}", args.data.display()))?;
    let session = Session {
        paths: &args.paths,
        namespace: &args.listen.namespace,
        reporter: Reporter::new(args.listen.output),
        log_since: None,
    };
    let mut stop = Stop::new()?;
    let host = tokio::select! {
        host = Host::start(&args.listen, &args.data) => host?,
        () = stop.asked() => return Ok(()),
    };
    let watched = match args.watch && !args.paths.is_empty() {
        true => Some(session.open(&host)?),
        false => None,
    };
    session.run(host, watched, &mut stop).await
}

/// What is served and how it is told.
pub(crate) struct Session<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) namespace: &'a str,
    pub(crate) reporter: Reporter,
    /// Functions' log lines from this moment on are told too.
    pub(crate) log_since: Option<jiff::Timestamp>,
}

/// The watched files as they were deployed last.
pub(crate) struct Watched {
    watch: Watch,
    set: Option<FileSet>,
}

impl Session<'_> {
    /// Begins to watch, before the files are read: no change between the two is missed.
    pub(crate) fn open(&self, host: &Host) -> anyhow::Result<Watched> {
        let set = collect::read(self.paths, Some(&host.data))?;
        Ok(Watched { watch: Watch::new(set.watched(), &host.data)?, set: None })
    }

    /// Deploys, tells that calls are answered, and serves until a signal.
    pub(crate) async fn run(
        &self,
        host: Host,
        mut watched: Option<Watched>,
        stop: &mut Stop,
    ) -> anyhow::Result<()> {
        let first = tokio::select! {
            first = self.deploy(&host, watched.as_mut()) => first,
            () = stop.asked() => return host.stop(stop, &self.reporter).await,
        };
        host.ready();
        match (first, &watched) {
            (Ok(_), _) => self.reporter.ready(&host).await?,
            (Err(error), None) => return Err(error),
            (Err(error), Some(_)) => {
                self.reporter.ready(&host).await?;
                self.reporter.refused(&error)?;
            }
        }
        tokio::select! {
            () = stop.asked() => {}
            result = self.keep_up(&host, watched) => result?,
            result = self.show_log(&host) => result?,
        }
        host.stop(stop, &self.reporter).await
    }

    /// Tells what functions log; never ends where that is not wanted.
    async fn show_log(&self, host: &Host) -> anyhow::Result<()> {
        let Some(since) = self.log_since else { return std::future::pending().await };
        let body = host.api.stream(&format!("/api/v1/logs?follow=true&since={since}")).await?;
        logs::each_line(body, |line| self.reporter.log(&serde_json::from_slice(line)?)).await?;
        // The log ends when the server does, which somebody else has asked for.
        std::future::pending().await
    }

    /// Deploys again after every change; never ends where nothing is watched.
    async fn keep_up(&self, host: &Host, watched: Option<Watched>) -> anyhow::Result<()> {
        let Some(mut watched) = watched else { return std::future::pending().await };
        loop {
            watched.watch.changed().await;
            let begin = Instant::now();
            match self.deploy(host, Some(&mut watched)).await {
                Ok(Some(answer)) => self.reporter.reloaded(&answer, begin.elapsed())?,
                Ok(None) => {}
                Err(error) => self.reporter.refused(&error)?,
            }
        }
    }

    /// Deploys the files as they are now; `None` where they are as they were.
    async fn deploy(
        &self,
        host: &Host,
        watched: Option<&mut Watched>,
    ) -> anyhow::Result<Option<serde_json::Value>> {
        if self.paths.is_empty() {
            return Ok(None);
        }
        let set = collect::read(self.paths, Some(&host.data))?;
        if watched.as_ref().is_some_and(|watched| watched.set.as_ref() == Some(&set)) {
            return Ok(None);
        }
        let answer =
            progress::deploying(&host.api, deploy::apply(&host.api, &set, self.namespace)).await?;
        deploy::say_warnings(&answer, &set);
        let refusal = deploy::refusal(&answer, &set);
        if let Some(watched) = watched {
            watched.remember(set, &host.data)?;
        }
        match refusal {
            Some(failure) => Err(failure.into()),
            None => Ok(Some(answer)),
        }
    }
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
