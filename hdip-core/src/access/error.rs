use super::{Responsibilities, Role};
use crate::ErrorKind;
use crate::values::{ClientId, Timestamp};

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
    /// The link was replaced or withdrawn.
    #[error("this link is no longer valid")]
    LinkSpent,
    /// The link is good once, and was used.
    #[error("this link was used already")]
    LinkUsed,
    /// The e-mail already belongs to a user.
    #[error("a user with this e-mail exists already")]
    EmailTaken,
    /// The user has a password already: nothing to be invited to.
    #[error("this user has set a password already; a forgotten one is reset by the user")]
    HasPassword,
    /// The user was deactivated.
    #[error("this user was deactivated")]
    Deactivated,
    /// A client must keep an owner.
    #[error("the last owner of a client cannot leave")]
    LastOwner,
    /// A client must keep an active account manager.
    #[error("this user is account manager of {} clients; name somebody who takes them over", clients.len())]
    ManagesClients {
        /// Which.
        clients: Vec<ClientId>,
    },
    /// What a user is responsible for must be handed over.
    #[error("{0}; name somebody who takes it over")]
    NeedsHandOver(Box<Responsibilities>),
    /// The role has no neighbour to change into.
    #[error("a user that is {} cannot become {}", from.as_str(), to.as_str())]
    RoleFixed {
        /// Now.
        from: Role,
        /// Asked for.
        to: Role,
    },
    /// Somebody must be able to manage the staff.
    #[error("the last platform admin cannot leave")]
    LastAdmin,
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
            Self::LinkUsed => "link_used",
            Self::EmailTaken => "email_taken",
            Self::HasPassword => "user_has_password",
            Self::Deactivated => "user_deactivated",
            Self::LastOwner => "last_owner",
            Self::ManagesClients { .. } => "manages_clients",
            Self::NeedsHandOver(_) => "needs_hand_over",
            Self::RoleFixed { .. } => "role_fixed",
            Self::LastAdmin => "last_platform_admin",
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
            Self::LinkExpired | Self::LinkSpent | Self::LinkUsed => ErrorKind::Gone,
            Self::EmailTaken
            | Self::HasPassword
            | Self::Deactivated
            | Self::LastOwner
            | Self::ManagesClients { .. }
            | Self::NeedsHandOver(_)
            | Self::RoleFixed { .. }
            | Self::LastAdmin => ErrorKind::Conflict,
        }
    }
}
