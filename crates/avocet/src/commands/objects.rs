//! `avocet objects`: objects of a function.

use avocet_api::StoredObject;
use avocet_api::client::Api;

use crate::cli::{Format, ObjectsWhat, OfFunction, Report, StoredObjects};
use crate::print;
use crate::remote::{self, failed};
use crate::terminal::note;
use crate::transfer::{Meter, upload};

pub(crate) async fn run(args: &StoredObjects) -> anyhow::Result<()> {
    match &args.what {
        ObjectsWhat::Put { name, file, output, of } => {
            let (meter, data, reading) = upload(file)?;
            let stored = meter.during(api(of)?.store_object(of.names(), name, data)).await;
            // A file that cannot be read is the reason where the server says that it broke off.
            reading.result()?;
            let stored = stored.map_err(failed)?;
            match output {
                Report::Json => print::json(&stored),
                Report::Text => print::lines([format!(
                    "stored  {name}  {} bytes  {}",
                    stored.size, stored.digest
                )]),
            }
        }
        ObjectsWhat::Get { name, of } => get(&api(of)?, of, name).await,
        ObjectsWhat::Delete { name, of } => {
            api(of)?.delete_stored_object(of.names(), name).await.map_err(failed)?;
            print::lines([format!("deleted  {name}")])
        }
        ObjectsWhat::List { output, of } => {
            let list = api(of)?.stored_objects(of.names()).await.map_err(failed)?;
            if *output == Format::Table && list.objects.is_empty() {
                let (namespace, function) = of.names();
                note(format_args!("no objects of {namespace}/{function}"));
                return Ok(());
            }
            print::value(&list, *output, |list| rows(&list.objects))
        }
    }
}

fn api(of: &OfFunction) -> anyhow::Result<Api> {
    remote::api(&of.remote)
}

async fn get(api: &Api, of: &OfFunction, name: &str) -> anyhow::Result<()> {
    let meter = Meter::new("receiving", None);
    let counter = meter.counter();
    let copied = async {
        let mut object = api.stored_object(of.names(), name).await.map_err(failed)?;
        while let Some(piece) = object.next().await.map_err(failed)? {
            print::to_stdout(|out| out.write_all(&piece))?;
            counter.add(piece.len());
        }
        anyhow::Ok(())
    };
    meter.during(copied).await
}

fn rows(objects: &[StoredObject]) -> Vec<Vec<String>> {
    let mut rows = vec![["NAME", "SIZE", "MODIFIED", "DIGEST"].map(str::to_owned).to_vec()];
    rows.extend(objects.iter().map(|object| {
        let StoredObject { name, size, digest, mtime, .. } = object;
        vec![name.clone(), size.to_string(), mtime.clone(), digest.clone()]
    }));
    rows
}
