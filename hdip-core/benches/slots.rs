//! The pure slot question at its documented size: 1,000 interviewers, 14 days, weekly rules with exceptions,
//! 20,000 busy spans. `cargo bench -p hdip-core --bench slots`.

use hdip_core::interviewers::{Recurring, free_windows};
use hdip_core::scheduling::*;
use hdip_core::values::*;
use std::collections::{BTreeMap, BTreeSet};

fn main() {
    divan::main();
}

const ZONES: [&str; 6] = [
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Singapore",
    "America/Sao_Paulo",
];

struct World {
    now: Timestamp,
    range: Span,
    rules: SlotRules,
    demand: Demand,
    recurring: Vec<Vec<Recurring>>,
    members: Vec<Member>,
    draws: Vec<Draw>,
}

fn world() -> World {
    let now: Timestamp = "2026-03-20T04:37:00Z".parse().expect("a time");
    let range = Span::starting(now, days(14)).expect("a span");
    let demand = Demand {
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
    };
    // A plain generator: the same world every time.
    let mut state = 7u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut recurring = Vec::new();
    let members = (0..1000u128)
        .map(|n| {
            let zone: Zone = ZONES[n as usize % 6].parse().expect("a zone");
            let rule = |text: &str, start: u32, duration_minutes| Recurring {
                rule: text.parse().expect("a rule"),
                first_day: "2025-01-06".parse().expect("a day"),
                local_start: chrono::NaiveTime::from_hms_opt(start, 0, 0).expect("a time"),
                duration_minutes,
                zone,
                exceptions: (0..4).map(|d| now.date_naive() + days(d * 3)).collect(),
            };
            recurring.push(vec![
                rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", 9, 480),
                rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", 10, 240),
            ]);
            let id = InterviewerId::from_bits(n + 1);
            let mut busy: Vec<Span> = (0..20)
                .map(|_| {
                    Span::starting(now + minutes(next(14 * 96) as i64 * 15), minutes(30)).expect("a span")
                })
                .collect();
            busy = spans::union(busy);
            Member {
                id,
                profile: Profile {
                    id,
                    active: true,
                    specialisations: BTreeSet::from(["backend".to_owned()]),
                    skills: BTreeSet::from(["rust".to_owned()]),
                    experience_months: 90,
                    certifications: BTreeMap::from([("backend".to_owned(), 2)]),
                    companies: vec!["globex".into(), "hooli".into()],
                    rating_hundredths: None,
                    recent_interviews: 0,
                },
                zone,
                weekly_cap: 10,
                minimum_gap: minutes(30),
                free: Vec::new(),
                interviews: vec![Span::starting(now + hours(next(300) as i64), hours(1)).expect("a span")],
                external_busy: busy,
                held: Vec::new(),
            }
        })
        .collect();
    let draws = (0..50)
        .map(|_| Draw {
            span: Span::starting(now + minutes(next(14 * 96) as i64 * 15), hours(1)).expect("a span"),
            demand: demand.clone(),
        })
        .collect();
    let rules = SlotRules {
        step: minutes(15),
        duration: minutes(60),
        buffer: minutes(15),
        minimum_notice: hours(8),
        horizon: days(14),
    };
    World { now, range, rules, demand, recurring, members, draws }
}

/// Rules to windows to counted starts: all of what a page view computes.
#[divan::bench]
fn expand_and_count(bencher: divan::Bencher) {
    let world = world();
    let wide = world.range.widened(hours(2));
    bencher.bench(|| {
        let members: Vec<Member> = world
            .members
            .iter()
            .zip(&world.recurring)
            .map(|(member, recurring)| Member {
                free: free_windows(recurring, &[], &[], wide),
                ..member.clone()
            })
            .collect();
        slots(&question(&world, &members)).len()
    });
}

/// Counted starts, of windows at hand.
#[divan::bench]
fn count(bencher: divan::Bencher) {
    let world = world();
    let wide = world.range.widened(hours(2));
    let members: Vec<Member> = world
        .members
        .iter()
        .zip(&world.recurring)
        .map(|(member, recurring)| Member { free: free_windows(recurring, &[], &[], wide), ..member.clone() })
        .collect();
    assert!(slots(&question(&world, &members)).len() > 500);
    bencher.bench(|| slots(&question(&world, &members)).len());
}

/// One start, with everybody's reasons: what a commit asks.
#[divan::bench]
fn explain_one_start(bencher: divan::Bencher) {
    let world = world();
    let start = "2026-03-25T10:00:00Z".parse().expect("a time");
    bencher.bench(|| explain(&question(&world, &world.members), start).able.len());
}

fn question<'a>(world: &'a World, members: &'a [Member]) -> SlotQuestion<'a> {
    SlotQuestion {
        now: world.now,
        range: world.range,
        rules: &world.rules,
        demand: &world.demand,
        members,
        draws: &world.draws,
        candidate_busy: &[],
    }
}
