use hdip_core::ports::{Clock, Ids, IdsExt};
use hdip_core::values::JobId;
use hdip_integrations::system::{SystemClock, UuidIds};
use std::time::SystemTime;

#[test]
fn the_clock_has_whole_microseconds_of_now() {
    for _ in 0..50 {
        let now = SystemClock.now();
        assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
        let host: chrono::DateTime<chrono::Utc> = SystemTime::now().into();
        assert!((host - now).num_seconds().abs() < 5);
    }
}

#[test]
fn ids_grow_across_threads_and_never_repeat() {
    let draw = || (0..20_000).map(|_| UuidIds.next()).collect::<Vec<_>>();
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
    let mut all = Vec::new();
    for thread in threads {
        let ids = thread.join().unwrap();
        assert!(ids.is_sorted(), "a later id sorts before an earlier one");
        all.extend(ids);
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 80_000);
}

#[test]
fn ids_are_uuids_of_version_7_with_the_time_in_front() {
    let id = UuidIds.next();
    assert_eq!((id >> 76 & 0xf, id >> 62 & 0b11), (7, 0b10));
    let milliseconds = i64::try_from(id >> 80).unwrap();
    assert!((SystemClock.now().timestamp_millis() - milliseconds).abs() < 5000);
    assert!(UuidIds.fresh::<JobId>() < UuidIds.fresh::<JobId>());
}
