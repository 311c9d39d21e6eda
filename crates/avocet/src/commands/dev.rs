//! `avocet dev`: serve while somebody works on the function.

use std::path::PathBuf;

use anyhow::Context as _;
use avocet_server::CallObserver;

use crate::cli::Dev;
use crate::commands::emit;
use crate::commands::serve::{Gone, Session, make_data_folder};
use crate::host::{Host, Purpose};
use crate::reporter::Reporter;
use crate::stop::Stop;

/// Source of replayed events that name none.
const SOURCE: &str = "/avocet/dev";

/// Serves and watches until a signal; the data folder is removed at the end unless one was named.
pub(crate) async fn run(args: &Dev) -> anyhow::Result<()> {
    // From here on Ctrl-C leaves no folder behind.
    let mut stop = Stop::new()?;
    let temporary = match args.data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a temporary folder")?),
    };
    let data: PathBuf = match (&args.data, &temporary) {
        (Some(data), _) => data.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => PathBuf::new(),
    };
    make_data_folder(&data)?;
    let replay = args.replay.as_deref().map(|file| emit::events_of(file, SOURCE)).transpose()?;
    let session = Session {
        paths: std::slice::from_ref(&args.path),
        namespace: &args.listen.namespace,
        reporter: Reporter::new(args.listen.output),
        log_since: Some(jiff::Timestamp::now()),
        replay: replay.unwrap_or_default(),
        gone: Gone::Delete,
    };
    let calls = Reporter::new(args.listen.output);
    let observer = CallObserver::new(move |report| calls.call(report));
    let host = Host::start(&args.listen, &data, Purpose::Develop(observer)).await?;
    let watched = session.open(&host)?;
    session.run(host, Some(watched), &mut stop).await
}
