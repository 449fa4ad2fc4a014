//! Behaviour of hdip-core over the testkit's in-memory ports.

mod access;
mod accounts;
mod catalogue;
mod clients;
mod clients_around;
mod clients_onboarding;
mod clients_status;
mod clients_users;
mod contests;
mod corrections;
mod desk;
mod feedback;
mod feedback_clock;
mod flow;
mod hiring;
mod interviewers;
mod ladder;
mod mails;
mod preferences;
mod product_feedback;
mod rules;
mod scheduling_links;
mod shadowing;
mod states;
mod trouble;
mod whole_flow;
