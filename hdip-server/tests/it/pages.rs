//! The pages: opening never acts, forms do, refusals are friendly, the mailbox shows every mail.

use crate::stage::{Answer, Stage, TUESDAY, interviews};
use axum::http::Method;
use hdip_core::access::LinkPurpose;
use hdip_core::scheduling::InterviewState;
use serde_json::Value;

/// What stands between two texts, the first time.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let begin = text.find(before).unwrap_or_else(|| panic!("{before:?} is not in {text}")) + before.len();
    &text[begin..begin + text[begin..].find(after).expect("an end")]
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2f;", "/").replace("&amp;", "&").replace("&#x27;", "'").replace("&quot;", "\"")
}

/// Where a form leads to.
#[track_caller]
fn to(answer: Answer) -> String {
    answer.is(303).header("location").to_owned()
}

#[track_caller]
fn has(answer: &Answer, text: &str) {
    assert!(answer.body.contains(text), "{text:?} is not in {}", answer.body);
}

#[tokio::test]
async fn opening_any_page_changes_nothing_and_leaks_nothing() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let schedule = stage.scheduling_link(&application).await;
    let start = "2026-01-06T05:30:00Z";
    let hold = format!("hold_{}", "0".repeat(26));
    let picking = format!("hold={hold}&start={start}&until=2026-01-05T04:35:00Z");
    let mut pages = vec![
        format!("/l/{schedule}"),
        format!("/l/{schedule}/odd?start={start}"),
        format!("/l/{schedule}/confirm?{picking}"),
    ];
    let first = stage.page(&pages[0]).await.is(200);
    has(&first, "There is no free time");
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let candidate = stage.candidate_link(id, &application).await;
    let interviewer = stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await;
    pages.push(format!("/l/{}", stage.invitation_link(id, &ravi).await));
    pages.extend(
        ["", "/move", "/cancel", "/absence", "/contest"].map(|below| format!("/l/{candidate}{below}")),
    );
    pages.push(format!("/l/{candidate}/confirm?{picking}"));
    pages.extend(
        ["", "/withdraw", "/end", "/interrupt", "/absence", "/contest"]
            .map(|below| format!("/l/{interviewer}{below}")),
    );
    let new = serde_json::json!({"email": "rita@acme.example", "name": "Rita", "role": "client_recruiter"});
    let rita = stage.post(&stage.world.owner, "/v1/users", new).await.is(201).json()["id"].clone();
    let rita = rita.as_str().unwrap();
    let forgotten = serde_json::json!({"email": "rita@acme.example"});
    stage.open(Method::POST, "/v1/auth/password-reset", forgotten).await.is(202);
    for purpose in [LinkPurpose::UserInvitation, LinkPurpose::PasswordReset] {
        pages.push(format!("/l/{}", stage.link(purpose, rita, rita).await));
    }
    stage.drain().await;

    let before = stage.happened().await;
    for page in &pages {
        let shown = stage.page(page).await.is(200);
        stage.open(Method::HEAD, page, Value::Null).await.is(200);
        for text in ["<html lang=\"en\">", "name=\"viewport\"", "<title>", "id=\"main\""] {
            has(&shown, text);
        }
        assert!(
            !shown.body.contains("<script") && !shown.body.contains("javascript:"),
            "no script: {}",
            shown.body
        );
        assert_eq!(shown.header("cache-control"), "no-store");
        assert_eq!(shown.header("referrer-policy"), "no-referrer");
        assert!(shown.header("x-robots-tag").contains("noindex"));
        let policy = shown.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-")
                && policy.contains("form-action 'self'")
        );
        assert!(!policy.contains("unsafe"));
        // Every field has a label, every submit says what it does.
        let fields = shown.body.matches("<input type=\"checkbox\"").count();
        assert_eq!(shown.body.matches("<label class=\"check\"><input").count(), fields);
    }
    // The addresses of forms, opened instead of sent.
    for act in ["hold", "request", "accept", "decline", "consents", "reschedule", "password", "confirm-email"]
    {
        assert_eq!(to(stage.page(&format!("/l/{candidate}/{act}")).await), format!("/l/{candidate}"));
    }
    assert_eq!(stage.happened().await, before);
    assert_eq!(interviews(&stage).await[0].state, InterviewState::Confirmed);
}

#[tokio::test]
async fn a_candidate_picks_a_start_without_any_script() {
    let stage = Stage::new().await;
    stage.interviewers().await;
    let application = stage.application("Asha Rao").await;
    let link = format!("/l/{}", stage.scheduling_link(&application).await);

    let page = stage.page(&format!("{link}?day=2026-01-07")).await.is(200);
    has(&page, "Starts on Wed 7 Jan");
    let form = unescaped(between(&page.body, "method=\"post\" action=\"", "\""));
    let start = between(&page.body, "name=\"start\" value=\"", "\"");
    assert_eq!((&*form, start), (&*format!("{link}/hold?zone=Asia%2FKolkata"), "2026-01-07T03:30:00Z"));
    has(&page, "<summary>In the night");
    let confirm = to(stage.form(&form, &[("start", start)]).await);

    let page = stage.page(&confirm).await.is(200);
    has(&page, "Wed 7 Jan 2026, 09:00–10:00 (Asia&#x2f;Kolkata, UTC+05:30)");
    has(&page, "We keep this time for you until 10:05 (about 5 minutes).");
    assert_eq!(page.body.matches("type=\"checkbox\"").count(), 3);
    assert!(!page.body.contains(" checked"), "nothing is ticked for anybody");
    assert_eq!(page.body.matches("Notice version").count(), 3);
    let form = unescaped(between(&page.body, "method=\"post\" action=\"", "\""));
    let hold = between(&page.body, "name=\"hold\" value=\"", "\"");

    // Pressed twice: one interview.
    let fields = [("hold", hold), ("recording", "on")];
    assert_eq!(to(stage.form(&form, &fields).await), format!("{link}?zone=Asia%2FKolkata"));
    assert_eq!(to(stage.form(&form, &fields).await), format!("{link}?zone=Asia%2FKolkata"));
    let all = interviews(&stage).await;
    assert_eq!((all.len(), all[0].state), (1, InterviewState::Requested));
    let page = stage.page(&link).await.is(200);
    has(&page, "Looking for your interviewer");
    assert!(!page.body.contains("name=\"start\""));
    let consents = stage.world.storage.consents(application.id).await.unwrap();
    let given: Vec<_> = consents.iter().map(|c| (c.kind.as_str(), c.given)).collect();
    assert_eq!(given, [("recording", true), ("transcript", false), ("ai", false)]);

    // The hold's time is over: said in words, with the way back.
    let other = stage.application("Ben Boro").await;
    let link = format!("/l/{}", stage.scheduling_link(&other).await);
    let confirm = to(stage.form(&format!("{link}/hold"), &[("start", TUESDAY)]).await);
    stage.at("2026-01-05T04:36:00Z");
    has(&stage.page(&confirm).await.is(200), "That is over; please pick again.");
    let hold = between(&confirm, "hold=", "&").to_owned();
    let late = stage.form(&format!("{link}/request"), &[("hold", &hold)]).await.is(409);
    has(&late, "We could not keep this time any longer");
    has(&late, &format!("href=\"{link}\""));
    let gone = stage.form(&format!("{link}/hold"), &[("start", "2026-01-07T18:31:00Z")]).await.is(409);
    has(&gone, "This time is no longer free");
    has(
        &stage.form(&format!("{link}/hold"), &[("start", "tomorrow")]).await.is(422),
        "go back and pick again",
    );
}

#[tokio::test]
async fn a_start_in_the_night_is_asked_about() {
    let stage = Stage::new().await;
    stage.world.interviewer("Owl", "America/New_York").await;
    let application = stage.application("Asha Rao").await;
    let link = format!("/l/{}", stage.scheduling_link(&application).await);
    let start = "2026-01-06T17:30:00Z";
    has(&stage.page(&format!("{link}?day=2026-01-06")).await, "night hours");
    let odd = to(stage.form(&format!("{link}/hold?zone=Europe%2FBerlin"), &[("start", start)]).await);
    let page = stage.page(&odd).await.is(200);
    has(&page, "Tue 6 Jan 2026, 18:30 (Europe&#x2f;Berlin, UTC+01:00)");
    has(&page, "Tue 6 Jan 2026, 23:00 (Asia&#x2f;Kolkata, UTC+05:30)");
    let fields = [("start", between(&page.body, "name=\"start\" value=\"", "\"")), ("odd_hours_ok", "on")];
    let confirm = to(stage.form(&format!("{link}/hold?zone=Europe%2FBerlin"), &fields).await);
    assert!(confirm.starts_with(&format!("{link}/confirm?zone=Europe%2FBerlin&hold=hold_")), "{confirm}");
}

#[tokio::test]
async fn the_zone_can_be_changed_and_an_unknown_one_is_said() {
    let stage = Stage::new().await;
    stage.interviewers().await;
    let application = stage.application("Asha Rao").await;
    let link = format!("/l/{}", stage.scheduling_link(&application).await);
    let own = stage.page(&link).await.is(200);
    has(&own, "<option selected>Asia&#x2f;Kolkata</option>");
    has(&own, "<label for=\"zone\">");
    let first = between(&own.body, "<button name=\"start\"", "</button>").to_owned();
    assert!(first.contains("2026-01-05T12:30:00Z") && first.contains("18:00"), "minimum notice: {first}");
    let berlin = stage.page(&format!("{link}?zone=Europe%2FBerlin")).await.is(200);
    has(&berlin, "<option selected>Europe&#x2f;Berlin</option>");
    let first = between(&berlin.body, "<button name=\"start\"", "</button>").to_owned();
    assert!(first.contains("2026-01-05T12:30:00Z") && first.contains("13:30"), "{first}");
    let mars = stage.page(&format!("{link}?zone=Mars%3Cb%3E")).await.is(200);
    has(&mars, "unknown time zone");
    has(&mars, "Times are shown in Asia&#x2f;Kolkata");
    assert!(!mars.body.contains("<b>"), "what is in the address is text, never markup");
}

#[tokio::test]
async fn names_are_text_never_markup() {
    let stage = Stage::new().await;
    let application = stage.application("<img src=x onerror=alert(1)>").await;
    let page = stage.page(&format!("/l/{}", stage.scheduling_link(&application).await)).await.is(200);
    assert!(!page.body.contains("<img"));
    has(&page, "&lt;img src=x");
}

#[tokio::test]
async fn the_first_to_accept_gets_it_and_the_other_reads_a_polite_page() {
    let stage = Stage::new().await;
    let [ravi, lena] = stage.interviewers().await;
    let application = stage.application("Asha Rao").await;
    let id = stage.requested(&application, "2026-01-06T09:30:00Z").await;
    let ravis = format!("/l/{}", stage.invitation_link(id, &ravi).await);
    let lenas = format!("/l/{}", stage.invitation_link(id, &lena).await);
    let page = stage.page(&lenas).await.is(200);
    for text in [
        "Would you take this interview?",
        "Backend Engineer",
        "INR 1,800.00",
        "5 years",
        "Initech Ltd",
        "Tue 6 Jan 2026, 10:30–11:30 (Europe&#x2f;Berlin",
    ] {
        has(&page, text);
    }
    assert!(!page.body.contains("Asha"), "no name before the interview is theirs");

    assert_eq!(to(stage.form(&format!("{ravis}/accept"), &[]).await), ravis);
    assert_eq!(to(stage.form(&format!("{ravis}/accept"), &[]).await), ravis, "a second click is no failure");
    has(&stage.page(&ravis).await.is(200), "This interview is yours");
    has(&stage.form(&format!("{lenas}/accept"), &[]).await.is(409), "This interview is already taken");
    let page = stage.page(&lenas).await.is(200);
    has(&page, "This interview is no longer open");
    assert!(!page.body.contains("<button>Accept"));
    has(&stage.form(&format!("{lenas}/decline"), &[]).await.is(409), "This invitation is closed");
}

#[tokio::test]
async fn a_decline_is_recorded_with_its_reason() {
    let stage = Stage::new().await;
    let [ravi, _] = stage.interviewers().await;
    let application = stage.application("Asha Rao").await;
    let id = stage.requested(&application, "2026-01-06T09:30:00Z").await;
    let ravis = format!("/l/{}", stage.invitation_link(id, &ravi).await);
    let fields = [("reason", "we studied together"), ("conflict_of_interest", "on")];
    assert_eq!(to(stage.form(&format!("{ravis}/decline"), &fields).await), ravis);
    has(&stage.page(&ravis).await.is(200), "You have declined");
    let all = stage.world.storage.invitations(id).await.unwrap();
    let own = all.iter().find(|i| i.interviewer_id == ravi.id).unwrap();
    assert_eq!(
        (own.decline_reason.as_deref(), own.conflict_of_interest),
        (Some("we studied together"), true)
    );
    let long = "x".repeat(501);
    let other = all.iter().find(|i| i.interviewer_id != ravi.id).unwrap();
    let others = format!("/l/{}", stage.link(LinkPurpose::Invitation, other.id, other.interviewer_id).await);
    has(&stage.form(&format!("{others}/decline"), &[("reason", &long)]).await.is(422), "reason:");
}

#[tokio::test]
async fn a_late_cancellation_says_so_first_and_names_no_amount() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let (id, _) = stage.confirmed(&application, TUESDAY).await;
    let link = format!("/l/{}", stage.candidate_link(id, &application).await);
    let early = stage.page(&format!("{link}/cancel")).await.is(200);
    assert!(!early.body.contains("late change"));
    stage.at("2026-01-06T02:30:00Z");
    let late = stage.page(&format!("{link}/cancel")).await.is(200);
    has(&late, "this is a late change");
    has(&late, "name=\"late_ok\" required");
    assert!(!late.body.contains("INR") && !late.body.contains("fee"), "{}", late.body);
    let shown = between(&late.body, "name=\"shown\" value=\"", "\"");
    // Sent by the early page, which had no box to tick: asked again.
    assert_eq!(
        to(stage.form(&format!("{link}/cancel"), &[("shown", shown)]).await),
        format!("{link}/cancel")
    );
    assert_eq!(interviews(&stage).await[0].state, InterviewState::Confirmed);
    let fields = [("shown", shown), ("late_ok", "on"), ("reason", "ill")];
    assert_eq!(to(stage.form(&format!("{link}/cancel"), &fields).await), link);
    assert_eq!(
        to(stage.form(&format!("{link}/cancel"), &fields).await),
        link,
        "a second click is no failure"
    );
    has(&stage.page(&link).await.is(200), "Called off");
    has(&stage.page(&format!("{link}/cancel")).await.is(409), "This is not possible any more");
}

#[tokio::test]
async fn a_candidate_moves_an_interview_and_changes_the_choices() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let (id, _) = stage.confirmed(&application, TUESDAY).await;
    let link = format!("/l/{}", stage.candidate_link(id, &application).await);
    let page = stage.page(&link).await.is(200);
    has(&page, "https:&#x2f;&#x2f;meet.jit.si");
    assert!(!page.body.contains(" checked"));
    to(stage.form(&format!("{link}/consents"), &[("recording", "on"), ("ai", "on")]).await);
    assert_eq!(stage.page(&link).await.body.matches(" checked").count(), 2);
    to(stage.form(&format!("{link}/consents"), &[]).await);
    assert!(!stage.page(&link).await.body.contains(" checked"), "withdrawn");

    let page = stage.page(&format!("{link}/move?day=2026-01-08")).await.is(200);
    has(&page, "It stays as it is until you confirm another time.");
    let start = between(&page.body, "name=\"start\" value=\"", "\"");
    let confirm = to(stage.form(&format!("{link}/hold"), &[("start", start)]).await);
    let page = stage.page(&confirm).await.is(200);
    has(&page, "Confirm the new time");
    has(&page, "Tue 6 Jan 2026, 10:00–11:00");
    let hold = between(&page.body, "name=\"hold\" value=\"", "\"");
    for _ in 0..2 {
        assert_eq!(
            to(stage.form(&format!("{link}/reschedule"), &[("hold", hold), ("reason", "a wedding")]).await),
            link
        );
    }
    let all = interviews(&stage).await;
    assert_eq!((all.len(), all[1].state), (2, InterviewState::Rescheduled));
    has(&stage.page(&link).await.is(200), "This interview was moved");

    // The second move is the last one.
    stage.drain().await;
    let link = format!("/l/{}", stage.candidate_link(all[0].id, &application).await);
    let confirm = to(stage.form(&format!("{link}/hold"), &[("start", "2026-01-09T05:30:00Z")]).await);
    let hold = between(&confirm, "hold=", "&").to_owned();
    to(stage.form(&format!("{link}/reschedule"), &[("hold", &hold)]).await);
    let link = format!("/l/{}", stage.candidate_link(interviews(&stage).await[0].id, &application).await);
    has(&stage.page(&link).await.is(200), "please ask the recruiter");
    has(&stage.page(&format!("{link}/move")).await.is(409), "cannot be moved again");
}

#[tokio::test]
async fn who_waits_alone_reports_it_from_the_tenth_minute_on() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let candidate = format!("/l/{}", stage.candidate_link(id, &application).await);
    let interviewer = format!("/l/{}", stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await);
    assert!(!stage.page(&candidate).await.body.contains("The interviewer is not there"));
    stage.at("2026-01-06T04:35:00Z");
    stage.drain().await;
    for link in [&candidate, &interviewer] {
        let early =
            stage.form(&format!("{link}/absence?zone=Asia%2FKolkata"), &[("shown", "1")]).await.is(409);
        has(&early, "This is possible from Tue 6 Jan 2026, 10:10 (Asia&#x2f;Kolkata");
    }
    has(&stage.page(&candidate).await, "The interviewer is not there");
    has(&stage.page(&interviewer).await, "The candidate is not there");
    stage.at("2026-01-06T04:40:00Z");
    to(stage.form(&format!("{candidate}/absence"), &[("shown", "2"), ("reason", "I waited")]).await);
    has(&stage.page(&candidate).await.is(200), "The interviewer did not come");
    assert_eq!(interviews(&stage).await[0].state, InterviewState::InterviewerNoShow);
    has(
        &stage.form(&format!("{interviewer}/absence"), &[("shown", "3")]).await.is(409),
        "This is not possible any more",
    );
}

#[tokio::test]
async fn an_interviewer_sees_the_candidate_and_gives_the_interview_back() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let link = format!("/l/{}", stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await);
    let page = stage.page(&link).await.is(200);
    for text in [
        "Interview with Asha Rao",
        "You build the services behind our shop.",
        "Start with a small design question.",
        "INR 1,800.00",
    ] {
        has(&page, text);
    }
    assert!(
        !page.body.contains("asha.rao@") && !page.body.contains("2,500"),
        "no address, no price of the client"
    );
    let page = stage.page(&format!("{link}/withdraw")).await.is(200);
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"");
    for _ in 0..2 {
        assert_eq!(
            to(stage.form(&format!("{link}/withdraw"), &[("shown", shown), ("reason", "ill")]).await),
            link
        );
    }
    has(&stage.page(&link).await.is(410), "This interview is no longer yours");
    assert_eq!(interviews(&stage).await[0].state, InterviewState::Inviting);
}

#[tokio::test]
async fn the_mailbox_shows_every_mail_and_its_links_can_be_followed() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    stage.confirmed(&application, TUESDAY).await;
    let home = stage.page("/").await.is(200);
    for text in ["href=\"/docs\"", "href=\"/openapi.json\"", "href=\"/mailbox\""] {
        has(&home, text);
    }
    let all = stage.page("/mailbox").await.is(200);
    has(&all, "Interview confirmed");
    let own = stage.page("/mailbox?to=ASHA.RAO%40mail.example").await.is(200);
    has(&own, "asha.rao@mail.example");
    assert!(!own.body.contains("ravi@interviewers.example"));
    has(&stage.page("/mailbox?to=nobody%40mail.example").await.is(200), "No mail to nobody@mail.example");
    has(&stage.page("/mailbox?page=2").await.is(200), "No mail on this page");

    let name = between(&own.body, "href=\"/mailbox/", "\"").to_owned();
    let mail = stage.page(&format!("/mailbox/{name}")).await.is(200);
    has(&mail, "Message-ID");
    has(&mail, "BEGIN:VCALENDAR");
    let link = unescaped(between(&mail.body, "<a href=\"http:", "\""));
    let path = link.strip_prefix("//127.0.0.1:8080").expect("our own address");
    has(&stage.page(path).await.is(200), "Your interview");
    let html = stage.page(&format!("/mailbox/{name}/html")).await.is(200);
    assert!(html.header("content-security-policy").starts_with("sandbox "), "{:?}", html.headers);
    assert_eq!(html.header("x-frame-options"), "SAMEORIGIN");
    assert!(html.body.contains("<base target=\"_blank\">"));
    let calendar = stage.page(&format!("/mailbox/{name}/calendar.ics")).await.is(200);
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8; method=REQUEST");
    for bad in ["0".repeat(64), "..%2f..%2fhdip".to_owned()] {
        stage.page(&format!("/mailbox/{bad}")).await.is(404);
    }
}

#[tokio::test]
async fn without_an_outbox_there_is_no_mailbox() {
    let stage = Stage::new().await;
    let state = hdip_server::state::AppState { outbox: None, ..stage.state.clone() };
    let stage = stage.with(state);
    assert!(!stage.page("/").await.is(200).body.contains("/mailbox"));
    stage.page("/mailbox").await.is(404);
}

#[tokio::test]
async fn a_time_at_the_end_of_the_calendar_is_refused_like_any_other_bad_one() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let link = format!("/l/{}", stage.scheduling_link(&application).await);
    let path = |page: &str, start: &str| {
        format!("{link}/{page}?hold=hold_00000000000000000000000001&start={start}&until={start}")
    };
    for start in ["%2B262142-12-31T23:59:59Z", "-262143-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] {
        for page in ["odd", "confirm"] {
            let answer = stage.page(&path(page, start)).await;
            assert!((300..500).contains(&answer.status.as_u16()), "{page} {start}: {}", answer.status);
        }
    }
}
