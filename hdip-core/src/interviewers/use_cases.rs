//! Interviewers: entered by the operator, changed, moved up and down the ladder.

use super::*;
use crate::access::{AccessError, Role, User, UserStatus, check_password};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::hiring::{Words, parse_skills};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Interviews per week of an interviewer who says nothing else.
const DEFAULT_WEEKLY_CAP: u32 = 10;
/// Minutes between two interviews of an interviewer who says nothing else.
const DEFAULT_MINIMUM_GAP: u32 = 15;

/// What is said about an interviewer, as typed in: checked by the use cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InterviewerFields {
    /// Name, at most 200 characters.
    pub name: String,
    /// Address, unique among interviewers and users.
    pub email: String,
    /// Phone in E.164 form.
    pub phone: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA zone of the availability rules, weekly cap and mails.
    pub zone: String,
    /// BCP 47 language; the operator's when left out.
    pub locale: Option<String>,
    /// 1 to 3.
    pub level: u8,
    /// Any names of the catalogue's, at least one; kept as their slugs.
    pub specialisations: Vec<String>,
    /// 1 to 30; kept in the form they are compared in.
    pub skills: Vec<String>,
    /// Months, at most 720.
    pub experience_months: u32,
    /// Present employer, at most 200 characters.
    pub current_company: Option<String>,
    /// Former employers, at most 30.
    pub previous_companies: Vec<String>,
    /// Present role, at most 200 characters.
    pub designation: Option<String>,
    /// Interviews per ISO week of the zone, 1 to 100; 10 when left out.
    pub weekly_cap: Option<u32>,
    /// Minutes between two interviews, 0 to 480, a multiple of 5; 15 when left out.
    pub minimum_gap_minutes: Option<u32>,
    /// ISO 4217 code of what it is paid in.
    pub pay_currency: String,
}

/// An interviewer to enter.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateInterviewer {
    /// The interviewer.
    pub interviewer: InterviewerFields,
    /// First password of its user, under the rules of every password; without one it signs in after setting one by mail.
    /// Not part of what an idempotency key stands for: its hash would be a weak copy of it.
    #[serde(skip_serializing)]
    pub password: Option<String>,
}

impl std::fmt::Debug for CreateInterviewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateInterviewer").field("interviewer", &self.interviewer).finish_non_exhaustive()
    }
}

/// The interviewer that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedInterviewer {
    /// Its id.
    pub interviewer_id: InterviewerId,
    /// The user it signs in as.
    pub user_id: UserId,
}

/// Changes to an interviewer: what is `None` stays; of what can be empty, `Some(None)` empties it.
/// An interviewer can change its own name, phone, zone, language, companies, designation, cap and gap; the rest is
/// the operator's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as InterviewerFields
pub struct UpdateInterviewer {
    /// The version the editor saw.
    pub expected: Option<i64>,
    pub name: Option<String>,
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub phone: Option<Option<String>>,
    pub country: Option<String>,
    pub zone: Option<String>,
    pub locale: Option<String>,
    pub level: Option<u8>,
    pub specialisations: Option<Vec<String>>,
    pub skills: Option<Vec<String>>,
    pub experience_months: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub current_company: Option<Option<String>>,
    pub previous_companies: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub designation: Option<Option<String>>,
    pub weekly_cap: Option<u32>,
    pub minimum_gap_minutes: Option<u32>,
    pub pay_currency: Option<String>,
}

impl InterviewerFields {
    /// The interviewer these make, or nothing when a field is at fault. `frame` gives what is not said here.
    pub(crate) fn parse(
        &self,
        fields: &mut Fields,
        words: &Words,
        frame: Interviewer,
    ) -> Option<Interviewer> {
        let name = fields.line("name", &self.name, 1, 200);
        let email = fields.email("email", &self.email);
        let phone = self.phone.as_deref().filter(|phone| !phone.trim().is_empty());
        let phone = phone.and_then(|phone| fields.phone("phone", phone));
        let country = parse_country(fields, &self.country);
        let zone = fields.zone("zone", &self.zone);
        let locale = self.locale.as_deref().and_then(|locale| fields.locale("locale", locale));
        let level = fields.range("level", self.level, 1, 3);
        let held = |slug: &str| frame.specialisations.contains(slug);
        let specialisations = parse_specialisations(fields, words, &self.specialisations, held);
        let skills = parse_skills(fields, words, "skills", &self.skills);
        let experience_months = fields.range("experience_months", self.experience_months, 0, 720);
        let current_company = fields.optional_line("current_company", self.current_company.as_deref(), 200);
        let previous_companies = parse_companies(fields, &self.previous_companies);
        let designation = fields.optional_line("designation", self.designation.as_deref(), 200);
        let weekly_cap = fields.range("weekly_cap", self.weekly_cap.unwrap_or(DEFAULT_WEEKLY_CAP), 1, 100);
        let gap = self.minimum_gap_minutes.unwrap_or(DEFAULT_MINIMUM_GAP);
        fields.range("minimum_gap_minutes", gap, 0, 480);
        fields.ensure(
            gap.is_multiple_of(5),
            "minimum_gap_minutes",
            "not_multiple_of_5",
            "must be a multiple of 5",
        );
        let pay_currency = fields.parse("pay_currency", "unknown_currency", &self.pay_currency);
        let email = email?;
        Some(Interviewer {
            name,
            email_key: email.key(),
            email,
            phone,
            country,
            zone: zone?,
            locale: locale.unwrap_or_else(|| frame.locale.clone()),
            level,
            specialisations,
            skills,
            experience_months,
            current_company,
            previous_companies,
            designation,
            weekly_cap,
            minimum_gap_minutes: gap,
            pay_currency: pay_currency?,
            ..frame
        })
    }

    fn of(interviewer: &Interviewer) -> Self {
        Self {
            name: interviewer.name.clone(),
            email: interviewer.email.to_string(),
            phone: interviewer.phone.as_ref().map(Phone::to_string),
            country: interviewer.country.clone(),
            zone: interviewer.zone.to_string(),
            locale: Some(interviewer.locale.as_str().to_owned()),
            level: interviewer.level,
            specialisations: interviewer.specialisations.iter().cloned().collect(),
            skills: interviewer.skills.iter().cloned().collect(),
            experience_months: interviewer.experience_months,
            current_company: interviewer.current_company.clone(),
            previous_companies: interviewer.previous_companies.clone(),
            designation: interviewer.designation.clone(),
            weekly_cap: Some(interviewer.weekly_cap),
            minimum_gap_minutes: Some(interviewer.minimum_gap_minutes),
            pay_currency: interviewer.pay_currency.code().to_owned(),
        }
    }
}

/// An ISO 3166-1 alpha-2 code by its form.
pub(crate) fn parse_country(fields: &mut Fields, country: &str) -> String {
    let country = country.trim().to_ascii_uppercase();
    let two_letters = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    fields.ensure(two_letters, "country", "invalid_country", "must be an ISO 3166-1 code such as IN");
    country
}

/// At least one specialisation, by any of its names.
pub(crate) fn parse_specialisations(
    fields: &mut Fields,
    words: &Words,
    said: &[String],
    held: impl Fn(&str) -> bool,
) -> BTreeSet<String> {
    let field = "specialisations";
    fields.ensure(!said.is_empty(), field, "required", "must name at least one specialisation");
    fields.ensure(said.len() <= 50, field, "too_many", "must name at most 50 specialisations");
    let named = said.iter().take(50).enumerate();
    named
        .filter_map(|(i, text)| words.specialisation(fields, &format!("{field}[{i}]"), text, &held))
        .collect()
}

/// Former employers, at most 30.
pub(crate) fn parse_companies(fields: &mut Fields, said: &[String]) -> Vec<String> {
    let field = "previous_companies";
    fields.ensure(said.len() <= 30, field, "too_many", "must name at most 30 companies");
    let named = said.iter().take(30).enumerate();
    named.map(|(i, company)| fields.line(&format!("{field}[{i}]"), company, 1, 200)).collect()
}

impl UpdateInterviewer {
    fn over(&self, interviewer: &Interviewer) -> InterviewerFields {
        let mut said = InterviewerFields::of(interviewer);
        let new = self.clone();
        macro_rules! take {
            ($($field:ident),*) => {$( if let Some(value) = new.$field { said.$field = value; } )*};
        }
        take!(name, email, phone, country, zone, level, specialisations, skills, experience_months);
        take!(current_company, previous_companies, designation, pay_currency);
        said.locale = new.locale.or(said.locale);
        said.weekly_cap = new.weekly_cap.or(said.weekly_cap);
        said.minimum_gap_minutes = new.minimum_gap_minutes.or(said.minimum_gap_minutes);
        said
    }

    /// Names what only the operator may change: it decides who is matched and what is paid.
    fn refuse_operators_fields(&self) -> Result<(), Error> {
        let mut fields = Fields::new();
        for (said, field) in [
            (self.email.is_some(), "email"),
            (self.country.is_some(), "country"),
            (self.level.is_some(), "level"),
            (self.specialisations.is_some(), "specialisations"),
            (self.skills.is_some(), "skills"),
            (self.experience_months.is_some(), "experience_months"),
            (self.pay_currency.is_some(), "pay_currency"),
        ] {
            fields.ensure(!said, field, "operator_only", "can only be changed by the operator");
        }
        fields.done()
    }
}

impl Hdip {
    /// Enters an interviewer, `invited`, with the user it signs in as.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] naming the fields;
    /// [`InterviewerError::EmailTaken`]; [`AccessError::EmailTaken`] when the address is another user's.
    pub async fn create_interviewer(
        &self,
        ctx: &Ctx,
        new: CreateInterviewer,
    ) -> Result<Done<CreatedInterviewer>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let parsed = new.interviewer.parse(&mut fields, &self.words().await?, self.blank_interviewer(ctx));
        if let (Some(password), Some(parsed)) = (&new.password, &parsed) {
            check_password(&mut fields, "password", password, &parsed.email);
        }
        let parsed = fields.finish(parsed)?;
        let password_hash = match &new.password {
            Some(password) => Some(self.secrets.hash_password(password).await?),
            None => None,
        };
        self.decide(ctx, "create_interviewer", &new, || async {
            let mut changes = Changes::new();
            let (interviewer, user) =
                self.add_interviewer(ctx, &mut changes, &parsed, password_hash.clone()).await?;
            let output = CreatedInterviewer { interviewer_id: interviewer.id, user_id: user.id };
            Ok(Decision { changes, output })
        })
        .await
    }

    /// Adds an interviewer and the user it signs in as, unless somebody has the address.
    pub(crate) async fn add_interviewer(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        parsed: &Interviewer,
        password_hash: Option<String>,
    ) -> Result<(Interviewer, User), Error> {
        if self.storage.interviewer_by_email(&parsed.email_key).await?.is_some() {
            return Err(InterviewerError::EmailTaken.into());
        }
        if self.storage.user_by_email(&parsed.email_key).await?.is_some() {
            return Err(AccessError::EmailTaken.into());
        }
        let interviewer = Interviewer { id: self.ids.fresh(), ..parsed.clone() };
        let user = self.user_for(ctx, &interviewer, password_hash);
        changes.insert(&interviewer);
        changes.insert(&InterviewerSchedule { id: interviewer.id, confirmed_total: 0, version: 0 });
        changes.insert(&user);
        self.tell_interviewer(ctx, changes, &interviewer, "interviewer.created");
        Ok((interviewer, user))
    }

    pub(crate) fn blank_interviewer(&self, ctx: &Ctx) -> Interviewer {
        Interviewer {
            id: InterviewerId::from_bits(0),
            name: String::new(),
            email: self.operator.mail_from.clone(),
            email_key: String::new(),
            phone: None,
            country: String::new(),
            zone: self.operator.zone,
            locale: self.operator.locale.clone(),
            level: 1,
            status: InterviewerStatus::Invited,
            specialisations: Default::default(),
            skills: Default::default(),
            experience_months: 0,
            current_company: None,
            previous_companies: Vec::new(),
            designation: None,
            weekly_cap: DEFAULT_WEEKLY_CAP,
            minimum_gap_minutes: DEFAULT_MINIMUM_GAP,
            pay_currency: Currency::Inr,
            rating_hundredths: None,
            ratings: 0,
            created_at: ctx.now,
            certifications: Default::default(),
            leaves_at: None,
            version: 0,
        }
    }

    fn user_for(&self, ctx: &Ctx, interviewer: &Interviewer, password_hash: Option<String>) -> User {
        User {
            id: self.ids.fresh(),
            client_id: None,
            interviewer_id: Some(interviewer.id),
            agency_id: None,
            role: Role::Interviewer,
            name: interviewer.name.clone(),
            email: interviewer.email.clone(),
            email_key: interviewer.email_key.clone(),
            password_hash,
            status: UserStatus::Active,
            zone: interviewer.zone,
            locale: interviewer.locale.clone(),
            assigned_jobs_only: false,
            created_at: ctx.now,
            version: 0,
        }
    }

    /// An interviewer, for the operator and for itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another interviewer's; [`Error::Forbidden`] for everybody else.
    pub async fn interviewer(&self, ctx: &Ctx, id: InterviewerId) -> Result<InterviewerView, Error> {
        Ok(interviewer_view(&ctx.actor, self.own_or_operator(ctx, id).await?))
    }

    /// Interviewers, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::InvalidCursor`].
    pub async fn interviewers(
        &self,
        ctx: &Ctx,
        filter: &InterviewerFilter,
        page: &Page,
    ) -> Result<Paged<InterviewerView>, Error> {
        ctx.actor.need_operator()?;
        let rows = self.storage.interviewers(filter, &page.one_more()).await?;
        let paged = Paged::cut(rows, page.limit, |interviewer| interviewer.id.to_string());
        Ok(paged.map(|interviewer| interviewer_view(&ctx.actor, interviewer)))
    }

    /// An interviewer, if the caller is the operator or that interviewer.
    pub(crate) async fn own_or_operator(&self, ctx: &Ctx, id: InterviewerId) -> Result<Interviewer, Error> {
        if !ctx.actor.is_operator() && ctx.actor.interviewer()? != id {
            return Err(Error::NotFound(Interviewer::NAME));
        }
        self.storage.get(id).await
    }

    /// Changes an interviewer. A new zone moves its availability rules with it; confirmed interviews stay.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields, those only the operator may change included; [`Error::NotFound`];
    /// [`Error::Stale`]; [`InterviewerError::EmailTaken`], [`AccessError::EmailTaken`].
    pub async fn update_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        update: UpdateInterviewer,
    ) -> Result<Done<InterviewerId>, Error> {
        self.decide(ctx, "update_interviewer", &(id, &update), || async {
            let before = self.own_or_operator(ctx, id).await?;
            if !ctx.actor.is_operator() {
                update.refuse_operators_fields()?;
            }
            expect_version(&before, update.expected)?;
            let mut fields = Fields::new();
            let after = update.over(&before).parse(&mut fields, &self.words().await?, before.clone());
            let mut after = fields.finish(after)?;
            after.keep_certifications(before.level);
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.bump_schedule(&mut changes, id).await?;
                self.keep_user_in_step(&mut changes, &before, &after).await?;
                self.tell_interviewer(ctx, &mut changes, &after, "interviewer.updated");
                if let Some(audit) = changes.audit.last_mut() {
                    audit.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// Interviewer and user are one person: name, address, zone and language are the same on both.
    async fn keep_user_in_step(
        &self,
        changes: &mut Changes,
        before: &Interviewer,
        after: &Interviewer,
    ) -> Result<(), Error> {
        if after.email_key != before.email_key {
            if self.storage.interviewer_by_email(&after.email_key).await?.is_some() {
                return Err(InterviewerError::EmailTaken.into());
            }
            if self.storage.user_by_email(&after.email_key).await?.is_some() {
                return Err(AccessError::EmailTaken.into());
            }
        }
        let Some(user) = self.storage.user_of_interviewer(after.id).await? else { return Ok(()) };
        let same = User {
            name: after.name.clone(),
            email: after.email.clone(),
            email_key: after.email_key.clone(),
            zone: after.zone,
            locale: after.locale.clone(),
            ..user.clone()
        };
        if same != user {
            changes.update(&same);
        }
        Ok(())
    }

    /// Every change that decides when or for what an interviewer can be taken raises its owner row, so that
    /// decisions made on what was before are made again.
    pub(crate) async fn bump_schedule(&self, changes: &mut Changes, id: InterviewerId) -> Result<(), Error> {
        let schedule: Option<InterviewerSchedule> = self.storage.find(id).await?;
        changes.put(&schedule.unwrap_or(InterviewerSchedule { id, confirmed_total: 0, version: 0 }));
        Ok(())
    }

    pub(crate) fn tell_interviewer(&self, ctx: &Ctx, changes: &mut Changes, who: &Interviewer, kind: &str) {
        let data = json!({"interviewer_id": who.id, "status": who.status});
        changes.events.push(self.event(ctx, Stream::Operator, kind, who.id, data));
        changes.audit.push(self.audit(ctx, kind, who.id, None));
    }
}
