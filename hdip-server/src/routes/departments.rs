//! Departments of clients.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::clients as domain;
use hdip_core::values::{ClientId, DepartmentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients/{id}/departments`, `/v1/departments/{id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_departments, add_department)).routes(routes!(
        get_department,
        rename_department,
        remove_department
    ))
}

/// A department of a client.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Department {
    /// Its id.
    #[schema(value_type = String, example = "dept_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: DepartmentId,
    /// Whose.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// Name.
    #[schema(example = "Data Platform")]
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::Department> for Department {
    fn from(department: domain::Department) -> Self {
        let domain::Department { id, client_id, name, created_at, .. } = department;
        Self { id, client_id, name, created_at }
    }
}

/// The name of a department, unique within the client whatever its case and spaces.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentInput {
    /// Name.
    #[schema(example = "Data Platform", min_length = 1, max_length = 100)]
    pub name: String,
}

/// List a client's departments
///
/// Newest first. A job that names another one adds it.
#[utoipa::path(
    get, path = "/v1/clients/{id}/departments", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"), PageQuery),
    responses((status = 200, description = "A page of departments", body = PageOf<Department>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_departments(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Department>>> {
    let page = page.page::<DepartmentId>()?;
    Ok(Json(PageOf::of(state.hdip.departments(&caller, id, &page).await?)))
}

/// Add a department to a client
///
/// 409 `department_exists` if there is one of that name. For the operator and the client's owner and admins.
#[utoipa::path(
    post, path = "/v1/clients/{id}/departments", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    request_body = DepartmentInput,
    responses((status = 201, description = "Added", body = Department), (status = "default", description = "Refused", body = Problem))
)]
async fn add_department(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(input): Json<DepartmentInput>,
) -> ApiResult<Created<Department>> {
    let done = state.hdip.add_department(&caller, id, &input.name).await?;
    let department = state.hdip.department(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/departments/{}", department.id),
        version: Some(department.version),
        replayed: done.replayed,
        body: department.into(),
    })
}

/// Read a department
#[utoipa::path(
    get, path = "/v1/departments/{id}", tag = "clients",
    params(("id" = String, Path, description = "Department", example = "dept_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The department", body = Department), (status = "default", description = "Refused", body = Problem))
)]
async fn get_department(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<DepartmentId>,
) -> ApiResult<(ETag, Json<Department>)> {
    let department = state.hdip.department(&caller, id).await?;
    Ok((ETag(department.version), Json(department.into())))
}

/// Rename a department
///
/// In its jobs, too.
#[utoipa::path(
    patch, path = "/v1/departments/{id}", tag = "clients",
    params(
        ("id" = String, Path, description = "Department", example = "dept_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the department you saw. If it has changed since, the answer is 412.")
    ),
    request_body = DepartmentInput,
    responses((status = 200, description = "Renamed", body = Department), (status = "default", description = "Refused", body = Problem))
)]
async fn rename_department(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<DepartmentId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<DepartmentInput>,
) -> ApiResult<(ETag, Json<Department>)> {
    let department = state.hdip.rename_department(&caller, id, &input.name, expected_version).await?;
    Ok((ETag(department.version), Json(department.into())))
}

/// Remove a department
///
/// 409 `department_in_use` while jobs name it.
#[utoipa::path(
    delete, path = "/v1/departments/{id}", tag = "clients",
    params(
        ("id" = String, Path, description = "Department", example = "dept_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the department you saw. If it has changed since, the answer is 412.")
    ),
    responses((status = 204, description = "Removed"), (status = "default", description = "Refused", body = Problem))
)]
async fn remove_department(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<DepartmentId>,
    IfMatch(expected_version): IfMatch,
) -> ApiResult<StatusCode> {
    state.hdip.remove_department(&caller, id, expected_version).await?;
    Ok(StatusCode::NO_CONTENT)
}
