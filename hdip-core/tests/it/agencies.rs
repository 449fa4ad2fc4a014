//! Agencies: made and ended, what they hand over and see, who was first.

use crate::stories::*;
use hdip_core::access::{CreateUser, Role, SignIn, User, UserStatus};
use hdip_core::agencies::*;
use hdip_core::clients::{Client, UpdateClient};
use hdip_core::hiring::*;
use hdip_core::ports::storage::*;
use hdip_core::ports::{Clock, IdsExt};
use hdip_core::testkit::{World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};

async fn create(world: &World, ctx: &Ctx, name: &str) -> Result<AgencyId, Error> {
    let new = CreateAgency { client: None, name: name.into() };
    world.hdip.create_agency(ctx, new).await.map(|done| done.output)
}

fn rename(name: &str, expected: Option<i64>) -> RenameAgency {
    RenameAgency { name: name.into(), expected }
}

fn invite(address: &str) -> InviteAgencyUser {
    InviteAgencyUser { email: address.into(), name: "Agnes Agent".into(), ..Default::default() }
}

/// Two agencies with a user each, both named on a job.
struct Firms {
    world: World,
    job: Job,
    round: Round,
    best: Agency,
    agnes: User,
    ron: User,
}

impl Firms {
    async fn new() -> Self {
        let world = world().await;
        let (job, round) = world.job().await;
        let (best, rivals) = (world.agency("Best Hires").await, world.agency("Rivals").await);
        let agnes = world.agency_user(&best, "agnes@best.example").await;
        let ron = world.agency_user(&rivals, "ron@rivals.example").await;
        let update = UpdateJob { recruiters: Some(vec![agnes.id, ron.id]), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), job.id, update).await.unwrap();
        Self { world, job, round, best, agnes, ron }
    }

    fn agnes(&self) -> Ctx {
        self.world.as_agent(&self.agnes, &[self.job.id])
    }

    fn ron(&self) -> Ctx {
        self.world.as_agent(&self.ron, &[self.job.id])
    }

    async fn submit(&self, ctx: &Ctx, name: &str) -> Result<Submitted, Error> {
        submit(&self.world, ctx, submission(self.job.id, name)).await
    }

    async fn drop(&self, id: ApplicationId) {
        drop_it(&self.world, id).await;
    }

    fn pass(&self, by: Duration) {
        self.world.clock.set(self.world.clock.now() + by);
    }

    /// `agency accepted times matched_by` of every attempt on an application, newest first.
    async fn attempts(&self, id: ApplicationId) -> Vec<String> {
        let page = Page::default();
        let all = self.world.hdip.attempts_of_application(&self.world.as_owner(), id, &page).await.unwrap();
        let line = |view: AttemptView| {
            let who = view.agency_name.unwrap_or_else(|| view.attempt.source.as_str().to_owned());
            let how = view.attempt.matched_by.map_or("-", MatchedBy::as_str);
            format!("{who} {} {} {how}", view.attempt.accepted, view.attempt.times)
        };
        all.items.into_iter().map(line).collect()
    }
}

#[test]
fn a_name_is_taken_once_per_client_whatever_its_spelling() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let best = create(&world, &owner, "Best Hires").await.unwrap();
        for twin in ["Best Hires", " BEST   hires ", "Bést Hires"] {
            assert_eq!(create(&world, &owner, twin).await.unwrap_err().code(), "agency_name_taken", "{twin}");
        }
        for (name, complaint) in [(" ", "name:required"), ("a\nb", "name:line_break")] {
            assert_eq!(complaints(create(&world, &owner, name).await.unwrap_err()), [complaint]);
        }
        let long = "x".repeat(101);
        assert_eq!(complaints(create(&world, &owner, &long).await.unwrap_err()), ["name:too_long"]);
        create(&world, &stranger(&world).await, "Best Hires").await.unwrap();

        let rivals = create(&world, &owner, "Rivals").await.unwrap();
        let hdip = &world.hdip;
        let taken = hdip.rename_agency(&owner, rivals, rename("best hires", None)).await.unwrap_err();
        assert_eq!(taken.code(), "agency_name_taken");
        hdip.rename_agency(&owner, rivals, rename("RIVALS", Some(1))).await.unwrap();
        assert_eq!(hdip.agency(&owner, rivals).await.unwrap().name, "RIVALS");
        let stale = hdip.rename_agency(&owner, rivals, rename("Others", Some(1))).await.unwrap_err();
        assert_eq!(stale.code(), "stale");

        hdip.end_agency(&owner, best).await.unwrap();
        let ended = hdip.rename_agency(&owner, best, rename("Worst Hires", None)).await.unwrap_err();
        assert_eq!(ended.code(), "agency_ended");
        let second = create(&world, &owner, "best hires").await.unwrap();
        let ten = Page::first(10);
        let listed = |status| hdip.agencies(&owner, None, status, &ten);
        let ids = |page: Paged<Agency>| page.items.into_iter().map(|agency| agency.id).collect::<Vec<_>>();
        assert_eq!(ids(listed(None).await.unwrap()), [second, rivals, best]);
        assert_eq!(ids(listed(Some(AgencyStatus::Ended)).await.unwrap()), [best]);
        let told: Vec<_> =
            kinds(&world).await.into_iter().filter(|kind| kind.starts_with("agency")).collect();
        let expected =
            ["agency.created", "agency.created", "agency.renamed", "agency.ended", "agency.created"];
        assert_eq!(told, expected);
    });
}

#[test]
fn the_clients_owner_and_admins_and_the_operator_manage_agencies() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip, best) = (&firms.world, &firms.world.hdip, firms.best.id);
        let rita = user(world, world.client.id, Role::ClientRecruiter, "rita@acme.example").await;
        let (rita, stranger) = (world.as_user(&rita), stranger(world).await);
        for (ctx, code) in [
            (&rita, "forbidden"),
            (&stranger, "not_found"),
            (&firms.agnes(), "forbidden"),
            (&firms.ron(), "not_found"),
        ] {
            let answers = [
                hdip.rename_agency(ctx, best, rename("x", None)).await.map(|_| ()),
                hdip.end_agency(ctx, best).await.map(|_| ()),
                hdip.invite_agency_user(ctx, best, invite("new@best.example")).await.map(|_| ()),
                hdip.agency_users(ctx, best, &Page::default()).await.map(|_| ()),
            ];
            assert_eq!(answers.map(|answer| answer.unwrap_err().code()), [code; 4]);
        }
        for ctx in [&rita, &firms.agnes()] {
            assert_eq!(create(world, ctx, "Third").await.unwrap_err().code(), "forbidden");
        }
        let theirs = CreateAgency { client: Some(world.client.id), name: "Third".into() };
        let foreign = hdip.create_agency(&stranger, theirs.clone()).await.unwrap_err();
        assert_eq!(foreign.code(), "not_found");
        let unsaid = create(world, &world.as_operator(), "Third").await.unwrap_err();
        assert_eq!(complaints(unsaid), ["client_id:required"]);
        hdip.create_agency(&world.as_operator(), theirs).await.unwrap();

        // Reading: the client's people all, an agency its own.
        let list =
            |ctx: Ctx, client| async move { hdip.agencies(&ctx, client, None, &Page::default()).await };
        assert_eq!(list(rita.clone(), None).await.unwrap().items.len(), 3);
        assert_eq!(list(world.as_operator(), Some(world.client.id)).await.unwrap().items.len(), 3);
        assert_eq!(list(stranger.clone(), None).await.unwrap().items, []);
        assert_eq!(list(stranger.clone(), Some(world.client.id)).await.unwrap_err().code(), "not_found");
        assert_eq!(list(firms.agnes(), None).await.unwrap_err().code(), "forbidden");
        assert_eq!(hdip.agency(&firms.agnes(), best).await.unwrap().name, "Best Hires");
        for ctx in [stranger, firms.ron()] {
            assert_eq!(hdip.agency(&ctx, best).await.unwrap_err().code(), "not_found");
        }
    });
}

#[test]
fn a_user_of_an_agency_belongs_to_one_of_the_client() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let agency_user = |agency_id, client_id, role| CreateUser {
            email: "new@best.example".into(),
            name: "Nina New".into(),
            role,
            client_id,
            interviewer_id: None,
            agency_id,
            zone: None,
            locale: None,
            assigned_jobs_only: false,
            password: None,
        };
        let other = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
        world.put(&other).await;
        let make = |input| async move { hdip.create_user(&world.as_operator(), input).await };
        let own = Some(world.client.id);
        for (input, complaint) in [
            (agency_user(Some(firms.best.id), Some(other.id), Role::AgencyUser), "agency_id:unknown_agency"),
            (agency_user(Some(AgencyId::from_bits(9)), own, Role::AgencyUser), "agency_id:unknown_agency"),
            (agency_user(None, own, Role::AgencyUser), "agency_id:required"),
            (agency_user(Some(firms.best.id), own, Role::ClientRecruiter), "agency_id:not_for_role"),
        ] {
            assert_eq!(complaints(make(input).await.unwrap_err()), [complaint]);
        }
        let done =
            hdip.invite_agency_user(&world.as_owner(), firms.best.id, invite("new@best.example")).await;
        let nina: User = world.get(done.unwrap().output).await;
        assert_eq!((nina.role, nina.agency_id, nina.client_id), (Role::AgencyUser, Some(firms.best.id), own));
        world.drain().await;
        let mails: Vec<_> =
            world.mail.sent().into_iter().map(|mail| (mail.kind, mail.to.to_string())).collect();
        assert!(mails.contains(&("user_invited".into(), "new@best.example".into())), "{mails:?}");
        let users =
            hdip.agency_users(&world.as_owner(), firms.best.id, &Page::default()).await.unwrap().items;
        assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), [nina.id, firms.agnes.id]);
    });
}

#[test]
fn an_ended_agency_is_out_and_its_candidates_stay() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip, best) = (&firms.world, &firms.world.hdip, firms.best.id);
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        let now = world.clock.now();
        let sign_in = SignIn {
            id: world.ids.fresh(),
            user_id: firms.agnes.id,
            refresh_hash: "0".repeat(64),
            generation: 1,
            created_at: now,
            refreshed_at: now,
            expires_at: now + days(30),
            ended_at: None,
            ended_because: None,
            user_agent: None,
            version: 0,
        };
        world.put(&sign_in).await;
        assert!(hdip.authenticate_user(firms.agnes.id, sign_in.id).await.is_ok());
        let invited = hdip.invite_agency_user(&world.as_owner(), best, invite("nina@best.example")).await;
        let nina = invited.unwrap().output;
        let key = format!("user_invitation:{nina}:{nina}");

        hdip.end_agency(&world.as_owner(), best).await.unwrap();
        let out = hdip.authenticate_user(firms.agnes.id, sign_in.id).await.unwrap_err();
        assert_eq!(out.code(), "sign_in_ended");
        for id in [firms.agnes.id, nina] {
            assert_eq!(world.get::<User>(id).await.status, UserStatus::Deactivated);
        }
        let link = world.storage.link_by_key(&key).await.unwrap().unwrap();
        assert!(link.revoked_at.is_some(), "an invitation that was out is no way in");
        assert_eq!(world.get::<User>(firms.ron.id).await.status, UserStatus::Active);
        let late = hdip.invite_agency_user(&world.as_owner(), best, invite("late@best.example")).await;
        assert_eq!(late.unwrap_err().code(), "agency_ended");

        let seen = hdip.application(&world.as_owner(), asha.application_id).await.unwrap();
        assert_eq!(seen.detail().unwrap().agency_name.as_deref(), Some("Best Hires"));
        assert_eq!(seen.basics().status, ApplicationStatus::ToSchedule);
        firms.drop(asha.application_id).await;
        let rival = firms.submit(&firms.ron(), "Asha Rao").await.unwrap_err();
        assert_eq!(rival.code(), "already_submitted", "ownership goes on");
        // Again is no failure, and tells nobody anything.
        let before = kinds(world).await.len();
        hdip.end_agency(&world.as_owner(), best).await.unwrap();
        assert_eq!(kinds(world).await.len(), before);
    });
}

#[test]
fn whoever_was_first_keeps_a_person_for_ninety_days() {
    block_on(async {
        let firms = Firms::new().await;
        let (agnes, ron) = (firms.agnes(), firms.ron());
        let first = firms.submit(&agnes, "Asha Rao").await.unwrap();
        let refused = async |ctx: &Ctx| firms.submit(ctx, "Asha Rao").await.unwrap_err().code();
        assert_eq!(refused(&ron).await, "already_submitted");
        firms.drop(first.application_id).await;
        firms.pass(days(90) - Duration::seconds(1));
        let (agnes, ron) = (firms.agnes(), firms.ron());
        assert_eq!(refused(&ron).await, "already_submitted");
        assert_eq!(refused(&agnes).await, "already_submitted", "the same person again, whoever it is");
        firms.pass(Duration::seconds(1));
        let ron = firms.ron();
        let second = firms.submit(&ron, "Asha Rao").await.unwrap();
        assert_ne!(second.candidate_id, first.candidate_id);
        // From here on it is the other's, and not for the rest of the first ninety days only.
        firms.drop(second.application_id).await;
        firms.pass(days(89));
        let agnes = firms.agnes();
        assert_eq!(refused(&agnes).await, "already_submitted");
        assert_eq!(
            firms.attempts(second.application_id).await,
            ["Best Hires false 1 email", "Rivals true 1 -"]
        );
        assert_eq!(
            firms.attempts(first.application_id).await,
            ["Best Hires false 1 email", "Rivals false 2 email", "Best Hires true 1 -"]
        );
    });
}

#[test]
fn a_phone_is_as_good_as_an_address_and_no_refusal_says_more() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, agnes, ron) = (&firms.world, firms.agnes(), firms.ron());
        let phone = |name: &str, phone: &str| {
            let mut new = submission(firms.job.id, name);
            new.person.phone = Some(phone.into());
            new
        };
        let asha = submit(world, &agnes, phone("Asha Rao", "+919876543210")).await.unwrap();
        let own = firms.submit(&world.as_owner(), "Bela Bose").await.unwrap();
        let mut said = Vec::new();
        for new in [
            phone("Asha Other", "+91 98765 43210"), // another address of the same person
            phone("Asha Rao", "+911111111111"),     // the same address, another phone
            submission(firms.job.id, "Bela Bose"),  // the client's own
        ] {
            let refused = submit(world, &ron, new).await.unwrap_err();
            said.push((refused.code(), refused.to_string()));
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(
            firms.attempts(asha.application_id).await,
            ["Rivals false 2 email", "Best Hires true 1 -"],
            "one row for one firm; the last way it was known again"
        );
        assert_eq!(firms.attempts(own.application_id).await, ["Rivals false 1 email", "internal true 1 -"]);
        // What the client's own people were first with is no agency's for as long.
        firms.drop(own.application_id).await;
        firms.pass(days(89));
        let late = firms.submit(&firms.ron(), "Bela Bose").await.unwrap_err();
        assert_eq!(late.code(), "already_submitted");
        // An address that was never said again belongs to the phone's owner.
        firms.drop(asha.application_id).await;
        let by_phone = submit(world, &firms.ron(), phone("Asha Third", "+919876543210")).await.unwrap_err();
        assert_eq!(by_phone.code(), "already_submitted");
        // The client itself does as it likes.
        let ours = submit(world, &world.as_owner(), phone("Asha Rao", "+919876543210")).await.unwrap();
        assert!(ours.created);
    });
}

#[test]
fn how_long_is_the_policys_and_what_was_promised_stays() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        firms.drop(asha.application_id).await;
        let patch = serde_json::json!({"agency_ownership_days": 10});
        hdip.set_policy(&world.as_operator(), Some(world.client.id), patch).await.unwrap();
        firms.pass(days(11));
        let refused = firms.submit(&firms.ron(), "Asha Rao").await.unwrap_err();
        assert_eq!(refused.code(), "already_submitted", "submitted under 90 days");
        let bela = firms.submit(&firms.agnes(), "Bela Bose").await.unwrap();
        firms.drop(bela.application_id).await;
        firms.pass(days(10) - Duration::seconds(1));
        assert!(firms.submit(&firms.ron(), "Bela Bose").await.is_err());
        firms.pass(Duration::seconds(1));
        firms.submit(&firms.ron(), "Bela Bose").await.unwrap();
        // An open application is in the way however old it is.
        firms.pass(days(200));
        assert!(firms.submit(&firms.agnes(), "Bela Bose").await.is_err());
    });
}

#[test]
fn who_tried_is_for_the_clients_people_only() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        firms.submit(&firms.ron(), "Asha Rao").await.unwrap_err();
        firms.submit(&world.as_owner(), "Asha Rao").await.unwrap_err();
        let ours = firms.submit(&world.as_owner(), "Bela Bose").await.unwrap();
        firms.submit(&world.as_owner(), "Bela Bose").await.unwrap_err();
        assert_eq!(
            firms.attempts(ours.application_id).await,
            ["internal true 1 -"],
            "the client's own repeats are nobody's business"
        );
        let page = Page::default();
        let job = |accepted| {
            let filter = AttemptFilter { accepted, ..Default::default() };
            let (ctx, id) = (world.as_owner(), firms.job.id);
            async move { hdip.attempts_of_job(&ctx, id, &filter, &Page::default()).await.unwrap().items }
        };
        assert_eq!(job(None).await.len(), 4);
        let refused: Vec<_> = job(Some(false)).await.into_iter().map(|view| view.attempt).collect();
        assert!(refused.iter().all(|attempt| attempt.application_id == asha.application_id));
        assert_eq!(refused.iter().map(|a| a.source).collect::<Vec<_>>(), [Source::Internal, Source::Agency]);
        let stored = serde_json::to_string(&refused).unwrap().to_lowercase();
        assert!(!stored.contains("asha") && !stored.contains("mail.example"), "{stored}");
        let no_filter = AttemptFilter::default();
        for (ctx, code) in [(firms.agnes(), "forbidden"), (stranger(world).await, "not_found")] {
            let of_one = hdip.attempts_of_application(&ctx, asha.application_id, &page).await.unwrap_err();
            let of_all = hdip.attempts_of_job(&ctx, firms.job.id, &no_filter, &page).await.unwrap_err();
            assert_eq!((of_one.code(), of_all.code()), (code, code));
        }
        let rival = hdip.attempts_of_application(&firms.ron(), asha.application_id, &page).await.unwrap_err();
        assert_eq!(rival.code(), "not_found");
    });
}

#[test]
fn nobody_gets_at_anothers_person_by_a_change_of_address() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        firms.drop(asha.application_id).await;
        let other = firms.submit(&firms.ron(), "Somebody Else").await.unwrap();
        let to = |address: &str| UpdateCandidate { email: Some(address.into()), ..Default::default() };
        let trick =
            hdip.update_candidate(&firms.ron(), other.candidate_id, to("asha.rao@mail.example")).await;
        assert_eq!(trick.unwrap_err().code(), "already_submitted");
        // A real change is fine, and the new address is the firm's as long as the old one.
        hdip.update_candidate(&firms.ron(), other.candidate_id, to("else@mail.example")).await.unwrap();
        let off = world.as_agent(&firms.ron, &[]);
        let idle = hdip.update_candidate(&off, other.candidate_id, to("x@mail.example")).await.unwrap_err();
        assert_eq!(idle.code(), "not_found", "off the job it changes nothing");
        firms.drop(other.application_id).await;
        let mut new = submission(firms.job.id, "Else");
        new.person.email = "else@mail.example".into();
        assert_eq!(submit(world, &firms.agnes(), new).await.unwrap_err().code(), "already_submitted");
    });
}

#[test]
fn an_agency_imports_its_own_and_learns_of_nobody_elses() {
    block_on(async {
        use RowStatus::*;
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        firms.submit(&world.as_owner(), "Bela Bose").await.unwrap();
        let row = |n: u32, new: SubmitCandidate| ImportRow { row: n, candidate: Ok(new) };
        let mut referred = submission(firms.job.id, "Eli Esch");
        referred.ats_reference = Some("A-1".into());
        let table = [
            row(2, submission(firms.job.id, "Asha Rao")),
            row(3, submission(firms.job.id, "Bela Bose")),
            row(4, submission(firms.job.id, "Chand Das")),
            row(5, submission(firms.job.id, "Chand Das")),
            row(6, submission(firms.job.id, "Asha Rao")),
            row(7, referred),
        ];
        let import = async |ctx: Ctx, dry_run| {
            let mut run = hdip.begin_import(&ctx, firms.job.id, dry_run).await.unwrap();
            hdip.import_rows(&ctx, &mut run, &table).await.unwrap()
        };
        let dry = import(firms.ron(), true).await;
        assert_eq!(
            firms.attempts(asha.application_id).await,
            ["Best Hires true 1 -"],
            "a dry run writes nothing"
        );
        let done = import(firms.ron(), false).await;
        let said = |rows: &[ImportedRow]| rows.iter().map(|row| row.status).collect::<Vec<_>>();
        assert_eq!(said(&done), [Refused, Refused, Created, Refused, Refused, Invalid]);
        assert_eq!(said(&dry), said(&done));
        let refusals: Vec<_> = done.iter().filter(|row| row.status == Refused).collect();
        assert!(refusals.iter().all(|row| row.errors == refusals[0].errors), "one word for all of them");
        assert!(refusals.iter().all(|row| row.application_id.is_none() && row.warnings.is_empty()));
        assert_eq!(done[5].errors[0].code, "not_allowed");
        assert_eq!(
            firms.attempts(asha.application_id).await,
            ["Rivals false 1 email", "Best Hires true 1 -"],
            "twice in a file is once"
        );
        import(firms.ron(), false).await;
        assert_eq!(firms.attempts(asha.application_id).await[0], "Rivals false 2 email");
        let chand: Application = world.get(done[2].application_id.unwrap()).await;
        assert_eq!((chand.source, chand.agency_id), (Source::Agency, firms.ron.agency_id));
        // Off the job, it imports nothing.
        let off = world.as_agent(&firms.agnes, &[]);
        let (other, _) = world.job().await;
        assert_eq!(hdip.begin_import(&off, other.id, true).await.unwrap_err().code(), "not_found");
    });
}

#[test]
fn an_agency_schedules_and_follows_its_own_candidates() {
    block_on(async {
        let firms = Firms::new().await;
        let (world, hdip) = (&firms.world, &firms.world.hdip);
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = firms.submit(&firms.agnes(), "Asha Rao").await.unwrap();
        let theirs = firms.submit(&firms.ron(), "Bela Bose").await.unwrap();
        let foreign = hdip.slots(&firms.agnes(), theirs.application_id, None, None).await.unwrap_err();
        assert_eq!(foreign.code(), "not_found");
        let id = interview(world, &firms.agnes(), asha.application_id, "2026-01-06T08:00:00Z", Some(ravi.id))
            .await;
        let page = Page::default();
        let seen = hdip.interviews(&firms.agnes(), &Default::default(), &page).await.unwrap().items;
        assert_eq!(seen.len(), 1);
        assert!(hdip.interviews(&firms.ron(), &Default::default(), &page).await.unwrap().items.is_empty());
        assert_eq!(hdip.charges(&firms.agnes(), &page).await.unwrap_err().code(), "forbidden");
        world.run_until("2026-01-06T09:00:00Z".parse().unwrap()).await;
        let card = crate::feedback::full();
        hdip.submit_scorecard(&world.as_interviewer(ravi.id), id, Some(card)).await.unwrap();
        world.drain().await;

        let reject = Decide {
            verdict: Verdict::Reject,
            rejected_by: Some(RejectedBy::HiringManager),
            reason: Some("too expensive".into()),
            not_recommended_ok: false,
        };
        hdip.decide_application(&world.as_owner(), asha.application_id, reject).await.unwrap();
        let view = hdip.application(&firms.agnes(), asha.application_id).await.unwrap();
        let basics = view.basics();
        assert_eq!(
            (basics.status, basics.rejected_by),
            (ApplicationStatus::Rejected, Some(RejectedBy::HiringManager))
        );
        assert!(view.detail().is_none(), "the reason is for the client's people");
        let theirs = hdip.application(&world.as_owner(), asha.application_id).await.unwrap();
        assert_eq!(theirs.detail().unwrap().decision_reason.as_deref(), Some("too expensive"));

        assert_eq!(hdip.interview_result(&firms.agnes(), id).await.unwrap().body.overall_score, Some(78));
        assert_eq!(hdip.interview_result(&firms.ron(), id).await.unwrap_err().code(), "not_found");
        let off = UpdateClient { agencies_see_results: Some(false), ..Default::default() };
        hdip.update_client(&world.as_owner(), world.client.id, off).await.unwrap();
        assert_eq!(hdip.interview_result(&firms.agnes(), id).await.unwrap_err().code(), "not_found");
        let round = UpdateRound { name: Some("x".into()), ..Default::default() };
        assert_eq!(
            hdip.update_round(&firms.agnes(), firms.round.id, round).await.unwrap_err().code(),
            "forbidden"
        );
    });
}
