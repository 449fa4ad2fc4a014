//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod catalogue;
mod clients;
mod feedback;
mod flow;
mod hiring;
mod interviewers;
mod ladder;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod shadowing;
mod trouble;
mod whole_flow;
