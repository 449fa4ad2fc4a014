//! Applications to become an interviewer: entered, reviewed, decided.

use super::*;
use crate::access::{Actor, User};
use crate::hdip::{Decision, hex};
use crate::hiring::{Words, parse_skills};
use crate::interviewers::{
    Interviewer, InterviewerFields, InterviewerStatus, parse_companies, parse_country, parse_specialisations,
};
use crate::notifications::{MailJob, MailKind};
use crate::ports::storage::*;
use crate::ports::{IdsExt, PutFile, one_piece};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt;

/// Web addresses somebody may give.
const MAX_LINKS: usize = 3;

/// A CV as it was handed over. `Debug` shows its length, an idempotency key remembers its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct CvUpload(pub Bytes);

impl fmt::Debug for CvUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CvUpload({} bytes)", self.0.len())
    }
}
impl Serialize for CvUpload {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        hex(&Sha256::digest(&self.0)).serialize(to)
    }
}

/// What an applicant says, as typed in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ApplicantFields {
    /// Name, at most 200 characters.
    pub name: String,
    /// Address.
    pub email: String,
    /// Phone in E.164 form.
    pub phone: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA zone.
    pub zone: String,
    /// BCP 47 language; the operator's when left out.
    pub locale: Option<String>,
    /// Months of experience, at most 720.
    pub experience_months: u32,
    /// Months of experience as an interviewer, not more than those.
    pub interviewing_months: u32,
    /// Any names of the catalogue's, at least one.
    pub specialisations: Vec<String>,
    /// 1 to 30.
    pub skills: Vec<String>,
    /// Present employer, at most 200 characters.
    pub current_company: Option<String>,
    /// Former employers, at most 30.
    pub previous_companies: Vec<String>,
    /// Present role, at most 200 characters.
    pub designation: Option<String>,
    /// At most 3 addresses that begin with `https://`.
    pub links: Vec<String>,
}

/// An application to hand in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Apply {
    /// What the applicant says.
    pub applicant: ApplicantFields,
    /// The CV; the public form requires it.
    pub cv: Option<CvUpload>,
}

/// How an accepted applicant begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcceptApplication {
    /// 1 to 3.
    pub level: u8,
    /// ISO 4217 code of what it is paid in.
    pub pay_currency: String,
}

/// Somebody with the same address or phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicate {
    /// Another application.
    Application(InterviewerApplicationId, InterviewerApplicationStatus),
    /// An interviewer.
    Interviewer(InterviewerId, InterviewerStatus),
}

/// An application with what its reviewer must know besides.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewedApplication {
    /// The application.
    pub application: InterviewerApplication,
    /// Who may be the same person.
    pub duplicates: Vec<Duplicate>,
}

/// `https://` addresses with a host, at most 3, each of at most 300 characters.
pub(crate) fn parse_links(fields: &mut Fields, said: &[String]) -> Vec<String> {
    fields.ensure(said.len() <= MAX_LINKS, "links", "too_many", "must have at most 3 links");
    let said = said.iter().take(MAX_LINKS).enumerate();
    said.map(|(i, link)| {
        let field = format!("links[{i}]");
        let link = fields.line(&field, link, 1, 300);
        let host =
            link.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let good = host.is_some_and(|host| {
            host.contains('.') && !host.starts_with('.') && !host.contains(['@', '\\']) && host.is_ascii()
        });
        let plain = !link.contains(char::is_whitespace);
        fields.ensure(
            link.is_empty() || (good && plain),
            &field,
            "invalid_link",
            "must be an https:// address",
        );
        link
    })
    .collect()
}

impl ApplicantFields {
    fn parse(
        &self,
        fields: &mut Fields,
        words: &Words,
        hdip: &Hdip,
        source: ApplicationOrigin,
        now: Timestamp,
    ) -> Option<InterviewerApplication> {
        let name = fields.line("name", &self.name, 1, 200);
        let email = fields.email("email", &self.email);
        let phone = fields.phone("phone", &self.phone);
        let country = parse_country(fields, &self.country);
        let zone = fields.zone("zone", &self.zone);
        let locale = self.locale.as_deref().and_then(|locale| fields.locale("locale", locale));
        let experience_months = fields.range("experience_months", self.experience_months, 0, 720);
        let interviewing_months = fields.range("interviewing_months", self.interviewing_months, 0, 720);
        let fits = interviewing_months <= experience_months;
        fields.ensure(
            fits,
            "interviewing_months",
            "more_than_experience",
            "must not be more than the experience",
        );
        let specialisations = parse_specialisations(fields, words, &self.specialisations, |_| false);
        let skills = parse_skills(fields, words, "skills", &self.skills);
        let current_company = fields.optional_line("current_company", self.current_company.as_deref(), 200);
        let previous_companies = parse_companies(fields, &self.previous_companies);
        let designation = fields.optional_line("designation", self.designation.as_deref(), 200);
        let links = parse_links(fields, &self.links);
        let email = email?;
        Some(InterviewerApplication {
            id: InterviewerApplicationId::from_bits(0),
            source,
            name,
            email_key: email.key(),
            email,
            phone: phone?,
            country,
            zone: zone?,
            locale: locale.unwrap_or_else(|| hdip.operator.locale.clone()),
            experience_months,
            interviewing_months,
            specialisations,
            skills,
            current_company,
            previous_companies,
            designation,
            links,
            cv_file_id: None,
            cv_type: None,
            status: InterviewerApplicationStatus::Received,
            decided_at: None,
            decided_by: None,
            reason: None,
            interviewer_id: None,
            created_at: now,
            version: 0,
        })
    }
}

impl Hdip {
    /// Takes an application, by the operator or, from anybody, by the public form. Whether the person is known
    /// already is not said: it is the reviewer's to see.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for signed-in people who are not the operator's; [`Error::Invalid`] naming the fields, for
    /// the CV with `required`, `too_large` or `not_a_document`; [`AccessError::Throttled`](crate::access::AccessError)
    /// for one peer too often; [`Error::Port`] when the CV cannot be kept, and then nothing is.
    pub async fn apply_as_interviewer(
        &self,
        ctx: &Ctx,
        apply: Apply,
    ) -> Result<Done<InterviewerApplicationId>, Error> {
        let source = match &ctx.actor {
            Actor::Anonymous => ApplicationOrigin::PublicForm,
            actor if actor.is_operator() => ApplicationOrigin::Operator,
            _ => return Err(Error::Forbidden),
        };
        let mut ctx = ctx.clone();
        if source == ApplicationOrigin::PublicForm {
            // Keys of people who have not said who they are would be each other's.
            ctx.idempotency = None;
            self.count_application(&ctx).await?;
        }
        let ctx = &ctx;
        let mut fields = Fields::new();
        let parsed = apply.applicant.parse(&mut fields, &self.words().await?, self, source, ctx.now);
        let cv_type = match &apply.cv {
            Some(cv) => check_document(&mut fields, "cv", &cv.0),
            None => {
                let optional = source == ApplicationOrigin::Operator;
                fields.ensure(optional, "cv", "required", "must be handed in, as PDF or DOCX");
                None
            }
        };
        let parsed = fields.finish(parsed)?;
        let file = apply.cv.as_ref().map(|cv| (self.ids.fresh(), cv.0.clone()));
        let cv_file_id = file.as_ref().map(|(id, _)| *id);
        let decided = self.decide(ctx, "apply_as_interviewer", &apply, || async {
            let application =
                InterviewerApplication { id: self.ids.fresh(), cv_file_id, cv_type, ..parsed.clone() };
            let mut changes = Changes::new();
            changes.insert(&application);
            changes.jobs.push(self.applicant_mail(ctx, MailKind::ApplicationReceived, application.id));
            self.tell_applicant_step(
                ctx,
                &mut changes,
                &application,
                "interviewer_application.received",
                None,
            );
            Ok(Decision { changes, output: application.id })
        });
        self.with_file(file, decided).await
    }

    /// Stores a document, carries out the decision that names it, and takes it away again when no record does.
    pub(crate) async fn with_file<T>(
        &self,
        file: Option<(FileId, Bytes)>,
        decided: impl Future<Output = Result<Done<T>, Error>>,
    ) -> Result<Done<T>, Error> {
        let Some((id, content)) = file else { return decided.await };
        self.files.put(PutFile { id, body: one_piece(content), limit: MAX_DOCUMENT_BYTES as u64 }).await?;
        let done = decided.await;
        if !done.as_ref().is_ok_and(|done| !done.replayed) {
            // One that cannot be taken away is waste, not a failure.
            let _ = self.files.delete(id).await;
        }
        done
    }

    /// An application, with who may be the same person.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::NotFound`].
    pub async fn interviewer_application(
        &self,
        ctx: &Ctx,
        id: InterviewerApplicationId,
    ) -> Result<ReviewedApplication, Error> {
        ctx.actor.need_operator()?;
        let application: InterviewerApplication = self.storage.get(id).await?;
        let (phone, key) = (&application.phone, &application.email_key);
        let others = self.storage.applications_like(key, phone).await?;
        let others = others.into_iter().filter(|other| other.id != id);
        let mut duplicates: Vec<_> =
            others.map(|other| Duplicate::Application(other.id, other.status)).collect();
        let people = self.storage.interviewers_like(key, phone).await?;
        let people = people.into_iter().filter(|person| application.interviewer_id != Some(person.id));
        duplicates.extend(people.map(|person| Duplicate::Interviewer(person.id, person.status)));
        Ok(ReviewedApplication { application, duplicates })
    }

    /// Applications, newest first; only in one status if so asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::InvalidCursor`].
    pub async fn interviewer_applications(
        &self,
        ctx: &Ctx,
        status: Option<InterviewerApplicationStatus>,
        page: &Page,
    ) -> Result<Paged<InterviewerApplication>, Error> {
        ctx.actor.need_operator()?;
        let rows = self.storage.interviewer_applications(status, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |application| application.id.to_string()))
    }

    /// The CV of an application.
    ///
    /// # Errors
    /// As [`Hdip::interviewer_application`]; [`Error::NotFound`] also where there is none.
    pub async fn application_cv(
        &self,
        ctx: &Ctx,
        id: InterviewerApplicationId,
    ) -> Result<InterviewerCv, Error> {
        ctx.actor.need_operator()?;
        let application: InterviewerApplication = self.storage.get(id).await?;
        self.open_cv(application.cv_file_id, application.cv_type).await
    }

    /// Turns an application down; the reason is mailed to the applicant.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] without a reason;
    /// [`LadderError::ApplicationDecided`]; [`Error::Stale`]; [`Error::NotFound`].
    pub async fn reject_application(
        &self,
        ctx: &Ctx,
        id: InterviewerApplicationId,
        reason: &str,
        expected: Option<i64>,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let reason = fields.text("reason", reason, 1, 1000);
        fields.done()?;
        self.decide(ctx, "reject_application", &(id, &reason, expected), || async {
            let mut application = self.to_decide(id, expected).await?;
            application.status = InterviewerApplicationStatus::Rejected;
            application.decided_at = Some(ctx.now);
            application.decided_by = Some(ctx.actor.label());
            application.reason = Some(reason.clone());
            let mut changes = Changes::new();
            changes.update(&application);
            changes.jobs.push(self.applicant_mail(ctx, MailKind::ApplicationRejected, id));
            let said = Some(reason.clone());
            self.tell_applicant_step(
                ctx,
                &mut changes,
                &application,
                "interviewer_application.rejected",
                said,
            );
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Makes an applicant an interviewer, `invited`: it is welcomed, and its user sets a password by the link it is
    /// mailed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] naming the fields;
    /// [`LadderError::ApplicationDecided`]; [`Error::Stale`]; `email_taken` when the address is an interviewer's or
    /// user's; [`Error::NotFound`].
    pub async fn accept_application(
        &self,
        ctx: &Ctx,
        id: InterviewerApplicationId,
        accept: AcceptApplication,
        expected: Option<i64>,
    ) -> Result<Done<InterviewerId>, Error> {
        ctx.actor.need_operator()?;
        self.decide(ctx, "accept_application", &(id, &accept, expected), || async {
            let mut application = self.to_decide(id, expected).await?;
            let said = InterviewerFields {
                name: application.name.clone(),
                email: application.email.to_string(),
                phone: Some(application.phone.to_string()),
                country: application.country.clone(),
                zone: application.zone.to_string(),
                locale: Some(application.locale.as_str().to_owned()),
                level: accept.level,
                specialisations: application.specialisations.iter().cloned().collect(),
                skills: application.skills.iter().cloned().collect(),
                experience_months: application.experience_months,
                current_company: application.current_company.clone(),
                previous_companies: application.previous_companies.clone(),
                designation: application.designation.clone(),
                weekly_cap: None,
                minimum_gap_minutes: None,
                pay_currency: accept.pay_currency.clone(),
            };
            // What was offered when the application came may be retired by now.
            let frame = Interviewer {
                specialisations: application.specialisations.clone(),
                ..self.blank_interviewer(ctx)
            };
            let mut fields = Fields::new();
            let parsed = said.parse(&mut fields, &self.words().await?, frame);
            let parsed = fields.finish(parsed)?;
            let mut changes = Changes::new();
            let (interviewer, user): (Interviewer, User) =
                self.add_interviewer(ctx, &mut changes, &parsed, None).await?;
            changes.insert(&InterviewerProfile {
                id: interviewer.id,
                interviewing_months: application.interviewing_months,
                links: application.links.clone(),
                cv_file_id: application.cv_file_id,
                cv_type: application.cv_type,
                updated_at: ctx.now,
                version: 0,
            });
            let invited = InterviewerStatus::Invited;
            let step = self.ladder_step(ctx, &interviewer, invited, LadderStepKind::Invited, None);
            changes.insert(&step);
            changes.jobs.push(self.ladder_mail(ctx, MailKind::InterviewerWelcome, &step));
            self.add_invitation(ctx, &mut changes, &user).await?;
            application.status = InterviewerApplicationStatus::Accepted;
            application.decided_at = Some(ctx.now);
            application.decided_by = Some(ctx.actor.label());
            application.interviewer_id = Some(interviewer.id);
            changes.update(&application);
            self.tell_applicant_step(
                ctx,
                &mut changes,
                &application,
                "interviewer_application.accepted",
                None,
            );
            Ok(Decision { changes, output: interviewer.id })
        })
        .await
    }

    async fn to_decide(
        &self,
        id: InterviewerApplicationId,
        expected: Option<i64>,
    ) -> Result<InterviewerApplication, Error> {
        let application: InterviewerApplication = self.storage.get(id).await?;
        crate::edits::expect_version(&application, expected)?;
        match application.status {
            InterviewerApplicationStatus::Received => Ok(application),
            status => Err(LadderError::ApplicationDecided { status: status.as_str() }.into()),
        }
    }

    fn applicant_mail(&self, ctx: &Ctx, kind: MailKind, id: InterviewerApplicationId) -> NewJob {
        self.mail(ctx, None, MailJob::about_applicant(kind, id), "decision")
    }

    fn tell_applicant_step(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        application: &InterviewerApplication,
        kind: &str,
        reason: Option<String>,
    ) {
        let data = json!({"status": application.status, "interviewer_id": application.interviewer_id});
        changes.events.push(self.event(ctx, Stream::Operator, kind, application.id, data));
        let mut audit = self.audit(ctx, kind, application.id, None);
        audit.reason = reason;
        audit.changes = json!({"status": application.status, "source": application.source});
        changes.audit.push(audit);
    }
}
