use crate::ErrorKind;
use crate::values::Timestamp;

/// What can be wrong with a sign-in, a key or a link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// No credentials, or none that are valid.
    #[error("sign in first")]
    Unauthenticated,
    /// E-mail and password do not belong together. Says no more on purpose.
    #[error("e-mail or password is wrong")]
    WrongCredentials,
    /// The sign-in was ended, or its user deactivated.
    #[error("this sign-in has ended; sign in again")]
    SignInEnded,
    /// A refresh token was used a second time: the whole sign-in has been ended.
    #[error("this refresh token was used before; the sign-in has been ended for safety")]
    RefreshReused,
    /// Too many failed attempts.
    #[error("too many failed attempts; try again after {until}")]
    Throttled {
        /// When the next attempt is looked at.
        until: Timestamp,
    },
    /// The API key lacks a scope.
    #[error("this API key lacks the scope {scope}")]
    MissingScope {
        /// The scope needed.
        scope: &'static str,
    },
    /// The link is not one of ours, or for something else.
    #[error("this link is not valid")]
    LinkInvalid,
    /// The link's time is over.
    #[error("this link has expired")]
    LinkExpired,
    /// The link was used, replaced or withdrawn.
    #[error("this link is no longer valid")]
    LinkSpent,
    /// The e-mail already belongs to a user.
    #[error("a user with this e-mail exists already")]
    EmailTaken,
    /// A client must keep an owner.
    #[error("the last owner of a client cannot leave")]
    LastOwner,
    /// A client must keep an active account manager.
    #[error("this user is account manager of clients; give them another one first")]
    ManagesClients,
}

impl AccessError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::WrongCredentials => "wrong_credentials",
            Self::SignInEnded => "sign_in_ended",
            Self::RefreshReused => "refresh_token_reused",
            Self::Throttled { .. } => "throttled",
            Self::MissingScope { .. } => "missing_scope",
            Self::LinkInvalid => "link_invalid",
            Self::LinkExpired => "link_expired",
            Self::LinkSpent => "link_spent",
            Self::EmailTaken => "email_taken",
            Self::LastOwner => "last_owner",
            Self::ManagesClients => "manages_clients",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unauthenticated | Self::WrongCredentials | Self::SignInEnded | Self::RefreshReused => {
                ErrorKind::Unauthenticated
            }
            Self::Throttled { .. } => ErrorKind::TooMany,
            Self::MissingScope { .. } => ErrorKind::Forbidden,
            Self::LinkInvalid => ErrorKind::NotFound,
            Self::LinkExpired | Self::LinkSpent => ErrorKind::Gone,
            Self::EmailTaken | Self::LastOwner | Self::ManagesClients => ErrorKind::Conflict,
        }
    }
}
