//! Warnings about secrets that a function wants as files.

use avocet_functions::model::{Engine, Function};

use crate::Mounting;

/// One sentence for each secret of `function` that will not be where the function looks for it.
pub async fn mount_warnings(function: &Function) -> Vec<String> {
    if function.runtime.engine() == Engine::V8 {
        let message = "a v8 function has no file system: mounted secrets cannot be read; take them \
                       from the environment (`valueFrom.secretKeyRef`)";
        return vec![message.to_owned()];
    }
    // The first look at the machine takes a moment.
    let mounting = tokio::task::spawn_blocking(Mounting::of_system).await;
    let Ok(mounting) = mounting else { return Vec::new() };
    let refused = |path: &String| mounting.refusal(path.trim_end_matches('/'));
    function.secret_mounts.iter().filter_map(|mount| refused(&mount.mount_path)).collect()
}
