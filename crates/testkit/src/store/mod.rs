//! What every store has to do, whichever database it keeps things in.
//!
//! A store's own tests name a factory, and get one test for each rule:
//!
//! ```ignore
//! async fn open(feed: Arc<dyn Feed>, presence: Arc<dyn Presence>) -> Arc<dyn Store> { /* a new, empty store */ }
//!
//! chirrup_testkit::store_contract!(open);
//! ```

#![expect(clippy::unwrap_used, reason = "a rule is a test: it may panic")]

mod accounts;
mod blocks;
mod deletions;
mod delivery;
mod direct;
mod edits;
mod feed;
mod groups;
mod history;
mod lists;
mod members;
mod mentions;
mod model;
mod order;
mod profiles;
mod reactions;
mod receipts;
mod repeats;
mod replies;
mod search;
mod standing;
mod status;
mod uploads;
mod world;

pub use accounts::*;
pub use blocks::*;
pub use deletions::*;
pub use delivery::*;
pub use direct::*;
pub use edits::*;
pub use feed::*;
pub use groups::*;
pub use history::*;
pub use lists::*;
pub use members::*;
pub use mentions::*;
pub use model::*;
pub use order::*;
pub use profiles::*;
pub use reactions::*;
pub use receipts::*;
pub use repeats::*;
pub use replies::*;
pub use search::*;
pub use standing::*;
pub use status::*;
pub use uploads::*;
pub use world::*;

/// Makes a test of every rule of the contract, for the stores that this factory makes.
#[macro_export]
macro_rules! store_contract {
    ($open:expr) => {
        $crate::store_contract! { $open =>
            names_and_addresses_are_unique_whatever_their_case
            an_account_is_found_by_address_and_by_name
            a_name_is_taken_once_by_many_at_once
            a_user_shows_when_the_last_device_went_away
            a_revocation_is_told_with_what_is_good_from_then_on
            of_two_passwords_set_at_once_one_is_refused
            a_disabled_account_is_told_and_may_be_opened_again
            one_is_the_first_admin
            people_are_listed_by_name
            a_profile_changes_by_the_rules_of_registration
            whoever_sees_somebody_is_told_of_another_name_and_nothing_else
            an_avatar_is_a_picture_of_ones_own
            messages_and_conversations_show_the_name_of_now
            the_first_sends_of_a_pair_make_one_conversation
            a_direct_conversation_is_made_once
            notes_to_oneself_have_one_participant
            an_unknown_recipient_makes_nothing
            a_group_lists_its_members_as_they_joined
            a_group_with_somebody_unknown_is_not_made
            a_large_group_lists_its_first_hundred
            somebody_else_neither_writes_nor_reads
            a_newcomer_sees_everything_and_counts_from_there
            whoever_is_in_a_group_is_not_added_again
            a_group_grows_to_its_limit_and_no_further
            who_left_sees_and_writes_nothing_more
            who_comes_back_is_the_last_in_the_list
            an_owner_who_leaves_hands_the_group_on
            an_emptied_group_is_gone
            a_role_goes_as_far_as_it_says
            ownership_is_given_away_and_never_given_up
            a_change_that_changes_nothing_tells_nothing
            a_direct_conversation_is_no_group
            a_deleted_group_is_gone_for_everybody
            changes_to_a_group_are_told_in_order
            members_are_listed_in_pages
            a_mute_is_the_members_own
            members_come_and_go_among_sends
            a_blocked_sender_changes_nothing
            who_is_blocked_is_listed_in_pages
            contacts_are_those_who_share_a_conversation
            numbers_have_no_gap_whoever_writes_at_once
            a_refused_send_leaves_no_gap
            a_send_repeated_at_once_makes_one_message
            a_client_id_belongs_to_its_sender
            who_left_learns_nothing_by_a_repeat
            a_send_is_known_for_a_day
            a_send_is_known_though_the_clock_was_ahead
            history_pages_by_place
            a_page_of_long_messages_is_cut
            conversations_are_listed_latest_first
            paging_goes_on_where_the_page_was_cut
            a_reader_sees_what_is_unread
            the_newest_message_is_kept_in_short
            the_feed_tells_everything_in_order
            the_feed_names_the_device_that_sent
            an_answer_comes_after_the_feed_was_told
            an_answer_waits_for_the_feed
            repeats_and_refusals_tell_the_feed_nothing
            a_direct_message_is_delivered_to_who_is_connected
            a_marked_message_shows_its_reader
            ones_own_messages_are_not_read
            somebody_else_marks_nothing
            a_conversation_is_marked_from_the_pointer
            neighbours_marked_within_a_second_share_a_time
            a_message_lists_its_first_readers_and_counts_all
            receipts_are_those_of_the_page
            what_is_found_comes_newest_first
            words_beginnings_and_phrases_are_found
            filters_narrow_what_is_found
            only_members_find_messages
            an_edited_message_is_found_by_its_new_words
            a_deleted_message_is_not_found
            many_conversations_are_searched
            a_search_that_finds_little_goes_on_page_by_page
            a_page_of_long_texts_is_cut
            a_search_through_long_texts_goes_on_page_by_page
            a_text_with_very_many_characters_is_found_by_each
            direct_messages_wait_for_a_device
            a_confirmation_covers_what_came_before_it
            the_newest_of_many_are_delivered
            many_conversations_are_confirmed_in_steps
            an_edited_message_shows_its_new_text
            an_edit_is_its_authors_alone
            an_edit_keeps_the_rules_of_sends
            the_same_text_again_changes_nothing
            the_preview_follows_an_edit_of_the_newest_message
            a_deleted_message_keeps_its_place_and_says_nothing
            a_message_is_deleted_by_its_author_or_an_admin
            authors_delete_only_for_so_long
            a_file_goes_with_the_last_message_that_carries_it
            an_answer_quotes_what_it_answers_as_it_is_now
            only_a_message_of_the_same_conversation_is_answered
            members_are_mentioned_by_their_names
            an_edit_mentions_afresh
            a_message_mentions_so_many_and_no_more
            a_reaction_is_counted_once_and_taken_back
            reactions_are_kept_out_where_changes_are
            a_message_has_so_many_kinds_of_reactions
            a_message_lists_the_first_who_reacted_and_counts_all
            a_page_of_many_reactions_is_cut
            an_upload_is_found_as_it_was_recorded
            a_groups_picture_is_its_creators_upload
            a_thumbnail_belongs_to_its_upload
            a_thumbnail_goes_with_its_upload
            a_message_carries_its_senders_upload
            a_file_that_is_not_the_senders_is_refused
            an_upload_that_nothing_uses_is_given_up
            a_closed_store_has_finished_and_refuses
        }

        #[test]
        fn random_operations_agree_with_the_model() {
            $crate::store::random_operations_agree_with_the_model($open);
        }
    };
    ($open:expr => $($rule:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                $crate::store::$rule($crate::store::World::new($open).await).await;
            }
        )+
    };
}
