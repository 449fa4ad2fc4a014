//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod agencies;
mod clients;
mod decisions;
mod feedback;
mod flow;
mod hiring;
mod interviewers;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod search;
mod stories;
mod trouble;
mod whole_flow;
