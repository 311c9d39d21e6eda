//! A worker process that was started and serves nobody yet.

use std::io;
use std::sync::Arc;

use avocet_frames::{CallId, Kind, VERSION, codec, head};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Handle;

use crate::SupervisorOptions;
use crate::process::{self, Process, Processes};

/// A started worker with our end of its socket.
pub(crate) struct Spawned {
    pub(crate) process: Process,
    pub(crate) stream: UnixStream,
    /// Bytes that it sent after its hello.
    pub(crate) received: BytesMut,
    /// Name that it gave itself; `None` before its hello.
    pub(crate) engine: Option<String>,
}

impl Spawned {
    /// Starts a worker. `namespace` names its output, where that is known already.
    pub(crate) fn spawn(
        runtime: &Handle,
        options: &SupervisorOptions,
        processes: &Arc<Processes>,
        namespace: Option<&Arc<str>>,
    ) -> io::Result<Self> {
        let _runtime = runtime.enter();
        let (process, stream) = process::spawn(options, processes)?;
        if let Some(namespace) = namespace {
            process.name(namespace);
        }
        Ok(Self { process, stream, received: BytesMut::new(), engine: None })
    }

    /// Exchanges hellos without naming a namespace.
    pub(crate) async fn greet(&mut self, warm: u32) -> io::Result<()> {
        let hello = head::Hello {
            version: VERSION,
            namespace: String::new(),
            pid: 0,
            engine: String::new(),
            warm,
        };
        let mut out = BytesMut::new();
        codec::put_json(&mut out, Kind::Hello, CallId::WORKER, &hello, &[]);
        self.stream.write_all(&out).await?;
        loop {
            if let Some(frame) = codec::take(&mut self.received).map_err(io::Error::other)? {
                if frame.kind != Kind::Hello {
                    continue;
                }
                let hello: head::Hello = serde_json::from_slice(&frame.head)?;
                if hello.version != VERSION {
                    let version = hello.version;
                    return Err(io::Error::other(format!(
                        "it speaks version {version} of the frames, the supervisor {VERSION}"
                    )));
                }
                self.engine = Some(hello.engine);
                return Ok(());
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
