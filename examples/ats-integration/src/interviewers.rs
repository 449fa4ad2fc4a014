//! The demo's interviewers: whoever was invited accepts, all at the same time.

use crate::{Result, some_at_a_time};
use hdip_client::{Client, Connect, problem, types};
use std::collections::{BTreeMap, BTreeSet};

/// The demo has interviewer01@… to interviewer60@….
const INTERVIEWERS: usize = 60;

/// What became of the accepts of one interview.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answers {
    /// Accepts that were told: it is yours.
    pub accepted: usize,
    /// Accepts that were told: already taken, or that the time is no longer free.
    pub too_late: usize,
}

/// What became of all.
#[derive(Debug, Default)]
pub struct Race {
    /// By interview.
    pub answers: BTreeMap<String, Answers>,
    /// By interview: the address of the interviewer who got it.
    pub winners: BTreeMap<String, String>,
    /// By address of the interviewer: the interviews they were invited to.
    pub invited: BTreeMap<String, BTreeSet<String>>,
}

/// Every invited interviewer of `interviews` accepts every invitation, 64 requests at a time.
pub async fn race(url: &str, interviews: &BTreeSet<String>) -> Result<Race> {
    let people = (1..=INTERVIEWERS).map(|number| format!("interviewer{number:02}@hdip.example"));
    let invited = some_at_a_time(people, 1, async |email: String| {
        let interviewer = Connect::to(url).user(&email, "demo-password").client()?;
        let invitations = open_invitations(&interviewer).await?;
        let wanted =
            invitations.into_iter().filter(|invitation| interviews.contains(&invitation.interview_id));
        Ok((email, interviewer.clone(), wanted.collect::<Vec<_>>()))
    })
    .await?;

    let mut race = Race::default();
    let mut attempts = Vec::new();
    for (email, interviewer, invitations) in invited {
        for invitation in invitations {
            race.invited.entry(email.clone()).or_default().insert(invitation.interview_id.clone());
            attempts.push((email.clone(), interviewer.clone(), invitation));
        }
    }
    // By interview, so that those who want the same one meet.
    attempts.sort_by(|a, b| a.2.interview_id.cmp(&b.2.interview_id));
    let outcomes = some_at_a_time(
        attempts,
        64,
        async |(email, interviewer, invitation): (String, Client, types::Invitation)| {
            match interviewer.accept_invitation().id(&invitation.id).send().await {
                Ok(_) => Ok((invitation.interview_id, email, true)),
                Err(error) => match problem(&error).map(|problem| problem.code.as_str()) {
                    // Somebody was faster, or this person has just got another interview at that time.
                    Some("already_taken" | "not_free") => Ok((invitation.interview_id, email, false)),
                    _ => Err(error.into()),
                },
            }
        },
    )
    .await?;
    for (interview, email, accepted) in outcomes {
        let answers = race.answers.entry(interview.clone()).or_default();
        if accepted {
            answers.accepted += 1;
            race.winners.insert(interview, email);
        } else {
            answers.too_late += 1;
        }
    }
    Ok(race)
}

async fn open_invitations(interviewer: &Client) -> Result<Vec<types::Invitation>> {
    use futures_util::TryStreamExt;
    let pages = hdip_client::pages(async |cursor: Option<String>| {
        let mut request = interviewer.list_invitations().open(true).limit(200);
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await?.into_inner();
        Ok::<_, hdip_client::Error<types::Problem>>((page.items, page.next_cursor))
    });
    Ok(pages.try_collect().await?)
}
