//! Imports: a table of candidates, row by row. Reading the file is the edge's; what a row means, and what
//! becomes of it, is decided here. A bad row never stops the others.

use super::submit::{Batch, Opening};
use super::*;
use crate::hdip::Decision;
use crate::values::*;
use crate::{Ctx, Error, ErrorKind, Hdip};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows an import may have.
pub const MAX_IMPORT_ROWS: usize = 10_000;
/// Rows that are committed together.
const ROWS_TOGETHER: usize = 100;

/// The columns an import knows. `name`, `email` and one of the experience columns are required.
pub const IMPORT_COLUMNS: [&str; 11] = [
    "name",
    "email",
    "phone",
    "experience_months",
    "experience_years",
    "current_company",
    "designation",
    "time_zone",
    "gender",
    "ats_reference",
    "remark",
];

/// The header row, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportHeader {
    places: BTreeMap<&'static str, usize>,
    /// Columns that are not of [`IMPORT_COLUMNS`]: left out, and said so.
    pub ignored: Vec<String>,
    /// How many columns a row has.
    pub width: usize,
}

impl ImportHeader {
    /// Reads the header. Names count without case; spaces and dashes are underscores.
    ///
    /// # Errors
    /// [`HiringError::BadCsv`] when a required column is missing, or a column is there twice.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, HiringError> {
        let bad = |reason: String| Err(HiringError::BadCsv { reason });
        let mut header = Self { places: BTreeMap::new(), ignored: Vec::new(), width: 0 };
        for (place, name) in names.into_iter().enumerate() {
            header.width = place + 1;
            let key = name.trim().to_lowercase().replace([' ', '-'], "_");
            match IMPORT_COLUMNS.iter().find(|column| **column == key) {
                Some(column) => {
                    if header.places.insert(column, place).is_some() {
                        return bad(format!("the column {column} is there twice"));
                    }
                }
                None => header.ignored.push(name.trim().chars().take(100).collect()),
            }
        }
        for required in ["name", "email"] {
            if !header.places.contains_key(required) {
                return bad(format!("the column {required} is missing from the first row"));
            }
        }
        let has = |column| header.places.contains_key(column);
        match (has("experience_months"), has("experience_years")) {
            (true, true) => bad("give either experience_months or experience_years, not both".into()),
            (false, false) => bad("the column experience_months (or experience_years) is missing".into()),
            _ => Ok(header),
        }
    }
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// Its number as people count: the header is row 1.
    pub row: u32,
    /// The candidate, or what is wrong with the row.
    pub candidate: Result<SubmitCandidate, Vec<FieldError>>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// An application was made (in a dry run: would be).
    Created,
    /// Its reference names an application that is there already.
    Existing,
    /// Fields break rules.
    Invalid,
    /// The state of the world does not allow it, for example the person is on the job already.
    Refused,
}

impl RowStatus {
    /// As sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Existing => "existing",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
        }
    }
}

/// A row, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// Its number as people count: the header is row 1.
    pub row: u32,
    /// What became of it.
    pub status: RowStatus,
    /// The application; none in a dry run, for one that would be made.
    pub application_id: Option<ApplicationId>,
    /// Why not, with columns as fields.
    pub errors: Vec<FieldError>,
    /// What the importer should know.
    pub warnings: Vec<Warning>,
}

/// Maps a record to a candidate for `job`.
///
/// # Errors
/// Every complaint about the row, with columns as fields.
pub fn parse_row(
    header: &ImportHeader,
    job: JobId,
    cells: &[&str],
) -> Result<SubmitCandidate, Vec<FieldError>> {
    let mut fields = Fields::new();
    if cells.len() != header.width {
        let message = format!("has {} cells, the header has {}", cells.len(), header.width);
        fields.wrong("", "uneven_row", message);
        return Err(fields.into_errors());
    }
    let cell = |column: &str| {
        let text = cells[*header.places.get(column)?].trim();
        (!text.is_empty()).then_some(text)
    };
    let text = |column: &str| cell(column).map(str::to_owned);
    let candidate = SubmitCandidate {
        job,
        person: CandidateFields {
            name: text("name").unwrap_or_default(),
            email: text("email").unwrap_or_default(),
            phone: text("phone"),
            experience_months: experience(&mut fields, &cell),
            current_company: text("current_company"),
            designation: text("designation"),
            zone: text("time_zone"),
            locale: None,
            gender: text("gender"),
        },
        ats_reference: text("ats_reference"),
        remark: text("remark"),
        recruiter: None,
    };
    candidate.parse(&mut fields);
    match fields.is_ok() {
        true => Ok(candidate),
        false => Err(fields.into_errors().into_iter().map(named_by_column).collect()),
    }
}

/// Fields and columns have the same names, but for the zone.
fn named_by_column(error: FieldError) -> FieldError {
    if error.field == "zone" { FieldError { field: "time_zone".into(), ..error } } else { error }
}

/// Months from either column; years may have a part (`3.5`, also `3,5`).
fn experience<'a>(fields: &mut Fields, cell: &impl Fn(&str) -> Option<&'a str>) -> u32 {
    if let Some(months) = cell("experience_months") {
        return fields.parse("experience_months", "invalid_number", months).unwrap_or_default();
    }
    let Some(years) = cell("experience_years") else {
        fields.wrong("experience_months", "required", "must not be empty");
        return 0;
    };
    match years.replace(',', ".").parse::<f64>() {
        Ok(years) if (0.0..=60.0).contains(&years) => (years * 12.0).round() as u32,
        _ => {
            fields.wrong("experience_years", "invalid_number", "must be a number of years from 0 to 60");
            0
        }
    }
}

/// An import under way.
#[derive(Debug)]
pub struct ImportRun {
    job: JobId,
    /// In a dry run: everything that would have been written, so that rows are held against each other.
    dry: Option<Batch>,
}

impl Hdip {
    /// Begins an import into a job. A dry run says of each row what would become of it, and writes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a job the caller does not see; [`HiringError::ClientNotActive`],
    /// [`HiringError::JobArchived`], [`HiringError::NoRound`], which would refuse every row.
    pub async fn begin_import(&self, ctx: &Ctx, job: JobId, dry_run: bool) -> Result<ImportRun, Error> {
        self.opening(ctx, job).await?.check()?;
        Ok(ImportRun { job, dry: dry_run.then(Batch::default) })
    }

    /// Imports the next rows of a file, a hundred to a commit. Repeating a file is safe: rows with an
    /// `ats_reference` are known again, others are refused as already submitted.
    ///
    /// # Errors
    /// Only when storage fails; what was committed before stays, and repeating goes on from there.
    pub async fn import_rows(
        &self,
        ctx: &Ctx,
        run: &mut ImportRun,
        rows: &[ImportRow],
    ) -> Result<Vec<ImportedRow>, Error> {
        if let Some(batch) = &mut run.dry {
            let mut answers = self.try_rows(ctx, run.job, rows, batch).await?.0;
            for answer in answers.iter_mut().filter(|answer| answer.status == RowStatus::Created) {
                answer.application_id = None;
            }
            return Ok(answers);
        }
        // Rows are known again by their references, not by the key of the whole request.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let mut answers = Vec::with_capacity(rows.len());
        for together in rows.chunks(ROWS_TOGETHER) {
            let done = self
                .decide(ctx, "import_rows", &(), || async {
                    let mut batch = Batch::default();
                    let (output, opening) = self.try_rows(ctx, run.job, together, &mut batch).await?;
                    let changes = batch.into_changes(&opening);
                    Ok(Decision { changes, output })
                })
                .await?;
            answers.extend(done.output);
        }
        Ok(answers)
    }

    async fn try_rows(
        &self,
        ctx: &Ctx,
        job: JobId,
        rows: &[ImportRow],
        batch: &mut Batch,
    ) -> Result<(Vec<ImportedRow>, Opening), Error> {
        let opening = self.opening(ctx, job).await?;
        let mut answers = Vec::with_capacity(rows.len());
        for row in rows {
            let answer = |status, application_id, errors, warnings| ImportedRow {
                row: row.row,
                status,
                application_id,
                errors,
                warnings,
            };
            let wanted = match &row.candidate {
                Ok(candidate) => {
                    let mut fields = Fields::new();
                    let wanted = candidate.parse(&mut fields);
                    fields.finish(wanted)
                }
                Err(errors) => Err(Error::Invalid(errors.clone())),
            };
            let submitted = match wanted {
                Ok(wanted) => self.add_submission(ctx, &opening, wanted, batch).await,
                Err(error) => Err(error),
            };
            answers.push(match submitted {
                Ok(done) => {
                    let status = if done.created { RowStatus::Created } else { RowStatus::Existing };
                    answer(status, Some(done.application_id), Vec::new(), done.warnings)
                }
                Err(Error::Invalid(errors)) => answer(RowStatus::Invalid, None, errors, Vec::new()),
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let field = match &error {
                        Error::Hiring(HiringError::AlreadySubmitted) => "email",
                        Error::Hiring(HiringError::ReferenceInUse) => "ats_reference",
                        _ => "",
                    };
                    let error = FieldError {
                        field: field.into(),
                        code: error.code().into(),
                        message: error.to_string(),
                    };
                    answer(RowStatus::Refused, None, vec![error], Vec::new())
                }
                Err(error) => return Err(error),
            });
        }
        Ok((answers, opening))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Result<ImportHeader, HiringError> {
        ImportHeader::parse(names.split(','))
    }

    fn row(names: &str, cells: &[&str]) -> Result<SubmitCandidate, Vec<String>> {
        parse_row(&header(names).unwrap(), JobId::from_bits(1), cells)
            .map_err(|errors| errors.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect())
    }

    #[test]
    fn headers_count_without_case_and_unknown_ones_are_named() {
        let header = header("Name,E-Mail,EMAIL,Time Zone,Experience-Months").unwrap();
        assert_eq!((header.width, header.ignored), (5, vec!["E-Mail".to_owned()]));
    }

    #[test]
    fn a_header_that_cannot_be_meant_is_refused() {
        for (names, said) in [
            ("email,experience_months", "name is missing"),
            ("name,experience_months", "email is missing"),
            ("name,email", "experience_months (or experience_years) is missing"),
            ("name,email,email,experience_months", "email is there twice"),
            ("name,email,experience_months,experience_years", "not both"),
        ] {
            let error = header(names).unwrap_err().to_string();
            assert!(error.contains(said), "{names}: {error}");
        }
    }

    #[test]
    fn rows_become_candidates() {
        let names = "name,email,experience_years,phone,ats_reference";
        let got = row(names, &[" Asha Rao ", "asha@corp.example", "3,5", "+91 98765 43210", ""]).unwrap();
        assert_eq!((got.person.experience_months, got.ats_reference), (42, None));
        assert_eq!(got.person.name, "Asha Rao");
    }

    #[test]
    fn every_complaint_about_a_row_is_named() {
        let names = "name,email,experience_years,phone,time_zone";
        let errors = row(names, &["", "nobody", "many", "12", "Mars/Base"]).unwrap_err();
        assert_eq!(
            errors,
            [
                "experience_years:invalid_number",
                "name:required",
                "email:invalid_email",
                "phone:invalid_phone",
                "time_zone:unknown_zone"
            ]
        );
        assert_eq!(row(names, &["Asha"]).unwrap_err(), [":uneven_row"]);
        for odd in ["-1", "NaN", "inf", "61", "1e9"] {
            let errors = row(names, &["A", "a@b.co", odd, "", ""]).unwrap_err();
            assert_eq!(errors, ["experience_years:invalid_number"], "{odd}");
        }
    }
}
