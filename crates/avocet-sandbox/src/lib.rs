//! V8 isolates for functions: the handler contract, warm pool, limits, and the worker's loop.
