//! Start-up snapshots.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::{
    Context, Entered, HandleScope, Isolate, IsolateOptions, Local, checksum::checksum, ffi,
    platform,
};

/// The heap of an isolate, from which others start without running the
/// JavaScript that built it.
///
/// The bytes begin with the version of the V8 that made them and a checksum.
/// They are trusted otherwise: like code, they must come from this program or
/// its build.
#[derive(Clone)]
pub struct Snapshot {
    bytes: Arc<Cow<'static, [u8]>>,
}

/// Reason for which bytes are not a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Bytes that do not begin as a snapshot does.
    #[error("these bytes are not a snapshot")]
    NotASnapshot,
    /// Bytes that are not those that were written.
    #[error("the snapshot is damaged: its checksum does not match")]
    Damaged,
}

const MAGIC: &[u8; 8] = b"avocetS1";
const VERSION_LENGTH: usize = 32;
const CHECKSUM_AT: usize = MAGIC.len() + VERSION_LENGTH;
const HEADER: usize = CHECKSUM_AT + 8;

impl Snapshot {
    /// From bytes that live for ever, such as `include_bytes!`.
    pub fn from_static(bytes: &'static [u8]) -> Result<Snapshot, SnapshotError> {
        Snapshot::check(Cow::Borrowed(bytes))
    }

    /// From bytes that were read.
    ///
    /// # Safety
    /// The bytes are what [`as_bytes`](Self::as_bytes) gave, in this process or another one, or
    /// those with accidental damage: V8 starts from what they hold and checks none of it.
    pub unsafe fn from_vec(bytes: Vec<u8>) -> Result<Snapshot, SnapshotError> {
        Snapshot::check(Cow::Owned(bytes))
    }

    fn check(bytes: Cow<'static, [u8]>) -> Result<Snapshot, SnapshotError> {
        if bytes.len() <= HEADER || !bytes.starts_with(MAGIC) {
            return Err(SnapshotError::NotASnapshot);
        }
        let expected = checksum(&bytes[HEADER..]).to_le_bytes();
        if bytes[CHECKSUM_AT..HEADER] != expected {
            return Err(SnapshotError::Damaged);
        }
        Ok(Snapshot { bytes: Arc::new(bytes) })
    }

    fn pack(blob: &[u8]) -> Snapshot {
        let mut bytes = Vec::with_capacity(HEADER + blob.len());
        bytes.extend_from_slice(MAGIC);
        let version = platform::version().as_bytes();
        bytes.extend_from_slice(&version[..version.len().min(VERSION_LENGTH)]);
        bytes.resize(CHECKSUM_AT, 0);
        bytes.extend_from_slice(&checksum(blob).to_le_bytes());
        bytes.extend_from_slice(blob);
        Snapshot { bytes: Arc::new(Cow::Owned(bytes)) }
    }

    /// All of it, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn blob(&self) -> &[u8] {
        &self.bytes[HEADER..]
    }

    /// The version of the V8 that made it.
    pub fn version(&self) -> &str {
        let field = &self.bytes[MAGIC.len()..CHECKSUM_AT];
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        std::str::from_utf8(&field[..end]).unwrap_or("unknown")
    }

    /// Whether the V8 that is loaded made it, so that it can be used.
    pub fn is_compatible(&self) -> bool {
        self.version() == platform::version()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({} bytes, V8 {})", self.bytes.len(), self.version())
    }
}

/// Handling of compiled functions in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionCodeHandling {
    /// Compiled again when called: a smaller snapshot.
    Clear,
    /// Kept as compiled: a faster first call.
    Keep,
}

/// An isolate that ends as a [`Snapshot`].
///
/// Functions from Rust in it must be operations
/// ([`Function::for_op`](crate::Function::for_op)).
#[derive(Debug)]
pub struct SnapshotCreator {
    isolate: Isolate,
}

/// The isolate's default context, once it has been set.
struct HasDefault;

impl SnapshotCreator {
    /// Starts an isolate.
    pub fn new(options: IsolateOptions) -> SnapshotCreator {
        SnapshotCreator { isolate: Isolate::build(options, true) }
    }

    /// Enters the isolate; see [`Isolate::enter`].
    #[track_caller]
    pub fn enter(&mut self) -> Entered<'_> {
        self.isolate.enter()
    }

    /// The isolate, for [`enter!`](crate::enter).
    pub fn isolate(&mut self) -> &mut Isolate {
        &mut self.isolate
    }

    /// Makes the snapshot. [`HandleScope::set_default_context`] must have been
    /// called.
    ///
    /// # Panics
    /// If it has not, or if a [`Global`](crate::Global) still holds a value.
    pub fn create_blob(mut self, code: FunctionCodeHandling) -> Option<Snapshot> {
        assert!(
            self.isolate.take_slot::<HasDefault>().is_some(),
            "set_default_context has not been called"
        );
        let globals = self.isolate.state().shared.live_globals();
        assert!(globals == 0, "{globals} Globals still hold values: drop them first");
        // Frees the slots of those that were dropped.
        drop(self.isolate.enter());
        let isolate = self.isolate.state().isolate.get();
        let mut length = 0;
        // SAFETY: nobody has entered the isolate, which makes a snapshot; the
        // bytes are copied, then freed.
        unsafe {
            let keep = code == FunctionCodeHandling::Keep;
            let data = ffi::av8_snapshot_create(isolate, keep, &mut length);
            if data.is_null() {
                return None;
            }
            let snapshot = Snapshot::pack(std::slice::from_raw_parts(data.cast(), length));
            ffi::av8_snapshot_free(data);
            Some(snapshot)
        }
    }
}

impl HandleScope<'_> {
    /// Makes `context` the one that [`Context::new`] copies in isolates made
    /// from the snapshot. It must not be entered when the snapshot is made.
    ///
    /// # Panics
    /// If the isolate is not a [`SnapshotCreator`]'s, or it was called before.
    #[track_caller]
    pub fn set_default_context(&mut self, context: Local<'_, Context>) {
        self.assert_for_snapshot();
        assert!(self.slot::<HasDefault>().is_none(), "the default context has been set");
        self.set_slot(HasDefault);
        // SAFETY: the scope guarantees that the isolate is entered; it makes a
        // snapshot.
        unsafe { ffi::av8_snapshot_set_default(self.isolate_ptr(), context.slot()) };
    }

    /// Adds a context for [`Context::from_snapshot`]; returns its index.
    ///
    /// # Panics
    /// If the isolate is not a [`SnapshotCreator`]'s.
    #[track_caller]
    pub fn add_context(&mut self, context: Local<'_, Context>) -> usize {
        self.assert_for_snapshot();
        // SAFETY: the scope guarantees that the isolate is entered; it makes a
        // snapshot.
        unsafe { ffi::av8_snapshot_add_context(self.isolate_ptr(), context.slot()) }
    }

    #[track_caller]
    fn assert_for_snapshot(&self) {
        assert!(self.state().for_snapshot, "this isolate does not make a snapshot");
    }
}
