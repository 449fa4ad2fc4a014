//! What [`Storage`] promises, clause by clause (see [`crate::ports::storage`]).

mod desk;
mod ladder;
mod listing;
mod people;
mod records;
mod scheduling;
mod search;
mod work;

pub use desk::*;
pub use ladder::*;
pub use listing::*;
pub use people::*;
pub use records::*;
pub use scheduling::*;
pub use search::*;
pub use work::*;

use super::mutants::StorageFault;
use crate::interviewers::InterviewerSchedule;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::testkit::{MemoryStorage, SeededIds};
use crate::values::*;
use serde_json::json;
use std::sync::Arc;

/// An adapter under test, empty at the beginning of each test.
pub trait StorageHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> Arc<dyn Storage>;
}

/// Tests of a [`StorageHarness`], one per clause.
#[macro_export]
macro_rules! storage_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, storage:
            a_row_of_every_table_survives_letter_by_letter,
            what_is_not_there_is_none_in_its_place,
            an_update_needs_the_version_read,
            a_delete_needs_the_version_read,
            a_key_is_taken_once,
            a_unique_value_is_taken_once_and_nulls_do_not_collide,
            a_unique_value_moves_within_a_commit,
            a_guard_is_checked_and_not_written,
            a_refused_commit_leaves_nothing,
            of_two_at_once_one_wins,
            nobody_is_at_two_places,
            releases_come_before_claims,
            positions_of_a_stream_have_no_gap,
            a_cause_is_carried_out_once,
            ready_jobs_are_claimed_in_order_and_leased,
            a_lease_that_ran_out_is_handed_on_and_fenced,
            a_job_waits_dies_and_comes_back,
            a_job_left_to_a_newer_release_was_not_tried,
            a_named_job_is_claimed_if_it_is_ready,
            the_health_of_the_work_is_told,
            a_trace_stays_with_what_was_committed,
            alerts_are_listed_and_those_that_last_apart,
            a_timer_is_one_per_kind_and_subject,
            a_moved_timer_does_not_fire,
            an_idempotency_key_is_taken_until_it_expires,
            pages_visit_every_row_once_whatever_is_added,
            a_cursor_that_is_not_ours_is_rejected,
            a_scope_never_lets_a_foreign_row_out,
            the_pool_has_what_decides,
            draws_are_live_holds_and_open_requests,
            what_belongs_to_an_account_is_found_by_its_user,
            feedback_on_the_product_is_paged_by_status,
            what_belongs_to_a_client_is_found_by_it,
            the_desk_holds_what_needs_a_person,
            the_desk_holds_jobs_that_were_given_up,
            contests_and_grants_are_found,
            the_audit_trail_is_read_by_every_filter,
            the_ladder_is_found_by_its_people,
            agencies_and_attempts_are_found_by_whose_they_are,
            all_words_are_found_by_their_beginnings,
            what_is_found_is_what_the_records_say_now,
            search_never_lets_a_foreign_row_out,
            what_nobody_needs_any_more_is_purged,
        );
    };
}

const NOW: &str = "2026-01-05T04:30:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn row(id: u128, total: i64) -> InterviewerSchedule {
    InterviewerSchedule { id: InterviewerId::from_bits(id), confirmed_total: total, version: 0 }
}

async fn put(port: &dyn Storage, entity: &impl Entity) {
    let mut changes = Changes::new();
    changes.put(entity);
    port.commit(changes).await.expect("the record is stored");
}

async fn read(port: &dyn Storage, id: u128) -> InterviewerSchedule {
    port.get(InterviewerId::from_bits(id)).await.expect("the record is there")
}

fn event(ids: &SeededIds, stream: Stream) -> NewEvent {
    NewEvent {
        id: ids.fresh(),
        stream,
        kind: "test.happened".into(),
        version: 1,
        subject: "x".into(),
        actor: "system".into(),
        at: now(),
        request_id: Some("r1".into()),
        data: json!({"n": 1}),
    }
}

fn job(ids: &SeededIds, cause: &str, due_at: Timestamp) -> NewJob {
    NewJob {
        id: ids.fresh(),
        client_id: None,
        kind: "test".into(),
        cause: cause.into(),
        subject: "x".into(),
        data: json!({"n": [1, "ü"]}),
        due_at,
        created_at: now(),
        request_id: None,
    }
}

async fn queue(port: &dyn Storage, jobs: Vec<NewJob>) {
    port.commit(Changes { jobs, ..Changes::new() }).await.expect("jobs are queued");
}

fn is_stale(done: Result<(), CommitError>) -> bool {
    matches!(done, Err(CommitError::Stale { .. }))
}

/// [`MemoryStorage`] under test.
#[derive(Debug, Default)]
pub struct MemoryStorageHarness(Arc<MemoryStorage>);

impl MemoryStorageHarness {
    /// A broken one.
    pub fn with(fault: StorageFault) -> Self {
        Self(Arc::new(MemoryStorage::with_fault(fault)))
    }
}

impl StorageHarness for MemoryStorageHarness {
    fn port(&self) -> Arc<dyn Storage> {
        self.0.clone()
    }
}

#[cfg(test)]
mod memory {
    crate::storage_contract!(attr = tokio::test, harness = super::MemoryStorageHarness::default());
}
