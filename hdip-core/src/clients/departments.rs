//! Departments of a client. A job names one: a name that is in the list, whatever its case and spaces, is taken as
//! it stands there; another one is added to it.

use super::use_cases::own_client;
use super::{Client, ClientError, Department, fold};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::hiring::Job;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde_json::json;

impl Hdip {
    /// Departments of a client, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client; [`Error::Forbidden`] for interviewers, agencies, links.
    pub async fn departments(
        &self,
        ctx: &Ctx,
        client: ClientId,
        page: &Page,
    ) -> Result<Paged<Department>, Error> {
        if own_client(&ctx.actor)?.is_some_and(|own| own != client) {
            return Err(Error::NotFound("client"));
        }
        self.storage.get::<Client>(client).await?;
        let rows = self.storage.departments(client, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |department| department.id.to_string()))
    }

    /// One department.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client's; [`Error::Forbidden`] as [`Hdip::departments`].
    pub async fn department(&self, ctx: &Ctx, id: DepartmentId) -> Result<Department, Error> {
        let own = own_client(&ctx.actor)?;
        let department: Department = self.storage.get(id).await?;
        if own.is_some_and(|own| own != department.client_id) {
            return Err(Error::NotFound("department"));
        }
        Ok(department)
    }

    /// Adds a department.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins; [`Error::NotFound`] for
    /// another client; [`Error::Invalid`]; [`ClientError::DepartmentExists`].
    pub async fn add_department(
        &self,
        ctx: &Ctx,
        client: ClientId,
        name: &str,
    ) -> Result<Done<DepartmentId>, Error> {
        ctx.actor.need_client_admin(client)?;
        let name = &checked_name(name)?;
        self.decide(ctx, "add_department", &(client, name), || async move {
            self.storage.get::<Client>(client).await?;
            let department = self.new_department(ctx, client, name);
            self.refuse_second(&department.natural_key, None).await?;
            let mut changes = Changes::new();
            changes.insert(&department);
            self.tell_department(ctx, &mut changes, &department, "department.created");
            Ok(Decision { changes, output: department.id })
        })
        .await
    }

    /// Gives a department another name, in its jobs, too, all in one commit.
    ///
    /// # Errors
    /// As [`Hdip::add_department`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn rename_department(
        &self,
        ctx: &Ctx,
        id: DepartmentId,
        name: &str,
        expected_version: Option<i64>,
    ) -> Result<Department, Error> {
        let name = &checked_name(name)?;
        self.decide(ctx, "rename_department", &(id, name), || async move {
            let before = self.department_to_edit(ctx, id, expected_version).await?;
            let client = before.client_id;
            let natural_key = Department::key(client, name);
            self.refuse_second(&natural_key, Some(id)).await?;
            let after = Department { name: name.clone(), natural_key, ..before.clone() };
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.tell_department(ctx, &mut changes, &after, "department.updated");
                if let Some(entry) = changes.audit.last_mut() {
                    entry.changes = changed_fields(&before, &after);
                }
                for job in self.jobs_of_department(&before).await? {
                    let job = Job { department: Some(name.clone()), ..job };
                    changes.update(&job);
                    self.tell_job(ctx, &mut changes, &job, "job.updated");
                }
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        self.department(ctx, id).await
    }

    /// Takes a department off the list.
    ///
    /// # Errors
    /// As [`Hdip::rename_department`]; [`ClientError::DepartmentInUse`] while jobs name it, archived ones too.
    pub async fn remove_department(
        &self,
        ctx: &Ctx,
        id: DepartmentId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        self.decide(ctx, "remove_department", &id, || async move {
            let department = self.department_to_edit(ctx, id, expected_version).await?;
            let jobs = self.jobs_of_department(&department).await?.len();
            if jobs > 0 {
                return Err(ClientError::DepartmentInUse { jobs }.into());
            }
            let mut changes = Changes::new();
            changes.delete(&department);
            self.tell_department(ctx, &mut changes, &department, "department.removed");
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// The name of a job's department as it stands in the list, to which it is added if it is not there. The record
    /// is written again, so that it cannot be removed or renamed at the same moment.
    pub(crate) async fn named_department(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        client: ClientId,
        name: &str,
    ) -> Result<String, Error> {
        let known = self.storage.department_by_key(&Department::key(client, name)).await?;
        let department = known.unwrap_or_else(|| self.new_department(ctx, client, name));
        if department.version == 0 {
            self.tell_department(ctx, changes, &department, "department.created");
        }
        changes.put(&department);
        Ok(department.name)
    }

    async fn department_to_edit(
        &self,
        ctx: &Ctx,
        id: DepartmentId,
        expected_version: Option<i64>,
    ) -> Result<Department, Error> {
        let department = self.department(ctx, id).await?;
        ctx.actor.need_client_admin(department.client_id).map_err(|_| Error::Forbidden)?;
        expect_version(&department, expected_version)?;
        Ok(department)
    }

    async fn refuse_second(&self, natural_key: &str, except: Option<DepartmentId>) -> Result<(), Error> {
        match self.storage.department_by_key(natural_key).await? {
            Some(other) if Some(other.id) != except => Err(ClientError::DepartmentExists.into()),
            _ => Ok(()),
        }
    }

    async fn jobs_of_department(&self, department: &Department) -> Result<Vec<Job>, Error> {
        let key = fold(&department.name);
        let mut jobs = self.jobs_of_client(department.client_id).await?;
        jobs.retain(|job| job.department.as_deref().is_some_and(|name| fold(name) == key));
        Ok(jobs)
    }

    fn tell_department(&self, ctx: &Ctx, changes: &mut Changes, department: &Department, kind: &str) {
        changes.audit.push(self.audit(ctx, kind, department.id, Some(department.client_id)));
        let stream = Stream::Client(department.client_id);
        changes.events.push(self.event(ctx, stream, kind, department.id, json!({})));
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let mut fields = Fields::new();
    let name = fields.line("name", name, 1, 100);
    fields.done()?;
    Ok(name)
}
