//! One question before something that cannot be taken back.

use super::guest::{Guest, mark};
use super::times;
use axum::response::Response;
use hdip_core::scheduling::InterviewBasics;
use hdip_core::values::Zone;
use minijinja::context;
use minijinja::value::Value;

/// What is asked, and what follows.
#[derive(Default)]
pub struct Question {
    /// Below the link; where the yes is sent to.
    pub act: &'static str,
    pub title: &'static str,
    /// What follows from a yes.
    pub lines: Vec<&'static str>,
    /// Label of a field for a reason, where one is asked for.
    pub reason: Option<&'static str>,
    /// A word and its label each, one of which is chosen; the first is if nothing is said.
    pub choices: Vec<(&'static str, &'static str)>,
    /// A late change, which must be said yes to.
    pub late: bool,
    pub yes: &'static str,
    pub no: &'static str,
}

impl Question {
    /// The page that asks it about an interview.
    pub fn page(self, guest: &Guest, basics: &InterviewBasics, own: Zone) -> Response {
        let zone = guest.zone(own);
        let values = context! {
            title => self.title,
            lines => self.lines,
            reason => self.reason,
            choices => self.choices,
            late => self.late,
            yes => self.yes,
            no => self.no,
            action => Value::from_safe_string(guest.path(self.act)),
            back => Value::from_safe_string(guest.path("")),
            shown => mark(basics.state_at),
            job => &*basics.job_title,
            brand => &*basics.client_brand,
            time => times::from_to(zone, basics.start, basics.end),
        };
        guest.page("ask.html", own, values)
    }
}
