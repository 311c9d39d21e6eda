//! Flavour of the tokio runtime that a command runs on.

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

/// Blocks of memory from this size on, such as the bodies of large answers, go back to the system
/// when they are freed.
const LARGE_BLOCK: u32 = 1 << 20;

/// Runs a server. Work of it that is still going on when it ends is not waited for.
pub(crate) fn serve(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    avocet_v8::unmap_blocks_from(LARGE_BLOCK);
    let runtime = server()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// For a server: one thread where there is one core (what is ready is done in one go, which
/// batches writes by itself), else a thread per core.
fn server() -> anyhow::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = match cores {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build().context("cannot start the runtime")
}

/// For a command that talks to a server.
pub(crate) fn client() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}
