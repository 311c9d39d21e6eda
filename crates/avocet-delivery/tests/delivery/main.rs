//! The engine in a world that is made from a seed.

mod log;
mod races;
mod random;
mod scenarios;
mod simulation;
mod world;
