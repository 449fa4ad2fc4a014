//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod clients;
mod flow;
mod hiring;
mod interviewers;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod whole_flow;
