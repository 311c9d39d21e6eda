//! Bounded queues between whoever brings items and one who takes them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

/// Bounds of a mailbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

/// Makes a mailbox: who brings items, and who takes them. `missed` makes the item that stands for
/// those that were left out; `end` runs when the taker is dropped.
pub(crate) fn mailbox<T>(
    bounds: Bounds,
    missed: fn(u64) -> T,
    end: impl FnOnce() + Send + 'static,
) -> (Inlet<T>, Outlet<T>) {
    let state = State {
        items: VecDeque::new(),
        bytes: 0,
        missed: 0,
        closed: false,
        gone: false,
        waker: None,
    };
    let shared = Arc::new(Shared { bounds, state: Mutex::new(state) });
    let inlet = Inlet(Arc::clone(&shared));
    (inlet, Outlet { shared, missed, end: Some(Box::new(end)) })
}

/// The side that brings items, which never waits. The queue ends when it is dropped.
pub(crate) struct Inlet<T>(Arc<Shared<T>>);

/// The side that takes items.
pub(crate) struct Outlet<T> {
    shared: Arc<Shared<T>>,
    missed: fn(u64) -> T,
    end: Option<Box<dyn FnOnce() + Send>>,
}

struct Shared<T> {
    bounds: Bounds,
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<(usize, T)>,
    bytes: usize,
    /// Items left out behind the last one in `items`.
    missed: u64,
    /// No more items come.
    closed: bool,
    /// Nobody takes items.
    gone: bool,
    waker: Option<Waker>,
}

impl<T> Inlet<T> {
    /// Puts an item in where there is room; gives it back otherwise. Once items were missed there is
    /// none until the queue is empty: one gap in place of many, and its place in the order is known.
    pub(crate) fn offer(&self, item: T, bytes: usize) -> Result<(), T> {
        let mut state = self.0.lock();
        let Bounds { items: most, bytes: most_bytes } = self.0.bounds;
        let full = state.items.len() >= most || state.bytes + bytes > most_bytes;
        // One that is larger than all room gets in where nothing else is.
        if state.gone || state.missed > 0 || (full && !state.items.is_empty()) {
            return Err(item);
        }
        state.bytes += bytes;
        state.items.push_back((bytes, item));
        state.wake();
        Ok(())
    }

    /// Puts an item in, or counts it as missed.
    pub(crate) fn send(&self, item: T, bytes: usize) {
        if self.offer(item, bytes).is_err() {
            self.miss();
        }
    }

    /// Counts an item as missed.
    pub(crate) fn miss(&self) {
        let mut state = self.0.lock();
        state.missed += 1;
        state.wake();
    }

    /// False once nobody takes items any more.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.lock().gone
    }

    /// Ends the queue behind what is in it.
    pub(crate) fn close(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        state.wake();
    }
}

impl<T> Drop for Inlet<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> Stream for Outlet<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.shared.lock();
        if let Some((bytes, item)) = state.items.pop_front() {
            state.bytes -= bytes;
            return Poll::Ready(Some(item));
        }
        match std::mem::take(&mut state.missed) {
            0 if state.closed => Poll::Ready(None),
            0 => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            missed => Poll::Ready(Some((self.missed)(missed))),
        }
    }
}

impl<T> Drop for Outlet<T> {
    fn drop(&mut self) {
        let items = {
            let mut state = self.shared.lock();
            state.gone = true;
            std::mem::take(&mut state.items)
        };
        // Outside of the lock: what hangs on an item may end another queue.
        drop(items);
        if let Some(end) = self.end.take() {
            end();
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing under the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl<T> fmt::Debug for Inlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inlet")
    }
}

#[cfg(test)]
mod tests {
    use avocet_backplane::{Incoming, wait};

    use super::*;

    fn open(items: usize, bytes: usize) -> (Inlet<u64>, Incoming<u64>) {
        let (inlet, outlet) = mailbox(Bounds { items, bytes }, |missed| 1000 + missed, || {});
        (inlet, Incoming::new(outlet))
    }

    #[test]
    fn a_slow_taker_is_told_how_many_items_it_missed() {
        let (inlet, mut outlet) = open(2, 100);
        (1..=5).for_each(|n| inlet.send(n, 1));
        assert_eq!(wait(outlet.next()), Some(1));
        inlet.send(6, 1);
        assert_eq!([outlet.try_next(), outlet.try_next()], [Some(2), Some(1004)]);
        inlet.send(7, 1);
        drop(inlet);
        assert_eq!([wait(outlet.next()), wait(outlet.next())], [Some(7), None]);
    }

    #[test]
    fn bytes_are_bounded_and_one_item_fits_always() {
        let (inlet, mut outlet) = open(10, 100);
        assert!(inlet.offer(1, 1000).is_ok());
        assert_eq!(inlet.offer(2, 1), Err(2));
        assert_eq!(outlet.try_next(), Some(1));
        assert!(inlet.offer(3, 60).is_ok());
        assert_eq!(inlet.offer(4, 60), Err(4));
        drop(outlet);
        assert!(!inlet.is_open());
    }
}
