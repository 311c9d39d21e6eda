//! The supervisor's side of a worker: spawn, frames, pools, limits.
