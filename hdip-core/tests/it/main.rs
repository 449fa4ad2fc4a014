//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod clients;
mod contests;
mod corrections;
mod desk;
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
