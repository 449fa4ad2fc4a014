//! The one operation that takes a file instead of JSON.

use crate::{Client, Error, ResponseValue, types};
use bytes::Bytes;
use progenitor_client::{ClientHooks, OperationInfo, encode_path};
use reqwest::header::{ACCEPT, CONTENT_TYPE};

impl Client {
    /// Submits every row of a CSV file (UTF-8, header row, at most 5 MiB and 10,000 rows) to a job; the
    /// document's `import_candidates` lists the columns. Every row is answered; a bad one never stops the
    /// others. A dry run says what would become of the rows and writes nothing.
    ///
    /// # Errors
    /// [`Error::ErrorResponse`] when the file as a whole is refused, for example for a missing column.
    pub async fn import_candidates(
        &self,
        job: &str,
        file: impl Into<Bytes>,
        dry_run: bool,
    ) -> Result<ResponseValue<types::Import>, Error<types::Problem>> {
        let info = OperationInfo { operation_id: "import_candidates" };
        let url = format!("{}/v1/jobs/{}/imports", self.baseurl, encode_path(job));
        let request = self
            .client
            .post(url)
            .query(&[("dry_run", dry_run)])
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "text/csv; charset=utf-8")
            .body(file.into())
            .build()?;
        let answer = self.exec(request, &info).await?;
        match answer.status().as_u16() {
            200..=299 => ResponseValue::from_response(answer).await,
            400..=599 => Err(Error::ErrorResponse(ResponseValue::from_response(answer).await?)),
            _ => Err(Error::UnexpectedResponse(answer)),
        }
    }
}
