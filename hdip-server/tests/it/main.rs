//! The real router in this process, over SQLite in a temporary directory.

mod access;
mod accounts;
mod cli;
mod clients;
mod feedback;
mod hiring;
mod http;
mod imports;
mod interviewers;
mod links;
mod logs;
mod openapi;
mod operations;
mod pages;
mod preferences;
mod product_feedback;
mod queue;
mod scheduling;
mod stage;
#[cfg(feature = "otel")]
mod traces;
