//! The pure rules against oracles: the `rrule` crate for recurring availability, a minute-by-minute search
//! for slots. Six zones, half-hour ones and clock changes among them.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use hdip_core::interviewers::{Recurring, WeeklyRule, free_windows};
use hdip_core::scheduling::*;
use hdip_core::values::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ZONES: [&str; 8] = [
    "Asia/Kolkata",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Chatham",
    "America/St_Johns",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
];

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Days around which some zone above changes its clocks, and a leap day.
fn interesting_day() -> impl Strategy<Value = NaiveDate> {
    const DAYS: &[&str] = &[
        "2026-03-08",
        "2026-03-29",
        "2026-04-05",
        "2026-09-27",
        "2026-10-04",
        "2026-10-25",
        "2026-11-01",
        "2028-02-28",
    ];
    (prop::sample::select(DAYS), -9i64..3)
        .prop_map(|(day, off)| day.parse::<NaiveDate>().unwrap() + Duration::days(off))
}

fn rule_text() -> impl Strategy<Value = String> {
    let days = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..=7);
    let end = prop_oneof![
        Just(String::new()),
        (1u32..40).prop_map(|n| format!(";COUNT={n}")),
        interesting_day()
            .prop_map(|d| format!(";UNTIL={}T235959Z", (d + Duration::days(20)).format("%Y%m%d"))),
    ];
    (prop::sample::select(&["DAILY", "WEEKLY"][..]), 1u32..4, days, end).prop_map(
        |(freq, interval, days, end)| {
            format!("FREQ={freq};INTERVAL={interval};BYDAY={}{end}", days.join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn recurring_windows_equal_those_of_the_rrule_crate(
        rule in rule_text(),
        zone_name in prop::sample::select(&ZONES[..]),
        first_day in interesting_day(),
        start in 0u32..96,
        ahead in 0i64..40,
        skip in 0usize..6,
    ) {
        // The crate takes DTSTART for an occurrence; move it to a day that the rule matches.
        let rrule: WeeklyRule = rule.parse().unwrap();
        let tz: rrule::Tz = zone_name.parse::<chrono_tz::Tz>().unwrap().into();
        let local_start = NaiveTime::from_num_seconds_from_midnight_opt(start * 900, 0).unwrap();
        let byday = rule.split("BYDAY=").nth(1).unwrap().split(';').next().unwrap().to_owned();
        let matches = |day: &NaiveDate| {
            let name = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][chrono::Datelike::weekday(day).num_days_from_monday() as usize];
            byday.split(',').any(|d| d == name)
        };
        let first_day = first_day.iter_days().find(matches).unwrap();
        let dtstart = match tz.from_local_datetime(&first_day.and_time(local_start)).earliest() {
            Some(start) => start,
            None => return Ok(()), // DTSTART in a gap: the crate cannot begin there
        };
        let Ok(oracle) = rule.parse::<rrule::RRule<rrule::Unvalidated>>().unwrap().build(dtstart) else {
            return Ok(()); // UNTIL before DTSTART, which the crate refuses and we take for a rule without days
        };
        let recurring = Recurring { rule: rrule, first_day, local_start, duration_minutes: 60, zone: zone(zone_name), exceptions: BTreeSet::new() };
        let from = zone(zone_name).instant(first_day.and_time(NaiveTime::MIN)) + days(ahead);
        let range = Span::new(from, from + days(20)).unwrap();

        let wanted: Vec<Timestamp> = oracle
            .all(200)
            .dates
            .into_iter()
            .map(|date| date.to_utc())
            .filter(|start| Span::starting(*start, hours(1)).unwrap().overlaps(range))
            .collect();
        let all = recurring.expand(range);
        let got: Vec<Timestamp> = all.iter().map(|span| span.start()).collect();
        prop_assert_eq!(&got, &wanted, "{} from {} {} in {}", rule, first_day, local_start, zone_name);
        prop_assert!(all.iter().all(|span| span.length() == hours(1)), "windows last their elapsed time");

        // An exception takes one away and moves nothing else, COUNT included.
        if let Some(gone) = got.get(skip) {
            let day = zone(zone_name).local(*gone).date();
            let without = Recurring { exceptions: BTreeSet::from([day]), ..recurring }.expand(range);
            prop_assert_eq!(without.len() + 1, got.len());
        }
    }
}

#[test]
fn what_rules_cannot_say_is_refused_by_the_name_of_the_part() {
    for (rule, part) in [
        ("FREQ=MONTHLY", "FREQ"),
        ("FREQ=SECONDLY;COUNT=5", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY"),
        ("FREQ=WEEKLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20260101", "COUNT"),
        ("FREQ=WEEKLY;UNTIL=20260230", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20260101T090000", "UNTIL"),
        ("FREQ=WEEKLY;WKST=SU", "WKST"),
        ("FREQ=WEEKLY;FREQ=DAILY", "FREQ"),
        ("FREQ", "FREQ"),
        ("", "FREQ"),
        ("FREQ=DAILY\nDTSTART:20260101", "FREQ"),
    ] {
        let refused = rule.parse::<WeeklyRule>().unwrap_err();
        assert!(refused.starts_with(part), "{rule}: {refused}");
    }
    let rule: WeeklyRule = "RRULE:FREQ=WEEKLY;BYDAY=WE,MO;INTERVAL=2".parse().unwrap();
    assert_eq!(rule.to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE");
}

#[test]
fn a_rule_that_never_ends_is_as_fast_in_the_far_future_and_leap_days_are_days() {
    let recurring = Recurring {
        rule: "FREQ=DAILY;INTERVAL=7".parse().unwrap(),
        first_day: "2000-02-29".parse().unwrap(),
        local_start: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        duration_minutes: 60,
        zone: zone("Asia/Kolkata"),
        exceptions: BTreeSet::new(),
    };
    let range = Span::starting(at("2400-02-25T00:00:00Z"), days(7)).unwrap();
    let found: Vec<_> = recurring.expand(range).iter().map(|s| s.start().to_rfc3339()).collect();
    assert_eq!(found, ["2400-02-29T03:30:00+00:00"]);
    // COUNT is counted by arithmetic: the 1000th day of a rule.
    let counted = Recurring {
        rule: "FREQ=DAILY;COUNT=1000".parse().unwrap(),
        first_day: "2024-01-01".parse().unwrap(),
        ..recurring
    };
    let end = Span::starting(at("2026-09-25T00:00:00Z"), days(5)).unwrap();
    assert_eq!(counted.expand(end).last().unwrap().start(), at("2026-09-26T03:30:00Z"));
}

#[test]
fn windows_add_up_and_black_outs_win() {
    let span = |from: &str, until: &str| Span::new(at(from), at(until)).unwrap();
    let range = span("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
    let windows = [
        span("2026-01-05T08:00:00Z", "2026-01-05T10:00:00Z"),
        span("2026-01-05T10:00:00Z", "2026-01-05T12:00:00Z"),
    ];
    let blackouts = [span("2026-01-05T09:00:00Z", "2026-01-05T09:30:00Z")];
    assert_eq!(
        free_windows(&[], &windows, &blackouts, range),
        [
            span("2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z"),
            span("2026-01-05T09:30:00Z", "2026-01-05T12:00:00Z")
        ]
    );
}

// Matching.

fn demand() -> Demand {
    Demand {
        specialisation: "backend".into(),
        mandatory_skills: vec!["postgresql".into(), "rust".into()],
        candidate_experience_months: 60,
        client_level: 2,
        candidate_company: Some("initech".into()),
        client_brand: "acme".into(),
        candidate: CandidateId::from_bits(1),
        excluded: BTreeSet::new(),
        blocked: BTreeSet::new(),
        evaluated_by: BTreeSet::new(),
    }
}

fn profile(bits: u128) -> Profile {
    Profile {
        id: InterviewerId::from_bits(bits),
        active: true,
        specialisations: BTreeSet::from(["backend".into()]),
        skills: BTreeSet::from(["rust".into()]),
        experience_months: 84,
        certifications: BTreeMap::from([("backend".to_owned(), 2)]),
        companies: vec!["globex".into()],
        rating_hundredths: None,
        recent_interviews: 0,
    }
}

#[test]
fn every_matching_rule_has_its_reason() {
    assert_eq!(match_interviewer(&demand(), &profile(1)).unwrap().skill_cover, 1);
    let me = || BTreeSet::from([InterviewerId::from_bits(1)]);
    let no = |profile: Profile, demand: Demand| match_interviewer(&demand, &profile).unwrap_err();
    assert_eq!(no(Profile { active: false, ..profile(1) }, demand()), [WhyNot::NotActive]);
    assert_eq!(
        no(Profile { specialisations: BTreeSet::new(), ..profile(1) }, demand()),
        [WhyNot::Specialisation]
    );
    assert_eq!(
        no(Profile { skills: BTreeSet::from(["go".into()]), ..profile(1) }, demand()),
        [WhyNot::Skills]
    );
    assert_eq!(no(Profile { experience_months: 83, ..profile(1) }, demand()), [WhyNot::Experience]);
    assert_eq!(no(Profile { companies: vec!["initech".into()], ..profile(1) }, demand()), [WhyNot::Company]);
    assert_eq!(
        no(Profile { companies: vec!["x".into(), "acme".into()], ..profile(1) }, demand()),
        [WhyNot::Company]
    );
    assert_eq!(no(profile(1), Demand { evaluated_by: me(), ..demand() }), [WhyNot::EvaluatedBefore]);
    assert_eq!(no(profile(1), Demand { excluded: me(), ..demand() }), [WhyNot::Excluded]);
    assert_eq!(no(profile(1), Demand { blocked: me(), ..demand() }), [WhyNot::Blocked]);
    // Level 1: only 1; 2: 1 and 2; 3: 2 and 3.
    let levels = |client_level| {
        (1..=3)
            .filter(|level| {
                match_interviewer(
                    &Demand { client_level, ..demand() },
                    &Profile {
                        certifications: BTreeMap::from([("backend".to_owned(), *level)]),
                        ..profile(1)
                    },
                )
                .is_ok()
            })
            .collect::<Vec<u8>>()
    };
    assert_eq!([levels(1), levels(2), levels(3)], [vec![1], vec![1, 2], vec![2, 3]]);
}

#[test]
fn company_names_compare_without_case_punctuation_and_legal_suffix() {
    for (a, b) in [
        ("Acme", "ACME Pvt. Ltd."),
        ("Acme", "acme private limited"),
        ("Tata & Sons", "Tata and Sons Ltd"),
        ("O'Reilly Media, Inc.", "OReilly Media"),
        ("Müller GmbH", "müller"),
        ("ABC Co., Ltd.", "abc"),
    ] {
        assert_eq!(company_key(a), company_key(b), "{a} / {b}");
    }
    assert_ne!(company_key("Acme Labs"), company_key("Acme"));
    assert_eq!(company_key("Limited"), "limited", "a name of suffixes only stays a name");
}

#[test]
fn the_best_are_asked_first_and_ties_are_settled_the_same_everywhere() {
    let both = Profile {
        skills: BTreeSet::from(["rust".into(), "postgresql".into()]),
        rating_hundredths: Some(100),
        ..profile(9)
    };
    let good = Profile { rating_hundredths: Some(450), ..profile(8) };
    let rested = Profile { recent_interviews: 0, ..profile(7) };
    let busy = Profile { recent_interviews: 5, ..profile(1) };
    let bad = Profile { rating_hundredths: Some(250), ..profile(2) };
    let mut order = [&bad, &busy, &rested, &good, &both]
        .map(|p| (rank(match_interviewer(&demand(), p).unwrap(), p), p.id));
    order.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(order.map(|(_, id)| id), [9, 8, 7, 1, 2].map(InterviewerId::from_bits));
}

// Slots.

fn slot_rules() -> SlotRules {
    SlotRules {
        step: minutes(15),
        duration: minutes(60),
        buffer: minutes(15),
        minimum_notice: hours(8),
        horizon: days(14),
    }
}

fn span_of(start: Timestamp, (from, length): (i64, i64)) -> Span {
    Span::starting(start + minutes(from * 5), minutes(length * 5)).unwrap()
}

/// Everything a question needs, random.
#[derive(Debug, Clone)]
struct Case {
    now: Timestamp,
    rules: SlotRules,
    members: Vec<(Member, Vec<Recurring>, Vec<Span>)>,
    draws: Vec<Draw>,
    candidate_busy: Vec<Span>,
    range: Span,
}

fn case() -> impl Strategy<Value = Case> {
    let spans = |count: usize| prop::collection::vec((0i64..4 * 288, 1i64..40), 0..count);
    let recurring = (rule_text(), 0u32..48, prop::sample::select(&[45u32, 120, 480, 1440][..]));
    let member = (
        prop::sample::select(&ZONES[..]),
        prop::collection::vec(recurring, 0..3),
        spans(2),
        spans(3),
        spans(3),
        0u32..4,
        prop::sample::select(&[0i64, 15, 45][..]),
        any::<bool>(),
    );
    let rules = (prop::sample::select(&[30i64, 45, 60, 90][..]), prop::sample::select(&[0i64, 15, 30][..]));
    (interesting_day(), rules, prop::collection::vec(member, 1..4), spans(3), spans(2), any::<bool>())
        .prop_map(|(day, (duration, buffer), members, draws, busy, drawn_match)| {
            let now = day.and_hms_opt(3, 7, 0).unwrap().and_utc();
            let rules = SlotRules {
                duration: minutes(duration),
                buffer: minutes(buffer),
                horizon: days(4),
                ..slot_rules()
            };
            let members = members
                .into_iter()
                .enumerate()
                .map(|(i, (zone_name, recurring, windows, interviews, external, cap, gap, matches))| {
                    let zone = zone(zone_name);
                    let recurring: Vec<Recurring> = recurring
                        .into_iter()
                        .map(|(rule, start, duration_minutes)| Recurring {
                            rule: rule.parse().unwrap(),
                            first_day: day - Duration::days(6),
                            local_start: NaiveTime::from_num_seconds_from_midnight_opt(start * 1800, 0)
                                .unwrap(),
                            duration_minutes,
                            zone,
                            exceptions: BTreeSet::new(),
                        })
                        .collect();
                    let windows: Vec<Span> = windows.into_iter().map(|s| span_of(now, s)).collect();
                    let mut interviews: Vec<Span> = interviews.into_iter().map(|s| span_of(now, s)).collect();
                    interviews.sort();
                    let mut profile = profile(i as u128 + 1);
                    if !matches {
                        profile.certifications.insert("backend".into(), 3);
                    }
                    let member = Member {
                        id: profile.id,
                        profile,
                        zone,
                        weekly_cap: cap,
                        minimum_gap: minutes(gap),
                        free: Vec::new(),
                        // Requested under another buffer than the asker's.
                        held: interviews
                            .iter()
                            .filter_map(|own: &Span| Span::new(own.start(), own.end() + minutes(gap + 5)))
                            .collect(),
                        interviews,
                        external_busy: external.into_iter().map(|s| span_of(now, s)).collect(),
                    };
                    (member, recurring, windows)
                })
                .collect();
            let drawn = Demand { client_level: if drawn_match { 2 } else { 1 }, ..demand() };
            Case {
                now,
                rules,
                members,
                draws: draws
                    .into_iter()
                    .map(|s| Draw { span: span_of(now, s), demand: drawn.clone() })
                    .collect(),
                candidate_busy: busy.into_iter().map(|s| span_of(now, s)).collect(),
                range: Span::starting(now + hours(1), days(5)).unwrap(),
            }
        })
}

/// The oracle: every quarter hour, minute by minute, in the plainest words of the product page.
fn oracle(case: &Case) -> BTreeMap<Timestamp, u32> {
    let demand = demand();
    let every = |from: Timestamp, until: Timestamp| {
        let mut list = Vec::new();
        let mut minute = from;
        while minute < until {
            list.push(minute);
            minute += minutes(1);
        }
        list
    };
    let wide = case.range.widened(days(2));
    // A member's open minutes: each local day's window, and the one-off ones.
    let open: Vec<BTreeSet<Timestamp>> = case
        .members
        .iter()
        .map(|(_, recurring, windows)| {
            let rules = recurring.iter().flat_map(|rule| rule.expand(wide));
            rules.chain(windows.iter().copied()).flat_map(|w| every(w.start(), w.end())).collect()
        })
        .collect();
    let mut found = BTreeMap::new();
    let mut start = at("2026-01-01T00:00:00Z");
    start += minutes((case.range.start() - start).num_minutes() / 15 * 15);
    while start < case.range.end() {
        let (end, at) = (start + case.rules.duration, start);
        start += minutes(15);
        if at < case.range.start()
            || at < case.now + case.rules.minimum_notice
            || at >= case.now + case.rules.horizon
        {
            continue;
        }
        if case.candidate_busy.iter().any(|busy| busy.start() < end && at < busy.end()) {
            continue;
        }
        let able: Vec<&Member> = case
            .members
            .iter()
            .zip(&open)
            .filter(|((member, ..), open)| {
                let free = every(at, end).iter().all(|minute| open.contains(minute));
                let close = |busy: &Span, gap: Duration| busy.start() < end + gap && at - gap < busy.end();
                let gap = case.rules.buffer.max(member.minimum_gap);
                let iso = |t: Timestamp| chrono::Datelike::iso_week(&member.zone.local(t));
                let week = member.interviews.iter().filter(|own| iso(own.start()) == iso(at)).count() as u32;
                match_interviewer(&demand, &member.profile).is_ok()
                    && free
                    && !member.external_busy.iter().any(|busy| close(busy, case.rules.buffer))
                    && !member.interviews.iter().any(|busy| close(busy, gap))
                    && !member.held.iter().any(|held| {
                        held.start() < at + case.rules.duration + case.rules.buffer && at < held.end()
                    })
                    && week < member.weekly_cap
            })
            .map(|((member, ..), _)| member)
            .collect();
        let drawn = case
            .draws
            .iter()
            .filter(|draw| {
                draw.span.start() < end + case.rules.buffer && at - case.rules.buffer < draw.span.end()
            })
            .filter(|draw| able.iter().any(|member| match_interviewer(&draw.demand, &member.profile).is_ok()))
            .count() as u32;
        let count = (able.len() as u32).saturating_sub(drawn);
        if count > 0 {
            found.insert(at, count);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn slots_equal_a_brute_force_search_and_explain_agrees(case in case()) {
        let wide = case.range.widened(days(2));
        let members: Vec<Member> = case
            .members
            .iter()
            .map(|(member, recurring, windows)| Member { free: free_windows(recurring, windows, &[], wide), ..member.clone() })
            .collect();
        let demand = demand();
        let question = SlotQuestion {
            now: case.now,
            range: case.range,
            rules: &case.rules,
            demand: &demand,
            members: &members,
            draws: &case.draws,
            candidate_busy: &case.candidate_busy,
        };
        let got: BTreeMap<Timestamp, u32> = slots(&question).into_iter().map(|start| (start.at, start.count)).collect();
        prop_assert_eq!(&got, &oracle(&case));
        // The function that decides a commit says the same of every quarter hour, with a reason for each no.
        let mut start = case.range.start() + minutes(8);
        prop_assert_eq!(start.timestamp() % 900, 0);
        while start < case.range.end() {
            let answer = explain(&question, start);
            prop_assert_eq!(answer.offered.map(|s| s.count), got.get(&start).copied(), "{}", start);
            prop_assert!(answer.offered.is_some() || !answer.reasons.is_empty() || answer.able.is_empty());
            prop_assert_eq!(answer.able.len() + answer.per_interviewer.len(), members.len());
            prop_assert!(answer.per_interviewer.values().all(|why| !why.is_empty()));
            let ids: Vec<_> = able(&question, start).iter().map(|member| member.id).collect();
            prop_assert_eq!(ids, answer.able);
            start += minutes(15);
        }
    }
}

#[test]
fn notice_and_horizon_are_a_closed_and_an_open_end() {
    let now = at("2026-01-05T04:30:00Z");
    let always = vec![Span::new(now - days(1), now + days(30)).unwrap()];
    let profile = profile(1);
    let member = Member {
        id: profile.id,
        profile,
        zone: Zone::UTC,
        weekly_cap: 9,
        minimum_gap: minutes(0),
        free: always,
        interviews: vec![],
        external_busy: vec![],
        held: vec![],
    };
    let (rules, demand) = (slot_rules(), demand());
    let question = SlotQuestion {
        now,
        range: Span::starting(now, days(30)).unwrap(),
        rules: &rules,
        demand: &demand,
        members: std::slice::from_ref(&member),
        draws: &[],
        candidate_busy: &[],
    };
    let all = slots(&question);
    assert_eq!(all.first().unwrap().at, now + hours(8));
    assert_eq!(all.last().unwrap().at, now + days(14) - minutes(15));
    assert_eq!(explain(&question, now + hours(8) - minutes(15)).reasons, [WhyNot::TooSoon]);
    assert_eq!(explain(&question, now + days(14)).reasons, [WhyNot::TooFar]);
    assert_eq!(explain(&question, now + hours(9) + minutes(5)).reasons, [WhyNot::OffGrid]);
}
