//! Events out of lines.

use avocet_api::{ImportError, ImportReport};
use avocet_backplane::NewEvent;
use bytes::Bytes;

use super::Problem;
use crate::delivery::{Bus, accept};

/// Events that are accepted at once.
const AT_ONCE: usize = 500;

/// Wrong lines that are named; of further ones only the number.
const MOST_NAMED: usize = 100;

/// Accepts the events of a text, one in each line; a line that is no event is left out.
pub(super) async fn import(bus: &Bus, lines: &Bytes) -> Result<ImportReport, Problem> {
    let mut report = ImportReport { imported: 0, duplicates: 0, errors: Vec::new() };
    let (mut events, mut wrong) = (Vec::new(), 0);
    for (number, line) in (1..).zip(lines.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match accept::structured(&lines.slice_ref(line), bus.limit()) {
            Ok(event) => events.push(event),
            Err(error) => {
                wrong += 1;
                if report.errors.len() < MOST_NAMED {
                    report.errors.push(ImportError { line: number, error: error.to_string() });
                }
            }
        }
        if events.len() == AT_ONCE {
            publish(bus, std::mem::take(&mut events), &mut report).await?;
        }
    }
    publish(bus, events, &mut report).await?;
    if let Some(last) = report.errors.last_mut().filter(|_| wrong > MOST_NAMED) {
        last.error.push_str(&format!(" (and {} more lines are wrong)", wrong - MOST_NAMED));
    }
    Ok(report)
}

async fn publish(
    bus: &Bus,
    events: Vec<NewEvent>,
    report: &mut ImportReport,
) -> Result<(), Problem> {
    let appended = bus.publish(events).await?;
    let duplicates = appended.iter().filter(|own| own.duplicate).count() as u64;
    report.duplicates += duplicates;
    report.imported += appended.len() as u64 - duplicates;
    Ok(())
}
