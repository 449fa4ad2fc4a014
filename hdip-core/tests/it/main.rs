//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod clients;
mod feedback;
mod feedback_clock;
mod flow;
mod hiring;
mod interviewers;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod scheduling_links;
mod states;
mod trouble;
mod whole_flow;
