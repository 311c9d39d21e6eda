use std::any::Any;
use std::fmt;
use std::sync::Arc;

use avocet_frames::MAX_FRAME;
use avocet_frames::head::{FileEntry, Load};
use bytes::{BufMut, Bytes, BytesMut};

/// Room that a frame keeps for its head.
const HEAD_ROOM: usize = 1024 * 1024;

/// Largest body of a single frame, bytes.
pub(crate) const MAX_BODY: usize = MAX_FRAME - HEAD_ROOM;

/// One revision of a function, as a worker loads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    load: Load,
    files: Bytes,
    min_instances: u32,
    cpu: Option<u32>,
    held: Held,
}

/// Something that workers need and that ends with the last of them.
#[derive(Clone, Default)]
struct Held(Option<Arc<dyn Any + Send + Sync>>);

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "something" } else { "nothing" })
    }
}

impl PartialEq for Held {
    /// Always equal: it is no part of what the definition says.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Reason for which something is no [`Definition`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The files are too much for one frame.
    #[error("the function's files have {bytes} bytes, the limit is {MAX_BODY}")]
    TooLarge {
        /// All files together.
        bytes: usize,
    },
    /// The entry names no file.
    #[error("the entry {entry} is not one of the function's files")]
    NoEntry {
        /// [`Load::entry`].
        entry: String,
    },
}

impl Definition {
    /// From `load`, whose `files` this fills in, and the files' paths and contents.
    ///
    /// # Errors
    /// Where the files are over the limit of one frame (100 MiB) or the entry is not among them.
    pub fn new<P, C>(
        mut load: Load,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Result<Self, DefinitionError>
    where
        P: Into<String>,
        C: AsRef<[u8]>,
    {
        let mut bytes = BytesMut::new();
        load.files.clear();
        for (path, content) in files {
            let content = content.as_ref();
            load.files.push(FileEntry { path: path.into(), len: content.len() });
            bytes.put_slice(content);
        }
        if bytes.len() > MAX_BODY {
            return Err(DefinitionError::TooLarge { bytes: bytes.len() });
        }
        if !load.files.iter().any(|file| file.path == load.entry) {
            return Err(DefinitionError::NoEntry { entry: load.entry });
        }
        Ok(Self { load, files: bytes.freeze(), min_instances: 0, cpu: None, held: Held::default() })
    }

    /// From `load`, whose files are in the folder `dir` already.
    pub fn in_folder(mut load: Load, dir: impl Into<String>) -> Self {
        load.files.clear();
        load.dir = Some(dir.into());
        Self { load, files: Bytes::new(), min_instances: 0, cpu: None, held: Held::default() }
    }

    /// Sets how many instances stay awake, once they are, and are loaded again when their worker
    /// dies; with [`crate::Placement::Namespace`] that is one or none.
    #[must_use]
    pub fn keep_awake(mut self, instances: u32) -> Self {
        self.min_instances = instances;
        self
    }

    /// Keeps something as long as a worker may have the function: the folder with its files.
    #[must_use]
    pub fn holding(mut self, thing: impl Any + Send + Sync) -> Self {
        self.held = Held(Some(Arc::new(thing)));
        self
    }

    /// An instance has so many thousandths of a processor, where control groups can hold it to that
    /// ([`crate::SupervisorOptions::cgroups`]).
    #[must_use]
    pub fn cpu(mut self, thousandths: Option<u32>) -> Self {
        self.cpu = thousandths;
        self
    }

    pub(crate) fn cpu_share(&self) -> Option<u32> {
        self.cpu
    }

    pub(crate) fn min_instances(&self) -> u32 {
        self.min_instances.min(self.load.limits.instances.max(1))
    }

    /// The head of its load frame.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// The bytes of its files, in the order of [`Load::files`].
    pub fn files(&self) -> &Bytes {
        &self.files
    }
}
