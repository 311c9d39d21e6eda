//! `avocet publish`, `request` and `sub`: messages on subjects.

use avocet_api::{MessageGap, MessageLine};

use crate::cli::{Publish, Report, Request, Sub};
use crate::commands::kv::raw;
use crate::print;
use crate::progress::with_progress;
use crate::remote::{self, failed};
use crate::terminal::Style;
use crate::transfer::{data, milliseconds};

/// `avocet publish`.
pub(crate) async fn publish(args: &Publish) -> anyhow::Result<()> {
    let payload = data(&args.data)?;
    remote::api(&args.remote)?.publish(&args.subject, payload).await.map_err(failed)
}

/// `avocet request`: prints the answer.
pub(crate) async fn request(args: &Request) -> anyhow::Result<()> {
    let payload = data(&args.data)?;
    let api = remote::api(&args.remote)?;
    let timeout = args.timeout.map(milliseconds);
    let answer = api.request_message(&args.subject, payload, timeout.as_deref());
    raw(&with_progress("waiting for the answer", answer).await.map_err(failed)?)
}

/// `avocet sub`: prints messages until Ctrl-C.
pub(crate) async fn sub(args: &Sub) -> anyhow::Result<()> {
    let api = remote::api(&args.remote)?;
    let mut messages = api.subscribe(&args.subject, args.group.as_deref()).await.map_err(failed)?;
    let style = Style::stdout();
    while let Some(line) = messages.next().await.map_err(failed)? {
        print::lines([match args.output {
            Report::Json => serde_json::to_string(&line)?,
            Report::Text => text(&line, style),
        }])?;
    }
    Ok(())
}

fn text(line: &MessageLine, style: Style) -> String {
    match line {
        MessageLine::Record(message) => {
            let payload = match (&message.text, &message.base64) {
                (Some(text), _) => text,
                (None, base64) => base64.as_deref().unwrap_or_default(),
            };
            format!("{}  {payload}", style.cyan(&message.subject))
        }
        MessageLine::Gap(MessageGap { missed }) => {
            style.yellow(&format!("… {missed} messages were left out: reading was too slow"))
        }
    }
}
