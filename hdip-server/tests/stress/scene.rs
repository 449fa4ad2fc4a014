//! People and interviews for races and crashes, put straight into the database of the processes under test.

use hdip_core::access::{Role, SignIn, User, UserStatus};
use hdip_core::ports::IdsExt;
use hdip_core::scheduling::*;
use hdip_core::testkit::World;
use hdip_core::values::*;
use hdip_server::state::AppState;
use std::collections::BTreeMap;

/// Interviewers with that weekly cap and gap, free every day, each with an access token.
pub async fn interviewers(
    world: &World,
    state: &AppState,
    count: usize,
    weekly_cap: u32,
    minimum_gap_minutes: u32,
) -> BTreeMap<InterviewerId, String> {
    let mut tokens = BTreeMap::new();
    for n in 0..count {
        let mut who = world.interviewer(&format!("Interviewer {n}"), "Asia/Kolkata").await;
        who.weekly_cap = weekly_cap;
        who.minimum_gap_minutes = minimum_gap_minutes;
        world.put(&who).await;
        let user = User {
            id: world.ids.fresh(),
            client_id: None,
            interviewer_id: Some(who.id),
            role: Role::Interviewer,
            name: who.name.clone(),
            email: who.email.clone(),
            email_key: who.email_key.clone(),
            status: UserStatus::Active,
            version: 0,
            ..world.owner.clone()
        };
        world.put(&user).await;
        tokens.insert(who.id, signed_in(world, state, &user).await);
    }
    tokens
}

/// A live sign-in of a stored user, and an access token for it.
pub async fn signed_in(world: &World, state: &AppState, user: &User) -> String {
    let now = world.hdip.now();
    let sign_in = SignIn {
        id: world.ids.fresh(),
        user_id: user.id,
        refresh_hash: "none".into(),
        generation: 1,
        created_at: now,
        refreshed_at: now,
        expires_at: now + days(30),
        ended_at: None,
        ended_because: None,
        user_agent: None,
        version: 0,
    };
    world.put(&sign_in).await;
    state.tokens.issue(user.id, sign_in.id, now).unwrap().0
}

/// Interviews requested by the client's owner: `at_once` of them at each of two starts a day, 90 minutes apart
/// where the gap of 45 forbids to take both, from tomorrow on.
pub async fn requested(world: &World, count: usize, at_once: usize) -> Vec<InterviewId> {
    let (_, round) = world.job().await;
    let day = |n: i64| world.hdip.now().date_naive() + days(1 + n);
    let mut interviews = Vec::new();
    for n in 0..count {
        let slot = n / at_once;
        let start = day((slot / 2) as i64)
            .and_hms_opt(6 + (slot % 2) as u32, 30 * (slot % 2) as u32, 0)
            .unwrap()
            .and_utc();
        let application = world.application(&round, &format!("Candidate {n}"), "Asia/Kolkata").await;
        let pick = StartChoice::Picked(Pick { start, odd_hours_ok: true });
        let request = RequestInterview { application: application.id, start: pick, consents: None };
        interviews.push(
            world.hdip.request_interview(&world.as_owner(), request).await.unwrap().output.interview_id,
        );
    }
    interviews
}
