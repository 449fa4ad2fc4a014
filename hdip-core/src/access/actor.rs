//! Who asks: the actor of a request, and the scope of rows it may see.

use super::{AccessError, ApiKey, KeyScope, LinkPurpose, Role};
use crate::Error;
use crate::values::*;
use std::collections::BTreeSet;

/// Who asks. Made from credentials by [`Hdip::authenticate_user`](crate::Hdip::authenticate_user),
/// [`Hdip::authenticate_key`](crate::Hdip::authenticate_key) and [`Hdip::open_link`](crate::Hdip::open_link),
/// never by an edge from what a caller says about itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Actor {
    /// A signed-in user.
    User(UserActor),
    /// An ATS with an API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// Whose data.
        client: ClientId,
        /// What for.
        scopes: BTreeSet<KeyScope>,
    },
    /// The holder of a link.
    Link {
        /// The link.
        id: LinkId,
        /// Tenant; none for links of users who belong to no client.
        client: Option<ClientId>,
        /// What it opens.
        purpose: LinkPurpose,
        /// About what.
        subject: String,
        /// Who holds it.
        party: String,
        /// Generation of the token it came with.
        generation: i64,
    },
    /// Somebody who has not said who they are; may sign in, and nothing else.
    Anonymous,
    /// HDIP itself: timers, jobs, seed, command line.
    System,
}

/// A signed-in user, as its record said at the time of this request.
#[derive(Debug, Clone, PartialEq)]
pub struct UserActor {
    /// The user.
    pub id: UserId,
    /// The sign-in.
    pub sign_in: SignInId,
    /// What it may do.
    pub role: Role,
    /// Its client.
    pub client: Option<ClientId>,
    /// Its agency.
    pub agency: Option<AgencyId>,
    /// The interviewer it is.
    pub interviewer: Option<InterviewerId>,
    /// Present for an agency's user and for a recruiter limited to assigned jobs: these.
    pub jobs: Option<BTreeSet<JobId>>,
}

/// Which rows may be seen. Storage applies it; there is no way around it in a use case.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// Everything.
    Operator,
    /// One client's.
    Client(ClientId),
    /// One client's, on these jobs.
    Jobs(ClientId, BTreeSet<JobId>),
    /// One client's, candidates of this agency; to change something only on these jobs, where given.
    Agency(ClientId, AgencyId, Option<BTreeSet<JobId>>),
    /// Interviews and invitations of this interviewer.
    Interviewer(InterviewerId),
}

impl Scope {
    /// The tenant, where there is one.
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Client(id) | Self::Jobs(id, _) | Self::Agency(id, ..) => Some(*id),
            Self::Operator | Self::Interviewer(_) => None,
        }
    }

    /// Whether a row of that client, job and agency may be seen by someone in this scope.
    pub fn allows(&self, client: ClientId, job: Option<JobId>, agency: Option<AgencyId>) -> bool {
        match self {
            Self::Operator => true,
            Self::Client(own) => *own == client,
            Self::Jobs(own, jobs) => *own == client && job.is_some_and(|job| jobs.contains(&job)),
            Self::Agency(own, firm, jobs) => {
                let on_job = |jobs: &BTreeSet<JobId>| job.is_some_and(|job| jobs.contains(&job));
                *own == client && agency == Some(*firm) && jobs.as_ref().is_none_or(on_job)
            }
            Self::Interviewer(_) => false,
        }
    }
}

impl Actor {
    /// For events and the audit log: `user:user_…`, `api_key:key_…`, `link:link_…`, `anonymous`, `system`.
    pub fn label(&self) -> String {
        match self {
            Self::User(user) => format!("user:{}", user.id),
            Self::ApiKey { id, .. } => format!("api_key:{id}"),
            Self::Link { id, .. } => format!("link:{id}"),
            Self::Anonymous => "anonymous".into(),
            Self::System => "system".into(),
        }
    }

    /// The API key actor of a stored key.
    pub fn of_key(key: &ApiKey) -> Self {
        Self::ApiKey { id: key.id, client: key.client_id, scopes: key.scopes.iter().copied().collect() }
    }

    /// The user, where it is one.
    pub fn user(&self) -> Option<&UserActor> {
        match self {
            Self::User(user) => Some(user),
            _ => None,
        }
    }

    /// True for the operator's staff and HDIP itself.
    pub fn is_operator(&self) -> bool {
        match self {
            Self::User(user) => user.role.is_operator(),
            Self::System => true,
            _ => false,
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff and HDIP itself.
    pub fn need_operator(&self) -> Result<(), Error> {
        if self.is_operator() { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins and HDIP itself.
    pub fn need_admin(&self) -> Result<(), Error> {
        match self {
            Self::User(user) if user.role == Role::PlatformAdmin => Ok(()),
            Self::System => Ok(()),
            _ => Err(Error::Forbidden),
        }
    }

    /// # Errors
    /// As [`Actor::client_scope`] without a key scope; also for a client's recruiters and agencies: only the
    /// operator and the client's owner and admins manage users and keys.
    pub fn need_client_admin(&self, client: ClientId) -> Result<(), Error> {
        match self {
            Self::System => Ok(()),
            Self::User(user) if user.role.is_operator() => Ok(()),
            Self::User(user) if user.client == Some(client) => match user.role {
                Role::ClientOwner | Role::ClientAdmin => Ok(()),
                _ => Err(Error::Forbidden),
            },
            _ => Err(Error::NotFound("client")),
        }
    }

    /// Whether amounts may be shown: client owner, operator, and keys with `billing:read`.
    pub fn sees_amounts(&self) -> bool {
        match self {
            Self::User(user) => user.role.is_operator() || user.role == Role::ClientOwner,
            Self::ApiKey { scopes, .. } => scopes.contains(&KeyScope::BillingRead),
            Self::Link { .. } | Self::Anonymous => false,
            Self::System => true,
        }
    }

    /// The rows this actor may see of jobs, candidates, applications and interviews. API keys need `key`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and for interviewers; [`AccessError::MissingScope`].
    pub fn client_scope(&self, key: KeyScope) -> Result<Scope, Error> {
        match self {
            Self::System => Ok(Scope::Operator),
            Self::User(user) if user.role.is_operator() => Ok(Scope::Operator),
            Self::User(user) => match (user.role, user.client) {
                (Role::ClientOwner | Role::ClientAdmin | Role::ClientRecruiter, Some(client)) => {
                    Ok(match &user.jobs {
                        Some(jobs) => Scope::Jobs(client, jobs.clone()),
                        None => Scope::Client(client),
                    })
                }
                (Role::AgencyUser, Some(client)) => {
                    // The firm goes on seeing its candidates; it acts on the jobs it is assigned to.
                    let jobs = key.is_write().then(|| user.jobs.clone().unwrap_or_default());
                    Ok(Scope::Agency(client, user.agency.ok_or(Error::Forbidden)?, jobs))
                }
                _ => Err(Error::Forbidden),
            },
            Self::ApiKey { client, scopes, .. } => {
                if scopes.iter().any(|scope| scope.implies(key)) {
                    Ok(Scope::Client(*client))
                } else {
                    Err(AccessError::MissingScope { scope: key.as_str() }.into())
                }
            }
            Self::Link { .. } => Err(Error::Forbidden),
            Self::Anonymous => Err(AccessError::Unauthenticated.into()),
        }
    }

    /// The interviewer this actor is.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else.
    pub fn interviewer(&self) -> Result<InterviewerId, Error> {
        self.user().and_then(|user| user.interviewer).ok_or(Error::Forbidden)
    }
}
