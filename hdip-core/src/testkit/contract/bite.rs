//! Every mutant is caught, by the clause that is meant to catch it.

use super::mutants::*;
use super::storage::MemoryStorageHarness;
use super::{calendar, chat, files, mail, queue, secrets, storage, video};
use crate::testkit::block_on;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `clause(&broken)` must panic for every row.
macro_rules! bites {
    ($suite:ident, $make:expr, $($fault:expr => $($clause:ident),+;)+) => {
        #[test]
        fn $suite() {
            let mut missed = Vec::new();
            $($({
                let broken = $make($fault);
                let run = AssertUnwindSafe(|| block_on($suite::$clause(&broken)));
                if catch_unwind(run).is_ok() {
                    missed.push(concat!(stringify!($fault), " by ", stringify!($clause)));
                }
            })+)+
            assert!(missed.is_empty(), "not caught: {missed:#?}");
        }
    };
}

bites! { mail, MutantMail::new,
    MailFault::SendsNothing => a_message_arrives_whole, a_repeat_keeps_its_message_id;
    MailFault::AsciiOnly => a_message_arrives_whole;
    MailFault::InventsReplyTo => answers_go_to_the_sender_unless_said;
    MailFault::EndsAtDot => long_lines_and_lines_of_dots_survive;
    MailFault::DropsCalendar => a_calendar_object_arrives_inline_and_attached;
    MailFault::CalendarAttachedOnly => a_calendar_object_arrives_inline_and_attached;
    MailFault::UnixLineEnds => a_calendar_object_arrives_inline_and_attached;
    MailFault::InventsCalendar => without_a_calendar_object_none_arrives;
    MailFault::TextAttachments => attachments_arrive_byte_by_byte;
    MailFault::HeadersBreak => a_line_break_never_starts_a_header;
    MailFault::FreshMessageId => a_repeat_keeps_its_message_id;
    MailFault::RetriesRefused => a_refused_address_is_rejected_for_good;
    MailFault::GivesUpDeferred => a_deferred_address_backs_off;
}

bites! { calendar, MutantCalendar::new,
    CalendarFault::InvitesTwice => either_the_provider_invites_or_there_is_an_object;
    CalendarFault::NobodyInvites => either_the_provider_invites_or_there_is_an_object;
    CalendarFault::NoFolding => an_object_is_valid_icalendar;
    CalendarFault::UnixLineEnds => an_object_is_valid_icalendar;
    CalendarFault::WrongMethod => an_object_is_valid_icalendar;
    CalendarFault::SecondAttendee => an_object_names_the_operator_and_this_side_only;
    CalendarFault::NoEscaping => texts_survive;
    CalendarFault::BreaksOut => names_cannot_break_out;
    CalendarFault::LocalTimes => times_are_in_utc;
    CalendarFault::OwnSequence => a_change_keeps_the_uid_and_says_its_sequence, a_lower_sequence_stays_lower;
    CalendarFault::CancelsAnotherUid => a_cancellation_keeps_uid_start_and_end;
    CalendarFault::CancelsSoftly => a_cancellation_keeps_uid_start_and_end;
    CalendarFault::RepeatsDiffer => a_repeat_is_the_same;
    CalendarFault::EveryoneIsFree => busy_times_are_sorted_and_merged_or_unsupported;
}

bites! { video, MutantVideo::new,
    VideoFault::NewRoomEachTime => the_same_interview_gets_the_same_room;
    VideoFault::RoomPerTime => the_same_interview_gets_the_same_room;
    VideoFault::OneRoom => different_interviews_get_different_rooms;
    VideoFault::IdIsRoom => a_room_has_80_bits_that_nobody_can_guess;
    VideoFault::HashIsRoom => a_room_has_80_bits_that_nobody_can_guess;
    VideoFault::ShortRoom => a_room_has_80_bits_that_nobody_can_guess;
    VideoFault::SharedSecret => a_room_follows_from_the_adapters_secret;
    VideoFault::PlainHttp => people_open_an_https_link;
}

bites! { files, MutantFiles::new,
    FilesFault::FirstPieceOnly => what_was_put_is_got;
    FilesFault::NoDigest => length_and_sha256_are_those_of_the_content;
    FilesFault::NeverReplaces => a_put_replaces;
    FilesFault::KeepsPartial => a_source_error_leaves_nothing, a_source_error_keeps_the_old_content;
    FilesFault::LeavesTemporary => a_source_error_leaves_nothing, over_the_limit_is_rejected_and_leaves_nothing;
    FilesFault::DeletesFirst => a_source_error_keeps_the_old_content, over_the_limit_keeps_the_old_content;
    FilesFault::Unlimited => over_the_limit_is_rejected_and_leaves_nothing;
    FilesFault::RetriesTooLarge => over_the_limit_is_rejected_and_leaves_nothing;
    FilesFault::LimitIsTooMuch => exactly_the_limit_is_fine;
    FilesFault::UnknownIsEmpty => an_unknown_id_is_not_found;
    FilesFault::DeletesOnce => a_deleted_file_is_gone_and_deleting_again_is_fine;
    FilesFault::MixesIds => ids_do_not_mix;
    FilesFault::Forgets => files_outlive_the_adapter;
}

bites! { queue, MutantQueue::new,
    QueueFault::ForgetsWithoutWaiter => what_was_announced_while_nobody_waited_is_kept;
    QueueFault::WakesNobody => an_announcement_wakes_a_waiter;
    QueueFault::CriesWolf => nothing_announced_ends_with_the_wait;
    QueueFault::NeverRunsOut => announcements_run_out;
    QueueFault::DroppedWaiterTakes => a_waiter_that_is_dropped_loses_nothing;
    QueueFault::OneWaiter => announcers_and_waiters_share_a_queue;
    QueueFault::HandsOutTwice => what_is_taken_is_nobody_elses;
    QueueFault::KeepsGivenBack => what_is_given_back_is_heard_again;
    QueueFault::RepeatsDone => what_is_done_is_heard_no_more;
    QueueFault::AnnouncesOnce => what_is_done_is_heard_no_more;
    QueueFault::NamesAnother => what_was_announced_while_nobody_waited_is_kept, an_announcement_wakes_a_waiter;
    QueueFault::NeverAnswers => a_queue_that_is_there_answers;
}

bites! { chat, MutantChat::new,
    ChatFault::SaysNothing => a_text_arrives_letter_by_letter;
    ChatFault::CutsLines => a_text_arrives_letter_by_letter;
    ChatFault::LetsMentionsThrough => nothing_in_a_text_is_markup;
    ChatFault::RetriesRefused => what_is_refused_is_rejected_for_good;
    ChatFault::IgnoresThePause => a_throttled_channel_says_when_to_come_back;
    ChatFault::GivesUp => a_channel_that_is_down_backs_off;
    ChatFault::PrintsTheAddress => the_address_is_a_secret;
}

bites! { secrets, MutantSecretsHarness::new,
    SecretsFault::CutsPasswords => a_hash_accepts_exactly_its_password;
    SecretsFault::TrimsPasswords => a_hash_accepts_exactly_its_password;
    SecretsFault::StoresPassword => a_hash_does_not_hold_its_password;
    SecretsFault::NoSalt => hashes_of_one_password_differ;
    SecretsFault::OwnParametersOnly => hashes_with_other_parameters_are_accepted;
    SecretsFault::BadHashIsError => a_text_that_is_no_hash_is_refused;
    SecretsFault::KeyPerProcess => a_mac_is_the_same_wherever_the_key_is;
    SecretsFault::NoKey => a_mac_depends_on_key_purpose_and_every_byte;
    SecretsFault::NoPurpose => a_mac_depends_on_key_purpose_and_every_byte;
    SecretsFault::RunsTogether => purpose_and_data_do_not_run_together;
    SecretsFault::HalfRandom => random_bytes_never_repeat;
    SecretsFault::SealsInClear => a_sealed_text_does_not_hold_the_plain_one;
    SecretsFault::SealsAlike => sealed_texts_of_one_plain_text_differ;
    SecretsFault::NoContext => a_sealed_text_opens_only_where_it_belongs;
    SecretsFault::OpensAnything => a_changed_sealed_text_is_refused;
    SecretsFault::PrintsKey => nothing_secret_is_printed;
}

bites! { storage, MemoryStorageHarness::with,
    StorageFault::AppliesHalf => a_refused_commit_leaves_nothing;
    StorageFault::IgnoresVersions => an_update_needs_the_version_read, a_delete_needs_the_version_read, of_two_at_once_one_wins;
    StorageFault::IgnoresGuards => a_guard_is_checked_and_not_written;
    StorageFault::IgnoresUniques => a_unique_value_is_taken_once_and_nulls_do_not_collide;
    StorageFault::SharesTicks => nobody_is_at_two_places;
    StorageFault::ClaimsFirst => releases_come_before_claims;
    StorageFault::LeavesGaps => positions_of_a_stream_have_no_gap;
    StorageFault::RepeatsCauses => a_cause_is_carried_out_once;
    StorageFault::HandsOutTwice => ready_jobs_are_claimed_in_order_and_leased, a_lease_that_ran_out_is_handed_on_and_fenced;
    StorageFault::DoesNotFence => a_lease_that_ran_out_is_handed_on_and_fenced;
    StorageFault::KeepsGenerations => a_moved_timer_does_not_fire;
    StorageFault::ForgetsKeys => an_idempotency_key_is_taken_until_it_expires;
    StorageFault::SkipsRows => pages_visit_every_row_once_whatever_is_added;
    StorageFault::LeaksRows => a_scope_never_lets_a_foreign_row_out;
    StorageFault::TakesAnyCursor => a_cursor_that_is_not_ours_is_rejected;
    StorageFault::CutsTimes => a_row_of_every_table_survives_letter_by_letter;
    StorageFault::CountsLapsedHolds => draws_are_live_holds_and_open_requests;
    StorageFault::KeepsEntries => what_is_found_is_what_the_records_say_now;
    StorageFault::FindsAnyWord => all_words_are_found_by_their_beginnings;
    StorageFault::SearchesEverywhere => search_never_lets_a_foreign_row_out;
    StorageFault::CountsLeft => a_job_left_to_a_newer_release_was_not_tried;
    StorageFault::ForgetsFailures => the_health_of_the_work_is_told;
    StorageFault::LosesTraces => a_trace_stays_with_what_was_committed;
}

/// A queue that waits and has no fault passes all that does not need a timer.
#[test]
fn a_queue_without_fault_passes() {
    let queue = || MutantQueue::new(QueueFault::None);
    block_on(queue::what_was_announced_while_nobody_waited_is_kept(&queue()));
    block_on(queue::an_announcement_wakes_a_waiter(&queue()));
    block_on(queue::nothing_announced_ends_with_the_wait(&queue()));
    block_on(queue::announcements_run_out(&queue()));
    block_on(queue::a_waiter_that_is_dropped_loses_nothing(&queue()));
    block_on(queue::announcers_and_waiters_share_a_queue(&queue()));
    block_on(queue::what_is_taken_is_nobody_elses(&queue()));
    block_on(queue::what_is_given_back_is_heard_again(&queue()));
    block_on(queue::what_is_done_is_heard_no_more(&queue()));
    block_on(queue::a_queue_that_is_there_answers(&queue()));
}
