//! Real interpreters, real installers, real workers; nothing leaves the machine: packages come
//! from folders, and the registry that does not answer is a closed port of this machine.

mod fetching;
mod installing;
mod running;
mod storing;
mod support;
