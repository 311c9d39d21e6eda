//! Traits for what stands above and below the bytes of a stream.

use std::any::Any;
use std::os::fd::OwnedFd;

use avocet_v8::HandleScope;
use rustix::io::Errno;

use crate::reactor::Token;

/// Function that reads once and hands on what came; whether there may be more.
pub(crate) type ReadOnce = fn(&mut HandleScope<'_>, Token) -> bool;

/// Rules by which messages are read from the bytes.
pub(crate) trait Protocol: Any + Send {
    /// The function that reads.
    fn on_readable(&self) -> ReadOnce;

    /// The function that goes on with what has been read already, after a pause.
    fn on_resumed(&self) -> fn(&mut HandleScope<'_>, Token);
}

/// A layer that the bytes go through on their way between a stream and its descriptor.
pub(crate) trait Layer: Any + Send {
    /// Whether bytes can go through; before that, [`on_readable`](Self::on_readable) reads.
    fn is_open(&self) -> bool;

    /// The function that reads before the layer is open.
    fn on_readable(&self) -> fn(&mut HandleScope<'_>, Token);

    /// Whether something waits that the descriptor did not take.
    fn wants_write(&self) -> bool;

    /// Reads what the other side has sent; 0 where it has ended.
    fn read(&mut self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno>;

    /// Takes all of `bytes` and writes what the descriptor takes.
    fn write(&mut self, fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno>;

    /// Writes what waits, as far as the descriptor takes it.
    fn push(&mut self, fd: &OwnedFd) -> Result<(), Errno>;

    /// Ends this side: the other one learns that no more comes.
    fn close(&mut self, fd: &OwnedFd);
}

pub(super) fn protocol<P: Protocol>(protocol: &mut dyn Protocol) -> Option<&mut P> {
    let any: &mut dyn Any = protocol;
    any.downcast_mut()
}

pub(super) fn layer<L: Layer>(layer: &mut dyn Layer) -> Option<&mut L> {
    let any: &mut dyn Any = layer;
    any.downcast_mut()
}
