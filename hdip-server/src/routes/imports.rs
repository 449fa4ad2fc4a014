//! Imports of candidates from CSV.

use super::applications::Warning;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query, unreadable};
use crate::problem::{ApiError, ApiResult, FieldProblem};
use crate::state::AppState;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use hdip_core::Error;
use hdip_core::hiring::{
    HiringError, IMPORT_COLUMNS, ImportHeader, ImportRow, ImportedRow, MAX_IMPORT_ROWS, RowStatus, parse_row,
};
use hdip_core::values::{ApplicationId, FieldError, JobId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes a file may have.
const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Rows that are read before they are handed on.
const ROWS_TOGETHER: usize = 500;

/// `/v1/jobs/{id}/imports`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(import_candidates)).layer(DefaultBodyLimit::max(MAX_BYTES))
}

/// How to import.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Say of each row what would become of it, and write nothing.
    #[serde(default)]
    #[param(example = true)]
    pub dry_run: bool,
}

/// What became of a file.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Import {
    /// Whether it was a dry run: nothing was written.
    pub dry_run: bool,
    /// Rows that made (in a dry run: would make) an application.
    #[schema(example = 97)]
    pub created: u32,
    /// Rows whose reference names an application that is there already.
    #[schema(example = 2)]
    pub existing: u32,
    /// Rows that are invalid or refused.
    #[schema(example = 1)]
    pub failed: u32,
    /// Columns of the file that are not known, and were left out.
    pub ignored_columns: Vec<String>,
    /// Every row, in order.
    pub rows: Vec<ImportRowResult>,
}

/// What became of a row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportRowResult {
    /// Its number as people count: the header is row 1.
    #[schema(example = 2, minimum = 2)]
    pub row: u32,
    /// `created`, `existing`, `invalid` or `refused`.
    #[schema(example = "created")]
    pub status: String,
    /// The application; absent in a dry run for one that would be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: Option<ApplicationId>,
    /// Why not, with columns as fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What the importer should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl From<ImportedRow> for ImportRowResult {
    fn from(row: ImportedRow) -> Self {
        Self {
            row: row.row,
            status: row.status.as_str().to_owned(),
            application_id: row.application_id,
            errors: row.errors.into_iter().map(Into::into).collect(),
            warnings: row.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

/// Import candidates
///
/// A CSV file in UTF-8 with a header row, parted by commas or semicolons, of at most 5 MiB and 10,000 rows.
/// Columns, in any order and case: `name`, `email`, `phone`, `experience_months` or `experience_years`,
/// `current_company`, `designation`, `time_zone`, `gender`, `ats_reference`, `remark`; `name`, `email` and the
/// experience are required. Every row is answered; a bad row never stops the others. Repeating a file is
/// safe: rows with an `ats_reference` are known again, others are refused as already submitted.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/imports", tag = "hiring",
    params(("id" = String, Path, description = "Job", example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa"), ImportQuery),
    request_body(
        content = String, content_type = "text/csv", description = "The file",
        example = "name,email,experience_months,ats_reference\nAsha Rao,asha.rao@mail.example,60,ATS-77120\n"
    ),
    responses((status = 200, description = "What became of the rows", body = Import))
)]
async fn import_candidates(
    State(state): State<AppState>,
    caller: Caller,
    Path(job): Path<JobId>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<Import>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv") {
        let detail = "the body must be CSV with Content-Type: text/csv";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    let body = body.map_err(unreadable)?;
    let text = checked_text(&body)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        // Uneven rows are one row's fault, said with that row.
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| bad_csv(error.to_string()))?;
    let header = ImportHeader::parse(header).map_err(Error::from)?;
    count_rows(text)?;

    let mut run = state.hdip.begin_import(&caller, job, query.dry_run).await?;
    let mut answers = Vec::new();
    let mut rows = Vec::with_capacity(ROWS_TOGETHER);
    for (row, record) in (2..).zip(reader.records()) {
        rows.push(ImportRow { row, candidate: candidate(&header, job, record) });
        if rows.len() == ROWS_TOGETHER {
            answers.extend(state.hdip.import_rows(&caller, &mut run, &rows).await?);
            rows.clear();
        }
    }
    answers.extend(state.hdip.import_rows(&caller, &mut run, &rows).await?);

    let count = |status: RowStatus| answers.iter().filter(|row| row.status == status).count() as u32;
    let (created, existing) = (count(RowStatus::Created), count(RowStatus::Existing));
    Ok(Json(Import {
        dry_run: query.dry_run,
        created,
        existing,
        failed: answers.len() as u32 - created - existing,
        ignored_columns: header.ignored,
        rows: answers.into_iter().map(Into::into).collect(),
    }))
}

fn candidate(
    header: &ImportHeader,
    job: JobId,
    record: Result<csv::StringRecord, csv::Error>,
) -> Result<hdip_core::hiring::SubmitCandidate, Vec<FieldError>> {
    match record {
        Ok(record) => parse_row(header, job, &record.iter().collect::<Vec<_>>()),
        Err(error) => Err(vec![FieldError {
            field: String::new(),
            code: "unreadable_row".into(),
            message: error.to_string(),
        }]),
    }
}

fn bad_csv(reason: impl Into<String>) -> ApiError {
    Error::from(HiringError::BadCsv { reason: reason.into() }).into()
}

/// The file as text, without the mark that some programs put in front.
fn checked_text(body: &[u8]) -> ApiResult<&str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        return Err(bad_csv("it is UTF-16; save it as CSV UTF-8"));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        let line = body[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        bad_csv(format!("it is not UTF-8 (line {line}); save it as CSV UTF-8"))
    })?;
    if text.trim().is_empty() {
        return Err(bad_csv("it is empty"));
    }
    if text.contains('\0') {
        return Err(bad_csv("it holds NUL characters; is it a CSV file?"));
    }
    Ok(text)
}

/// Semicolon where the header has more of them than commas (spreadsheets of half the world write it).
fn delimiter(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |mark| header.matches(mark).count();
    if count(';') > count(',') { b';' } else { b',' }
}

/// Refuses a file with too many rows before any of them is carried out.
fn count_rows(text: &str) -> ApiResult<()> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(|error| bad_csv(error.to_string()))? {
        rows += 1;
        if rows > MAX_IMPORT_ROWS {
            return Err(bad_csv(format!("it has more than {MAX_IMPORT_ROWS} rows; part it")));
        }
    }
    match rows {
        0 => Err(bad_csv(format!(
            "it has no row below the header; known columns are {}",
            IMPORT_COLUMNS.join(", ")
        ))),
        _ => Ok(()),
    }
}
