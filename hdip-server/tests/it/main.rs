//! The real router in this process, over SQLite in a temporary directory.

mod access;
mod accounts;
mod clients;
mod database;
mod feedback;
mod hiring;
mod http;
mod imports;
mod interviewers;
mod links;
mod openapi;
mod pages;
mod preferences;
mod product_feedback;
mod scheduling;
mod stage;
