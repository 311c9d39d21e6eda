//! The function model, free of I/O: CloudEvents, event and context, return mapping, YAML kinds, validation.
