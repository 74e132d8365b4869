use std::collections::HashSet;

use chirrup_domain::conversation::{ConversationKind, LISTED_PARTICIPANTS, NewMembers, Role};
use chirrup_domain::message::{HistoryAt, HistoryPage};
use chirrup_domain::{ConversationId, Error, Fact};

use super::World;

/// A group shows its name, its owner and its members in the order in which they joined.
pub async fn a_group_lists_its_members_as_they_joined(w: World) {
    let [carol, alice, bob] = w.users(["carol", "alice", "bob"]).await;
    let members = NewMembers::Group { name: "the team".into(), avatar: None, others: vec![carol, alice] };
    let made = w.create(bob, members).await.unwrap();
    assert!(!made.existed);
    let group = made.view.conversation.clone();
    assert_eq!((group.kind, group.name.as_deref()), (ConversationKind::Group, Some("the team")));
    assert_eq!((group.admin, group.participant_count), (Some(bob), 3));
    let listed: Vec<_> = group.participants.iter().map(|p| (p.user.id, p.role)).collect();
    assert_eq!(listed, [(bob, Role::Owner), (carol, Role::Member), (alice, Role::Member)]);
    assert_eq!(w.store.find_conversation(group.id, bob).await.unwrap(), Some(made.view));
    for member in [alice, bob, carol] {
        assert_eq!(w.store.list_group_ids(member).await.unwrap(), [group.id]);
    }
}

/// A group with somebody unknown is refused and leaves nothing behind.
pub async fn a_group_with_somebody_unknown_is_not_made(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let members = NewMembers::Group { name: "group".into(), avatar: None, others: vec![bob, w.id()] };
    assert!(matches!(w.create(alice, members).await, Err(Error::UserNotFound)));
    assert!(w.store.list_group_ids(bob).await.unwrap().is_empty());
    assert!(w.feed.changes().is_empty());
}

/// Of a large group the first hundred are listed, all are counted, and all are told.
pub async fn a_large_group_lists_its_first_hundred(w: World) {
    let owner = w.user("owner").await;
    let mut others = Vec::new();
    for n in 0..120 {
        others.push(w.user(&format!("member {n}")).await);
    }
    let group = w.group(owner, &others).await;
    let view = w.store.find_conversation(group, others[119]).await.unwrap().unwrap();
    assert_eq!(view.conversation.participant_count, 121);
    let listed: Vec<_> = view.conversation.participants.iter().map(|p| p.user.id).collect();
    assert_eq!(listed[0], owner);
    assert_eq!(listed[1..], others[..LISTED_PARTICIPANTS - 1]);
    match &w.feed.changes()[0].fact {
        Fact::ConversationCreated { members, .. } => assert_eq!(members[1..], others),
        fact => panic!("{fact:?}"),
    }
}

/// Who is not a member, and whoever names a conversation that is none, is refused alike and changes nothing.
pub async fn somebody_else_neither_writes_nor_reads(w: World) {
    let [alice, bob, eve] = w.users(["alice", "bob", "eve"]).await;
    let group = w.group(alice, &[bob]).await;
    let direct = w.tell(alice, bob, "hi").await.unwrap().conversation;
    let told = w.feed.changes().len();
    let page = HistoryPage { at: HistoryAt::Newest, limit: 50 };
    for room in [group, direct, w.id::<ConversationId>()] {
        assert!(matches!(w.say(eve, room, "hi").await, Err(Error::NotAMember)));
        assert!(w.store.list_messages(room, eve, page).await.unwrap().is_none());
        assert!(w.store.find_conversation(room, eve).await.unwrap().is_none());
    }
    assert!(matches!(w.say(w.id(), group, "hi").await, Err(Error::NotAMember)));
    assert_eq!(w.feed.changes().len(), told);
    assert_eq!((w.history(group, alice).await.len(), w.history(direct, alice).await.len()), (0, 1));
    assert!(w.conversations(eve).await.is_empty());
}

/// Contacts are everybody in one's conversations, each once and without oneself.
pub async fn contacts_are_those_who_share_a_conversation(w: World) {
    let [alice, bob, carol, eve] = w.users(["alice", "bob", "carol", "eve"]).await;
    w.group(alice, &[bob, carol]).await;
    w.group(bob, &[alice]).await;
    w.tell(bob, eve, "hi").await.unwrap();
    w.tell(alice, alice, "milk").await.unwrap();
    for (user, expected) in
        [(alice, vec![bob, carol]), (bob, vec![alice, carol, eve]), (eve, vec![bob]), (w.id(), vec![])]
    {
        let contacts = w.store.list_contacts(user).await.unwrap();
        assert_eq!(contacts.len(), expected.len());
        assert_eq!(contacts.into_iter().collect::<HashSet<_>>(), expected.into_iter().collect());
    }
}
