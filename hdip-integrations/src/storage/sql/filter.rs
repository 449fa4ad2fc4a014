//! Conditions of a listing, put together from what was asked.

use super::rows::{Bound, marks, text};
use hdip_core::access::Scope;

/// Conditions joined by AND, with their values.
#[derive(Debug, Default)]
pub(super) struct Filter {
    parts: Vec<String>,
    values: Vec<Bound>,
}

impl Filter {
    pub fn and(&mut self, condition: impl Into<String>, values: impl IntoIterator<Item = Bound>) {
        self.parts.push(condition.into());
        self.values.extend(values);
    }

    /// `column = value`, where there is one.
    pub fn equal(&mut self, column: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.and(format!("\"{column}\" = ?"), [text(value)]);
        }
    }

    /// The rows a scope sees, by the columns that say whose they are. `agency` is a condition with one `?`.
    pub fn scope(&mut self, scope: &Scope, job_column: Option<&str>, agency: &str) {
        match scope {
            Scope::Operator => {}
            Scope::Client(client) => self.equal("client_id", Some(client)),
            Scope::Jobs(client, jobs) => {
                self.equal("client_id", Some(client));
                match job_column {
                    Some(column) if !jobs.is_empty() => {
                        self.and(format!("\"{column}\" IN ({})", marks(jobs.len())), jobs.iter().map(text));
                    }
                    _ => self.and("1 = 0", []),
                }
            }
            Scope::Agency(client, firm, _) => {
                self.equal("client_id", Some(client));
                self.and(agency, [text(firm)]);
            }
            Scope::Interviewer(_) => self.and("1 = 0", []),
        }
    }

    pub fn done(self) -> (String, Vec<Bound>) {
        let text = if self.parts.is_empty() { "1 = 1".to_owned() } else { self.parts.join(" AND ") };
        (text, self.values)
    }
}
