//! The real router in this process, over SQLite in a temporary directory.

mod access;
mod accounts;
mod agencies;
mod back_office;
mod bad_day;
mod cli;
mod clients;
mod clients_around;
mod database;
mod decisions;
mod desk;
mod feedback;
mod hiring;
mod http;
mod imports;
mod interviewers;
mod ladder;
mod links;
mod logs;
mod openapi;
mod operations;
mod pages;
mod permissions;
mod preferences;
mod product_feedback;
mod queue;
mod scheduling;
mod search;
mod stage;
#[cfg(feature = "otel")]
mod traces;
mod users;
