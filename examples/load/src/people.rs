//! Sign-ins without passwords: rows of their own, and tokens made with the server's secret.

use crate::wire::Failure;
use hdip_core::access::{SignIn, User};
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::Changes;
use hdip_core::values::*;
use hdip_server::state::AppState;

/// Nobody can sign in as one of these people: a known password would be worse.
pub const PASSWORDLESS: Option<String> = None;

/// An access token of the user with that address.
pub async fn token(state: &AppState, address: &str) -> Result<String, Failure> {
    let user = state.hdip.storage().user_by_email(address).await?;
    token_of(state, &user.ok_or_else(|| format!("{address} is not there: fill the database first"))?).await
}

/// An access token of an interviewer.
pub async fn token_of_interviewer(state: &AppState, interviewer: InterviewerId) -> Result<String, Failure> {
    let user = state.hdip.storage().user_of_interviewer(interviewer).await?;
    token_of(state, &user.ok_or("an interviewer without a user")?).await
}

async fn token_of(state: &AppState, user: &User) -> Result<String, Failure> {
    let now = state.hdip.now();
    let sign_in = SignIn {
        id: state.ids.fresh(),
        user_id: user.id,
        refresh_hash: "none".into(),
        generation: 1,
        created_at: now,
        refreshed_at: now,
        expires_at: now + days(1),
        ended_at: None,
        ended_because: None,
        user_agent: None,
        version: 0,
    };
    let mut changes = Changes::new();
    changes.insert(&sign_in);
    state.hdip.storage().commit(changes).await?;
    Ok(state.tokens.issue(user.id, sign_in.id, now).map_err(|_| "no token could be made")?.0)
}
