use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic of a former holder: what the locks here guard is valid between any
/// two statements, and a supervisor must go on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
