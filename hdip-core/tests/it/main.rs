//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod alerts;
mod clients;
mod deploys;
mod feedback;
mod flow;
mod hiring;
mod interviewers;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod trouble;
mod whole_flow;
