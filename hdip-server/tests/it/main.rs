//! The real router in this process, over SQLite in a temporary directory.

mod links;
mod pages;
mod scheduling;
mod stage;
