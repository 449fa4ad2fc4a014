//! Every refusal as a problem document (RFC 9457). The one place where classes of refusal become HTTP
//! statuses.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hdip_core::access::{AccessError, Responsibilities};
use hdip_core::values::FieldError;
use hdip_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused (RFC 9457). `code` is the stable word to branch on; new codes may appear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:hdip:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:hdip:problem:invalid_fields")]
    pub kind: String,
    /// The class of refusal, for people.
    #[schema(example = "Unprocessable Entity")]
    pub title: String,
    /// The HTTP status, again.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    pub status: u16,
    /// Stable word for the reason.
    #[schema(example = "invalid_fields")]
    pub code: String,
    /// A sentence for people.
    #[schema(example = "the request has invalid fields")]
    pub detail: String,
    /// The fields at fault, where the fault is in fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Id of the request; name it when you ask for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "req_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub request_id: Option<String>,
}

/// One broken rule of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Path of the field as it was sent, for example `skills[2]`.
    #[schema(example = "zone")]
    pub field: String,
    /// Stable word for the rule.
    #[schema(example = "unknown_zone")]
    pub code: String,
    /// A sentence for people.
    #[schema(example = "unknown time zone \"Mars/Base\"; use an IANA name such as Asia/Kolkata")]
    pub message: String,
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, code: error.code, message: error.message }
    }
}

/// A refusal on its way out. Made from the domain's errors by `?`, or by the functions below for what only
/// exists in HTTP.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    problem: Problem,
    status: StatusCode,
    retry_after_seconds: Option<i64>,
}

/// What handlers return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// A refusal that only exists in HTTP.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            problem: Problem {
                kind: format!("urn:hdip:problem:{code}"),
                title: status.canonical_reason().unwrap_or("Error").to_owned(),
                status: status.as_u16(),
                code: code.to_owned(),
                detail: detail.into(),
                errors: Vec::new(),
                request_id: None,
            },
            status,
            retry_after_seconds: None,
        }))
    }

    /// A request whose form is wrong: the named field cannot be read at all.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Error::field(field, code, message).into()
    }

    /// Says when to come back.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.0.retry_after_seconds = Some(seconds.max(1));
        self
    }

    /// The document.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }
}

/// The HTTP status of a class of refusal.
fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
        ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let status = status(error.kind());
        if status.is_server_error() {
            // The one place where the chain is printed; the caller hears no more than "unavailable".
            tracing::error!(code = error.code(), error = chain(&error), "request failed");
        }
        let mut answer = Self::new(status, error.code(), error.to_string());
        match error {
            Error::Invalid(fields) => answer.0.problem.errors = fields.into_iter().map(Into::into).collect(),
            Error::Access(AccessError::NeedsHandOver(left)) => answer.0.problem.errors = to_hand_over(&left),
            Error::Access(AccessError::ManagesClients { clients }) => {
                let left = Responsibilities { account_manager_of: clients, ..Responsibilities::default() };
                answer.0.problem.errors = to_hand_over(&left);
            }
            Error::Access(AccessError::Throttled { until }) => {
                answer = answer.retry_after((until - chrono::Utc::now()).num_seconds() + 1);
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => answer = answer.retry_after(5),
            _ => {}
        }
        answer
    }
}

/// Of each kind of work that must be handed over at most so much is listed; all of it is at
/// `/v1/users/{id}/responsibilities`.
const LISTED: usize = 50;

/// What must be handed over, as complaints about the field that did not say to whom.
fn to_hand_over(left: &Responsibilities) -> Vec<FieldProblem> {
    fn listed<T: std::fmt::Display>(code: &str, what: &str, ids: &[T]) -> Vec<FieldProblem> {
        let problem = |id: &T| FieldProblem {
            field: "reassign_to".to_owned(),
            code: code.to_owned(),
            message: format!("{what} {id}"),
        };
        ids.iter().take(LISTED).map(problem).collect()
    }
    let Responsibilities { hiring_manager_of, recruiter_on, applications, account_manager_of } = left;
    [
        listed("hiring_manager", "is hiring manager of", hiring_manager_of),
        listed("recruiter", "is recruiter on", recruiter_on),
        listed("application", "is recruiter of", applications),
        listed("account_manager", "is account manager of", account_manager_of),
    ]
    .concat()
}

impl From<hdip_core::ports::PortError> for ApiError {
    fn from(error: hdip_core::ports::PortError) -> Self {
        Error::from(error).into()
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Inner { problem, status, retry_after_seconds } = *self.0;
        let mut response = document(status, &problem);
        if let Some(seconds) = retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(problem);
        response
    }
}

fn document(status: StatusCode, problem: &Problem) -> Response {
    let mut response = (status, Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

/// Makes a problem document of every refusal that is none yet (unknown route, wrong method, time-out, body
/// too large), and puts the request's id into all of them.
pub async fn problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<crate::middleware::RequestInfo>().map(|info| info.id.clone());
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if response.status().as_u16() < 400 {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_bare(&response) => {
            let (code, detail) = bare(response.status(), &path, method.as_str());
            ApiError::new(response.status(), code, detail).0.problem
        }
        None => return response,
    };
    let status = response.status();
    let mut answer = document(status, &Problem { request_id: id, ..problem });
    // What the refusing layer said in headers (Allow, Retry-After, CORS) stays.
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    answer
}

/// Refused by a layer that knows no problem documents: without content, or with a line of plain text.
fn is_bare(response: &Response) -> bool {
    const LENGTHS: [HeaderName; 1] = [header::CONTENT_TYPE];
    let kind = response.headers().get(&LENGTHS[0]).and_then(|value| value.to_str().ok());
    kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

fn bare(status: StatusCode, path: &str, method: &str) -> (&'static str, String) {
    match status {
        StatusCode::NOT_FOUND => ("unknown_route", format!("there is nothing at {path}")),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", format!("{method} is not possible at {path}; see the Allow header"))
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "the request's body is too large".into()),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "send application/json".into()),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => {
            ("timeout", "the request took too long; it may or may not have been carried out".into())
        }
        status if status.is_server_error() => ("internal", "something went wrong on our side".into()),
        _ => ("bad_request", "the request cannot be understood".into()),
    }
}

/// The answer to a request whose handler panicked: a bug, logged by the panic hook.
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let detail = "something went wrong on our side";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let line = cause.to_string();
        if !text.ends_with(&line) {
            text = format!("{text}: {line}");
        }
        source = cause.source();
    }
    text
}
