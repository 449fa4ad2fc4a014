//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod clients;
mod clients_around;
mod clients_onboarding;
mod clients_status;
mod clients_users;
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
