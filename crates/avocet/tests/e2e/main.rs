//! Tests of the real binary from outside: what is typed, what is called over HTTP, what is printed.

mod addons;
mod bad_input;
mod breaches;
mod checking;
mod collecting;
mod command_line;
mod contract;
mod deploying;
mod developing;
mod documentation;
mod events;
mod examples;
mod isolation;
mod jailed;
mod kit;
mod ledger;
mod moving;
mod observing;
mod presets;
mod processes;
mod runtime_image;
mod scripts;
mod secrets;
mod serving;
mod tracing;
mod uploads;
