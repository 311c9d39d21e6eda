//! Gateway, admin API and the life of a deployed function.
