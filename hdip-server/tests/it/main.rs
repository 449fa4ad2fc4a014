//! The real router in this process, over SQLite in a temporary directory.

mod access;
mod accounts;
mod agencies;
mod bad_day;
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
mod openapi;
mod pages;
mod permissions;
mod preferences;
mod product_feedback;
mod queue;
mod scheduling;
mod search;
mod stage;
mod users;
