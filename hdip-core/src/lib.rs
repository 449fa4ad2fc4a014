//! HDIP: Interview-as-a-Service as an embeddable domain.
//!
//! This crate decides; it does no I/O, reads no clock, draws no random number and needs no runtime.
//! Everything outside comes through [`ports`]. [`Hdip`] puts the ports together and is the way in.
//!
//! A tour, in reading order: [`values`] · [`access`] (who asks) · [`clients`], [`hiring`],
//! [`agencies`], [`interviewers`], [`ladder`] (who and what) · [`scheduling`] (slots, requests, calls, accept) ·
//! [`feedback`] (scorecards, results, ratings) · [`desk`] (what needs a person) · [`search`] · [`notifications`]
//! (who hears what) · [`product_feedback`] · [`policy`], [`jobs`] (effects and timers) · [`alerts`] (what is wrong
//! with the deployment) · [`ports`].

pub mod access;
pub mod agencies;
pub mod alerts;
pub mod clients;
pub mod desk;
mod edits;
mod error;
mod feed;
pub mod feedback;
mod hdip;
pub mod hiring;
pub mod interviewers;
pub mod jobs;
pub mod ladder;
pub mod notifications;
pub mod policy;
pub mod ports;
pub mod product_feedback;
pub mod scheduling;
pub mod search;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod values;

pub use error::{Error, ErrorKind};
pub use feed::EventPage;
pub use hdip::{Ctx, Done, Hdip, HdipBuilder, IdempotencyKey, OperatorProfile};
