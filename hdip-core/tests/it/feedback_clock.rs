//! The feedback clock, worked by hand (product §3 "Feedback clock"): from when it runs, which minutes count, what
//! filing late costs. Every row shows its arithmetic; nothing in it is computed by the code under test.
//!
//! Deductions in rupees: ≤ 1 h 0, ≤ 2 h 100, ≤ 3 h 300, ≤ 5 h 500, ≤ 8 h 700, else 1000; in dollars 0, 1.50, 4.50,
//! 7, 10, 14. Minutes from 23:00 to 09:00 of the interviewer's clock on the wall are not counted.

use crate::feedback::full;
use crate::flow::{accept, money, request};
use hdip_core::feedback::*;
use hdip_core::interviewers::Interviewer;
use hdip_core::policy::Policy;
use hdip_core::scheduling::Interview;
use hdip_core::testkit::{MemoryStorage, World, block_on, zone};
use hdip_core::values::*;
use std::sync::Arc;

/// A case: where the interviewer is, the end, the draft if one came, the filing; and the outcome.
struct Row {
    zone: &'static str,
    ended: &'static str,
    draft: Option<&'static str>,
    filed: &'static str,
    /// Counted minutes since the reference.
    counted: i64,
    /// What is taken of INR 1,800.
    rupees: i64,
    /// How it was worked out.
    because: &'static str,
}

const fn row(
    zone: &'static str,
    ended: &'static str,
    filed: &'static str,
    counted: i64,
    rupees: i64,
    because: &'static str,
) -> Row {
    Row { zone, ended, draft: None, filed, counted, rupees, because }
}

const fn drafted(
    zone: &'static str,
    [ended, draft, filed]: [&'static str; 3],
    counted: i64,
    rupees: i64,
    because: &'static str,
) -> Row {
    Row { zone, ended, draft: Some(draft), filed, counted, rupees, because }
}

const KOLKATA: &str = "Asia/Kolkata"; // UTC+5:30, no clock changes
const KATHMANDU: &str = "Asia/Kathmandu"; // UTC+5:45, no clock changes
const NEW_YORK: &str = "America/New_York"; // UTC−5, summer −4: forward 8 March, back 1 November 2026
const LONDON: &str = "Europe/London"; // UTC, summer +1: forward 29 March, back 25 October 2026
const BERLIN: &str = "Europe/Berlin"; // UTC+1, summer +2: the same days
const LORD_HOWE: &str = "Australia/Lord_Howe"; // UTC+10:30, summer +11: back 5 April, forward 4 October 2026
const TOKYO: &str = "Asia/Tokyo"; // UTC+9
const AUCKLAND: &str = "Pacific/Auckland"; // UTC+12, summer +13
const CHATHAM: &str = "Pacific/Chatham"; // UTC+12:45, summer +13:45
const HONOLULU: &str = "Pacific/Honolulu"; // UTC−10
const ST_JOHNS: &str = "America/St_Johns"; // UTC−3:30

/// All of them, by topic.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // ---- Boundaries, by day in UTC: exactly, and one minute over.
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T10:00:00Z", 0, 0, "at once"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T11:00:00Z", 60, 0, "1 h exactly"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T11:01:00Z", 61, 100, "1 h 1 min"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T12:00:00Z", 120, 100, "2 h exactly"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T12:01:00Z", 121, 300, "2 h 1 min"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T13:00:00Z", 180, 300, "3 h exactly"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T13:01:00Z", 181, 500, "3 h 1 min"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T15:00:00Z", 300, 500, "5 h exactly"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T15:01:00Z", 301, 700, "5 h 1 min"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T18:00:00Z", 480, 700, "8 h exactly"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T18:01:00Z", 481, 1000, "8 h 1 min"),
    row("UTC", "2026-01-06T10:00:00Z", "2026-01-06T23:00:00Z", 780, 1000, "13 h, up to the night"),
    // ---- Nights, in Kolkata. 22:30 local = 17:00Z; 23:00 = 17:30Z; 09:00 = 03:30Z.
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-06T17:30:00Z", 30, 0, "22:30 to 23:00: 30 min"),
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-06T20:00:00Z", 30, 0, "22:30 to 01:30: 30 min, then night"),
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-07T03:30:00Z", 30, 0, "22:30 to 09:00: 30 min, then night"),
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-07T04:00:00Z", 60, 0, "22:30 to 09:30: 30 + 30"),
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-07T04:01:00Z", 61, 100, "22:30 to 09:31: 30 + 31"),
    row(KOLKATA, "2026-01-06T17:30:00Z", "2026-01-07T03:30:00Z", 0, 0, "23:00 to 09:00: all night"),
    row(KOLKATA, "2026-01-06T18:30:00Z", "2026-01-07T04:30:00Z", 60, 0, "00:00 to 10:00: 60 after 09:00"),
    row(KOLKATA, "2026-01-06T03:00:00Z", "2026-01-06T04:31:00Z", 61, 100, "08:30 to 10:01: from 09:00, 61"),
    row(KOLKATA, "2026-01-06T15:30:00Z", "2026-01-07T05:30:00Z", 240, 500, "21:00 to 11:00: 2 h + 2 h = 4 h"),
    row(KOLKATA, "2026-01-06T12:30:00Z", "2026-01-07T12:30:00Z", 840, 1000, "a day less a night: 24 − 10 = 14 h"),
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-08T03:30:00Z", 870, 1000, "30 min + 14 h of the day between"),
    // ---- Kathmandu, a quarter off. 22:45 local = 17:00Z; 09:00 = 03:15Z.
    row(KATHMANDU, "2026-01-06T17:00:00Z", "2026-01-07T04:00:00Z", 60, 0, "22:45 to 09:45: 15 + 45"),
    row(KATHMANDU, "2026-01-06T17:00:00Z", "2026-01-07T04:01:00Z", 61, 100, "22:45 to 09:46: 15 + 46"),
    row(KATHMANDU, "2026-01-06T17:15:00Z", "2026-01-07T03:15:00Z", 0, 0, "23:00 to 09:00"),
    // ---- The same instants elsewhere are another time of day. 17:00Z to 19:30Z.
    row("UTC", "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 150, 300, "17:00 to 19:30: all of 150"),
    row(NEW_YORK, "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 150, 300, "12:00 to 14:30"),
    row(BERLIN, "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 150, 300, "18:00 to 20:30"),
    row(TOKYO, "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 0, 0, "02:00 to 04:30, night"),
    row(HONOLULU, "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 30, 0, "07:00 to 09:30: 30 after 09:00"),
    row(AUCKLAND, "2026-01-06T17:00:00Z", "2026-01-06T21:30:00Z", 90, 100, "06:00 (+13) to 10:30: 90 after 09:00"),
    row(CHATHAM, "2026-01-06T17:00:00Z", "2026-01-06T21:30:00Z", 135, 300, "06:45 (+13:45) to 11:15: 2 h 15 after 09:00"),
    row(ST_JOHNS, "2026-01-06T17:00:00Z", "2026-01-06T19:30:00Z", 150, 300, "13:30 to 16:00"),
    // ---- Clocks go forward: the night is an hour shorter in elapsed time.
    // New York, 8 March, 02:00 → 03:00. 22:30 −5 = 03:30Z; 09:00 −4 = 13:00Z.
    row(NEW_YORK, "2026-03-08T03:30:00Z", "2026-03-08T13:30:00Z", 60, 0, "22:30 to 09:30: 10 h − 9 h of night"),
    row(NEW_YORK, "2026-03-08T03:30:00Z", "2026-03-08T13:31:00Z", 61, 100, "22:30 to 09:31"),
    // London, 29 March, 01:00 → 02:00. 22:00 +0 = 22:00Z; 10:00 +1 = 09:00Z.
    row(LONDON, "2026-03-28T22:00:00Z", "2026-03-29T09:00:00Z", 120, 100, "22:00 to 10:00: 11 h − 9 h"),
    // Berlin, the same night. 22:00 +1 = 21:00Z; 11:00 +2 = 09:00Z.
    row(BERLIN, "2026-03-28T21:00:00Z", "2026-03-29T09:00:00Z", 180, 300, "22:00 to 11:00: 12 h − 9 h"),
    // Lord Howe, 4 October, 02:00 → 02:30. 22:00 +10:30 = 11:30Z; 10:00 +11 = 23:00Z.
    row(LORD_HOWE, "2026-10-03T11:30:00Z", "2026-10-03T23:00:00Z", 120, 100, "22:00 to 10:00: 11.5 h − 9.5 h"),
    // ---- Clocks go back: the night is an hour longer.
    // New York, 1 November, 02:00 → 01:00. 22:30 −4 = 02:30Z; 09:30 −5 = 14:30Z.
    row(NEW_YORK, "2026-11-01T02:30:00Z", "2026-11-01T14:30:00Z", 60, 0, "22:30 to 09:30: 12 h − 11 h of night"),
    row(NEW_YORK, "2026-11-01T02:30:00Z", "2026-11-01T14:31:00Z", 61, 100, "22:30 to 09:31"),
    // London, 25 October, 02:00 → 01:00. 22:00 +1 = 21:00Z; 10:00 +0 = 10:00Z.
    row(LONDON, "2026-10-24T21:00:00Z", "2026-10-25T10:00:00Z", 120, 100, "22:00 to 10:00: 13 h − 11 h"),
    row(LONDON, "2026-10-24T21:00:00Z", "2026-10-25T10:01:00Z", 121, 300, "22:00 to 10:01"),
    // Lord Howe, 5 April, 02:00 → 01:30. 22:00 +11 = 11:00Z; 10:00 +10:30 = 23:30Z.
    row(LORD_HOWE, "2026-04-04T11:00:00Z", "2026-04-04T23:30:00Z", 120, 100, "22:00 to 10:00: 12.5 h − 10.5 h"),
    // Within the repeated hour of the night nothing counts: 01:30 first to 01:30 again.
    row(NEW_YORK, "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", 0, 0, "01:30 −4 to 01:30 −5"),
    // ---- Drafts: one within 100 minutes of the end is the reference, a later one moves nothing.
    drafted("UTC", ["2026-01-06T10:00:00Z", "2026-01-06T10:20:00Z", "2026-01-06T11:20:00Z"], 60, 0, "draft after 20: 11:20 − 10:20"),
    drafted("UTC", ["2026-01-06T10:00:00Z", "2026-01-06T10:20:00Z", "2026-01-06T11:21:00Z"], 61, 100, "one minute more"),
    drafted("UTC", ["2026-01-06T10:00:00Z", "2026-01-06T11:40:00Z", "2026-01-06T13:40:00Z"], 120, 100, "draft after 100 exactly: 13:40 − 11:40"),
    drafted("UTC", ["2026-01-06T10:00:00Z", "2026-01-06T11:41:00Z", "2026-01-06T13:40:00Z"], 220, 500, "draft after 101: 13:40 − 10:00 = 3 h 40"),
    drafted("UTC", ["2026-01-06T10:00:00Z", "2026-01-06T16:00:00Z", "2026-01-06T16:30:00Z"], 390, 700, "draft after 6 h: 6 h 30 since the end"),
    // 22:30 local the end, 23:30 the draft, 10:00 the filing: the reference lies in the night.
    drafted(KOLKATA, ["2026-01-06T17:00:00Z", "2026-01-06T18:00:00Z", "2026-01-07T04:30:00Z"], 60, 0, "from 23:30: 60 after 09:00"),
    // Without it: 30 before the night and 60 after it.
    row(KOLKATA, "2026-01-06T17:00:00Z", "2026-01-07T04:30:00Z", 90, 100, "from 22:30: 30 + 60"),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn night() -> (u32, u32) {
    let policy = Policy::default();
    (policy.feedback_night_from_hour, policy.feedback_night_until_hour)
}

#[test]
fn every_row_worked_by_hand_is_what_the_clock_says() {
    assert!(ROWS.len() >= 40);
    let policy = Policy::default();
    let table = &policy.feedback_deductions[&Currency::Inr];
    for Row { zone: name, ended, draft, filed, counted, rupees, because } in ROWS {
        let from = reference(at(ended), draft.map(at));
        let got = counted_time(from, at(filed), zone(name), night());
        assert_eq!(got, minutes(*counted), "{name} {ended} → {filed}: {because}");
        assert_eq!(deduction_minor(table, got, 180_000), rupees * 100, "{name} {filed}: {because}");
    }
}

#[test]
fn a_second_over_is_over() {
    let policy = Policy::default();
    let table = &policy.feedback_deductions[&Currency::Inr];
    let end = at("2026-01-06T10:00:00Z");
    for (hours_counted, at_most, beyond) in
        [(1, 0, 100), (2, 100, 300), (3, 300, 500), (5, 500, 700), (8, 700, 1000)]
    {
        let exactly = counted_time(end, end + hours(hours_counted), Zone::UTC, night());
        assert_eq!(deduction_minor(table, exactly, 180_000), at_most * 100);
        let over = counted_time(end, end + hours(hours_counted) + Duration::seconds(1), Zone::UTC, night());
        assert_eq!(deduction_minor(table, over, 180_000), beyond * 100);
    }
}

#[test]
fn never_more_than_the_earning_and_in_the_currency_it_is_paid_in() {
    let policy = Policy::default();
    let (rupees, dollars) =
        (&policy.feedback_deductions[&Currency::Inr], &policy.feedback_deductions[&Currency::Usd]);
    // (counted minutes, cents taken of USD 26.00): the table of dollars, not rupees changed into dollars.
    for (counted, cents) in [
        (60, 0),
        (61, 150),
        (120, 150),
        (121, 450),
        (180, 450),
        (181, 700),
        (300, 700),
        (301, 1000),
        (480, 1000),
        (481, 1400),
    ] {
        assert_eq!(deduction_minor(dollars, minutes(counted), 2_600), cents, "{counted}");
    }
    // An earning of INR 400 is used up by the 500 of 4 hours; one of INR 0 stays 0.
    assert_eq!(deduction_minor(rupees, hours(4), 40_000), 40_000);
    assert_eq!(deduction_minor(rupees, hours(2), 40_000), 10_000);
    assert_eq!(deduction_minor(rupees, days(9), 0), 0);
    // 14 dollars of 6.
    assert_eq!(deduction_minor(dollars, hours(9), 600), 600);
}

/// A whole interview of the named interviewer, from 08:00 to 09:00 UTC on Tuesday 6 January, filed at a time;
/// what was earned, what was taken.
async fn filed_at(zone_name: &str, currency: Currency, filed: &str, late: bool) -> (i64, Money) {
    let world = World::over(Arc::new(MemoryStorage::new())).await;
    let (_, round) = world.job().await;
    let mut lena = world.interviewer("Lena", zone_name).await;
    lena.pay_currency = currency;
    world.put(&lena).await;
    let lena: Interviewer = world.get(lena.id).await;
    let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let interview = request(&world, &asha, at("2026-01-06T08:00:00Z")).await;
    accept(&world, interview, lena.id).await.unwrap();
    world.run_until(at("2026-01-06T09:00:00Z")).await;
    if late {
        // The operator puts the deadline off: until then nothing is taken.
        let mut row: Interview = world.get(interview).await;
        row.feedback_extended_until = Some(at(filed));
        world.put(&row).await;
    }
    world.run_until(at(filed)).await;
    let done =
        world.hdip.submit_scorecard(&world.as_interviewer(lena.id), interview, Some(full())).await.unwrap();
    (money(&world, interview).await.1[0], done.output.deduction.unwrap())
}

#[test]
fn the_earning_that_is_booked_is_the_pay_less_what_is_taken() {
    block_on(async {
        let inr = |rupees| Money::major(rupees, Currency::Inr);
        let usd = |amount_minor| Money { amount_minor, currency: Currency::Usd };
        // 09:00 to 10:00, 10:00 in Berlin to 11:00.
        assert_eq!(
            filed_at("Europe/Berlin", Currency::Inr, "2026-01-06T10:00:00Z", false).await,
            (180_000, inr(0))
        );
        // 10:00 in Berlin to 13:30: 3 h 30, so 500 of 1800.
        assert_eq!(
            filed_at("Europe/Berlin", Currency::Inr, "2026-01-06T12:30:00Z", false).await,
            (130_000, inr(500))
        );
        // 14:30 in Kolkata to 23:00 is 8 h 30; to 22:30, 8 h.
        assert_eq!(
            filed_at("Asia/Kolkata", Currency::Inr, "2026-01-06T17:00:00Z", false).await,
            (110_000, inr(700))
        );
        assert_eq!(
            filed_at("Asia/Kolkata", Currency::Inr, "2026-01-06T17:30:00Z", false).await,
            (80_000, inr(1000))
        );
        // In dollars: 26.00 less 4.50 for 2 h 30.
        assert_eq!(
            filed_at("Europe/Berlin", Currency::Usd, "2026-01-06T11:30:00Z", false).await,
            (2_150, usd(450))
        );
        // Put off by the operator: nothing is taken up to that time.
        assert_eq!(
            filed_at("Europe/Berlin", Currency::Inr, "2026-01-06T12:30:00Z", true).await,
            (180_000, inr(0))
        );
    });
}
