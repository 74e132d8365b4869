use std::sync::Arc;

use chirrup_domain::conversation::{Conversation, ConversationView, NewMembers, Role};
use chirrup_domain::member::{Act, Counterpart, GroupLook, UserPage};
use chirrup_domain::message::{HistoryAt, HistoryPage, MessageType, Target};
use chirrup_domain::{ConversationId, Error, Fact, Result, UserId};
use tokio::task::JoinSet;

use super::World;

/// What somebody does to a group.
impl World {
    pub(super) fn act(&self, actor: UserId, group: ConversationId) -> Act {
        Act { group, actor, notice: self.id(), at: self.now() }
    }

    pub(super) async fn add(
        &self,
        actor: UserId,
        group: ConversationId,
        users: &[UserId],
    ) -> Result<ConversationView> {
        self.store.add_members(self.act(actor, group), users.to_vec(), None).await
    }

    pub(super) async fn remove(&self, actor: UserId, group: ConversationId, user: UserId) -> Result<()> {
        self.store.remove_member(self.act(actor, group), user).await
    }

    pub(super) async fn give(
        &self,
        actor: UserId,
        group: ConversationId,
        user: UserId,
        role: Role,
    ) -> Result<ConversationView> {
        self.store.set_member_role(self.act(actor, group), user, role).await
    }

    async fn rename(&self, actor: UserId, group: ConversationId, name: &str) -> Result<ConversationView> {
        let look = GroupLook { name: Some(name.to_owned()), avatar: None };
        self.store.update_group(self.act(actor, group), look).await
    }

    async fn roles(&self, group: ConversationId, reader: UserId) -> Vec<(UserId, Role)> {
        let view = self.store.find_conversation(group, reader).await.unwrap().unwrap();
        roles(&view.conversation)
    }

    async fn sentences(&self, group: ConversationId, reader: UserId) -> Vec<String> {
        let history = self.history(group, reader).await;
        let notices = history.into_iter().filter(|message| message.message_type == MessageType::System);
        notices.map(|message| message.content).collect()
    }

    /// What was told since there were this many changes.
    fn told_since(&self, count: usize) -> Vec<Fact> {
        self.feed.changes().split_off(count).into_iter().map(|change| change.fact).collect()
    }
}

fn roles(conversation: &Conversation) -> Vec<(UserId, Role)> {
    assert_eq!(conversation.participant_count as usize, conversation.participants.len());
    conversation.participants.iter().map(|member| (member.user.id, member.role)).collect()
}

/// Who comes later sees the whole history, has read it, and counts from there on: that they came is their first news, as
/// it is for a client that only follows the events.
pub async fn a_newcomer_sees_everything_and_counts_from_there(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[]).await;
    w.say(alice, group, "one").await.unwrap();
    let view = w.add(alice, group, &[bob, carol]).await.unwrap();
    assert_eq!(roles(&view.conversation), [(alice, Role::Owner), (bob, Role::Member), (carol, Role::Member)]);
    assert_eq!((view.unread_count, view.conversation.last_seq.map(|seq| seq.get())), (0, Some(2)));
    let history = w.history(group, bob).await;
    assert_eq!(
        history.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(),
        ["one", "alice added bob and carol"]
    );
    assert_eq!((history[1].message_type, history[1].sender.id), (MessageType::System, alice));

    let unread = async |user| w.store.find_conversation(group, user).await.unwrap().unwrap().unread_count;
    assert_eq!(unread(bob).await, 1);
    w.say(alice, group, "two").await.unwrap();
    assert_eq!((unread(alice).await, unread(bob).await), (0, 2));
    assert_eq!(w.store.list_group_ids(carol).await.unwrap(), [group]);
}

/// Adding somebody who is there already keeps their role and tells nobody; an unknown person is refused with everybody.
pub async fn whoever_is_in_a_group_is_not_added_again(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob]).await;
    w.give(alice, group, bob, Role::Admin).await.unwrap();
    let told = w.feed.changes().len();
    w.add(bob, group, &[alice, bob]).await.unwrap();
    assert!(matches!(w.add(alice, group, &[carol, w.id()]).await, Err(Error::UserNotFound)));
    assert_eq!(w.roles(group, bob).await, [(alice, Role::Owner), (bob, Role::Admin)]);
    assert_eq!(w.feed.changes().len(), told);
}

/// The limit counts everybody who is in the group then, whoever adds at once.
pub async fn a_group_grows_to_its_limit_and_no_further(w: World) {
    let alice = w.user("alice").await;
    let group = w.group(alice, &[]).await;
    let mut adding = JoinSet::new();
    for n in 0..20 {
        let (w, user) = (w.clone(), w.user(&format!("member {n}")).await);
        adding.spawn(async move { w.store.add_members(w.act(alice, group), vec![user], Some(10)).await });
    }
    let (added, refused): (Vec<_>, Vec<_>) = adding.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((added.len(), refused.len()), (9, 11));
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::TooManyMembers { limit: 10 }))));
    assert_eq!(w.roles(group, alice).await.len(), 10);
}

/// Whoever left or was removed is a stranger from then on, also to the messages that they saw.
pub async fn who_left_sees_and_writes_nothing_more(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob, carol]).await;
    w.say(bob, group, "hi").await.unwrap();
    w.remove(bob, group, bob).await.unwrap();
    w.remove(alice, group, carol).await.unwrap();
    let told = w.feed.changes().len();
    let page = HistoryPage { at: HistoryAt::Newest, limit: 10 };
    let people = UserPage { after: None, limit: 10 };
    for former in [bob, carol] {
        assert!(matches!(w.say(former, group, "still here").await, Err(Error::NotAMember)));
        assert_eq!(w.store.find_conversation(group, former).await.unwrap(), None);
        assert!(w.store.list_messages(group, former, page).await.unwrap().is_none());
        assert_eq!(w.store.list_members(group, former, people).await.unwrap(), None);
        assert!(w.conversations(former).await.is_empty());
        assert!(w.store.list_group_ids(former).await.unwrap().is_empty());
        assert!(w.store.list_contacts(former).await.unwrap().is_empty());
        assert!(matches!(w.remove(former, group, former).await, Err(Error::NotAMember)));
        assert!(matches!(w.add(former, group, &[former]).await, Err(Error::NotAMember)));
        assert!(matches!(w.rename(former, group, "mine").await, Err(Error::NotAMember)));
        assert!(matches!(w.store.set_muted(group, former, true).await, Err(Error::NotAMember)));
    }
    assert!(matches!(w.remove(alice, group, bob).await, Err(Error::UserNotFound)));
    assert_eq!(w.feed.changes().len(), told);
    assert_eq!(w.sentences(group, alice).await, ["bob left", "alice removed carol"]);
    assert_eq!(w.roles(group, alice).await, [(alice, Role::Owner)]);
}

/// Coming back is coming anew: a member's role, the end of the list, nothing unread but that.
pub async fn who_comes_back_is_the_last_in_the_list(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob, carol]).await;
    w.give(alice, group, bob, Role::Admin).await.unwrap();
    w.store.set_muted(group, bob, true).await.unwrap();
    w.remove(bob, group, bob).await.unwrap();
    w.say(carol, group, "gone?").await.unwrap();
    w.add(alice, group, &[bob]).await.unwrap();
    assert_eq!(w.roles(group, bob).await, [(alice, Role::Owner), (carol, Role::Member), (bob, Role::Member)]);
    let view = w.store.find_conversation(group, bob).await.unwrap().unwrap();
    assert_eq!((view.unread_count, view.muted), (1, false));
    assert_eq!(w.say(bob, group, "back").await.unwrap().seq.get(), 5);
    assert_eq!(w.history(group, bob).await.len(), 5);
}

/// The longest-standing admin inherits, and where there is none the longest-standing member.
pub async fn an_owner_who_leaves_hands_the_group_on(w: World) {
    let [alice, bob, carol, dave] = w.users(["alice", "bob", "carol", "dave"]).await;
    let group = w.group(alice, &[bob, carol, dave]).await;
    w.give(alice, group, dave, Role::Admin).await.unwrap();
    w.give(alice, group, carol, Role::Admin).await.unwrap();
    w.remove(alice, group, alice).await.unwrap();
    assert_eq!(w.roles(group, bob).await, [(bob, Role::Member), (carol, Role::Owner), (dave, Role::Admin)]);
    w.remove(carol, group, dave).await.unwrap();
    w.remove(carol, group, carol).await.unwrap();
    assert_eq!(w.roles(group, bob).await, [(bob, Role::Owner)]);
    let view = w.store.find_conversation(group, bob).await.unwrap().unwrap();
    assert_eq!(view.conversation.admin, Some(bob));
    assert_eq!(
        w.sentences(group, bob).await,
        [
            "alice made dave an admin",
            "alice made carol an admin",
            "alice left, carol is the owner now",
            "carol removed dave",
            "carol left, bob is the owner now",
        ]
    );
}

/// The last one to leave a group ends it.
pub async fn an_emptied_group_is_gone(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    w.remove(bob, group, bob).await.unwrap();
    let told = w.feed.changes().len();
    w.remove(alice, group, alice).await.unwrap();
    match &w.told_since(told)[..] {
        [Fact::ConversationDeleted { id, members }] => assert_eq!((*id, &members[..]), (group, &[alice][..])),
        facts => panic!("{facts:?}"),
    }
    assert_eq!(w.store.find_conversation(group, alice).await.unwrap(), None);
    assert!(matches!(w.add(alice, group, &[bob]).await, Err(Error::NotAMember)));
}

/// Members change nothing, admins neither roles nor who is their equal, and only the owner ends the group.
pub async fn a_role_goes_as_far_as_it_says(w: World) {
    let [alice, bob, carol, dave, eve] = w.users(["alice", "bob", "carol", "dave", "eve"]).await;
    let group = w.group(alice, &[bob, carol, dave]).await;
    for admin in [bob, carol] {
        w.give(alice, group, admin, Role::Admin).await.unwrap();
    }
    let told = w.feed.changes().len();
    for answer in [
        w.add(dave, group, &[eve]).await.map(drop),
        w.remove(dave, group, bob).await,
        w.rename(dave, group, "mine").await.map(drop),
        w.give(dave, group, dave, Role::Owner).await.map(drop),
        w.store.delete_group(w.act(dave, group)).await,
        w.give(bob, group, dave, Role::Admin).await.map(drop),
        w.remove(bob, group, carol).await,
        w.remove(bob, group, alice).await,
        w.store.delete_group(w.act(bob, group)).await,
    ] {
        assert!(matches!(answer, Err(Error::NotAllowed)), "{answer:?}");
    }
    for answer in [
        w.add(eve, group, &[eve]).await.map(drop),
        w.remove(eve, group, dave).await,
        w.rename(eve, group, "mine").await.map(drop),
        w.give(eve, group, eve, Role::Owner).await.map(drop),
        w.store.delete_group(w.act(eve, group)).await,
        w.store.delete_group(w.act(alice, w.id())).await,
    ] {
        assert!(matches!(answer, Err(Error::NotAMember)), "{answer:?}");
    }
    assert_eq!(w.feed.changes().len(), told);
    w.add(bob, group, &[eve]).await.unwrap();
    w.remove(bob, group, eve).await.unwrap();
    w.rename(bob, group, "ours").await.unwrap();
    w.remove(alice, group, carol).await.unwrap();
}

/// Giving ownership away makes oneself an admin; there is one owner at any time.
pub async fn ownership_is_given_away_and_never_given_up(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    for role in [Role::Admin, Role::Member] {
        assert!(matches!(w.give(alice, group, alice, role).await, Err(Error::NotAllowed)));
    }
    let view = w.give(alice, group, bob, Role::Owner).await.unwrap();
    assert_eq!(roles(&view.conversation), [(alice, Role::Admin), (bob, Role::Owner)]);
    assert_eq!(view.conversation.admin, Some(bob));
    assert!(matches!(w.give(alice, group, bob, Role::Member).await, Err(Error::NotAllowed)));
    w.give(bob, group, alice, Role::Member).await.unwrap();
    assert_eq!(w.roles(group, alice).await, [(alice, Role::Member), (bob, Role::Owner)]);
    assert_eq!(w.sentences(group, bob).await, ["alice made bob the owner", "bob made alice a member"]);
    assert!(matches!(w.give(bob, group, w.id(), Role::Admin).await, Err(Error::UserNotFound)));
}

/// The name or role that is there already, and nothing at all, are no change.
pub async fn a_change_that_changes_nothing_tells_nothing(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    let told = w.feed.changes().len();
    w.rename(alice, group, "group").await.unwrap();
    w.store.update_group(w.act(alice, group), GroupLook::default()).await.unwrap();
    let look = GroupLook { name: None, avatar: Some(None) };
    w.store.update_group(w.act(alice, group), look).await.unwrap();
    w.give(alice, group, bob, Role::Member).await.unwrap();
    w.give(alice, group, alice, Role::Owner).await.unwrap();
    w.store.set_muted(group, bob, false).await.unwrap();
    assert_eq!(w.feed.changes().len(), told);
}

/// A direct conversation has no roles, can't be left, added to, renamed or deleted; its members can mute it.
pub async fn a_direct_conversation_is_no_group(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let direct = w.create(alice, NewMembers::Direct(bob)).await.unwrap().view.conversation.id;
    let told = w.feed.changes().len();
    for answer in [
        w.add(alice, direct, &[carol]).await.map(drop),
        w.remove(alice, direct, alice).await,
        w.remove(alice, direct, bob).await,
        w.rename(alice, direct, "us").await.map(drop),
        w.give(alice, direct, bob, Role::Admin).await.map(drop),
        w.store.delete_group(w.act(alice, direct)).await,
    ] {
        assert!(matches!(answer, Err(Error::NotAGroup)), "{answer:?}");
    }
    assert_eq!(w.feed.changes().len(), told);
    w.store.set_muted(direct, alice, true).await.unwrap();

    let counterpart = async |id, user| w.store.find_counterpart(id, user).await.unwrap();
    let takes_all = |user| Some(Counterpart { user, blocks: false });
    assert_eq!(counterpart(direct, alice).await, takes_all(bob));
    assert_eq!(counterpart(direct, bob).await, takes_all(alice));
    assert_eq!(counterpart(direct, carol).await, None);
    let notes = w.tell(alice, alice, "milk").await.unwrap().conversation;
    assert_eq!(counterpart(notes, alice).await, takes_all(alice));
    let group = w.group(alice, &[bob]).await;
    assert_eq!(counterpart(group, alice).await, None);
    w.store.set_blocked(bob, alice, true).await.unwrap();
    assert_eq!(counterpart(direct, alice).await, Some(Counterpart { user: bob, blocks: true }));
    assert_eq!(counterpart(direct, bob).await, takes_all(alice));
}

/// Everybody is out at once, nothing in it can be read or repeated, and other conversations are as they were.
pub async fn a_deleted_group_is_gone_for_everybody(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let (group, other) = (w.group(alice, &[bob]).await, w.group(bob, &[alice]).await);
    let send = async |n: u16| w.send_as(bob, Target::Conversation(group), "hi", &n.to_string()).await;
    for n in 0..600 {
        send(n).await.unwrap();
    }
    w.say(alice, other, "hi").await.unwrap();
    let told = w.feed.changes().len();
    w.store.delete_group(w.act(alice, group)).await.unwrap();
    match &w.told_since(told)[..] {
        [Fact::ConversationDeleted { id, members }] => {
            assert_eq!((*id, &members[..]), (group, &[alice, bob][..]));
        }
        facts => panic!("{facts:?}"),
    }
    for user in [alice, bob] {
        assert_eq!(w.store.find_conversation(group, user).await.unwrap(), None);
        assert_eq!(w.store.list_group_ids(user).await.unwrap(), [other]);
        assert_eq!(w.conversations(user).await.len(), 1);
        assert!(matches!(w.say(user, group, "hello?").await, Err(Error::NotAMember)));
    }
    // The messages go in the background; when they have, no `clientId` brings one back.
    for n in 0.. {
        match send(599).await {
            Err(Error::NotAMember) => break,
            answer => assert!(answer.unwrap().repeated && n < 2000),
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(w.history(other, bob).await.len(), 1);
}

/// Each change is told first, as it leaves the group, and then by its system message.
pub async fn changes_to_a_group_are_told_in_order(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob]).await;
    let mut told = w.feed.changes().len();
    let mut next = || {
        let facts = w.told_since(told);
        told += facts.len();
        facts
    };
    let expect = |facts: &[Fact], sentence: &str| -> (Fact, Arc<Conversation>) {
        let [fact, Fact::MessageAppended { message, .. }] = facts else { panic!("{facts:?}") };
        assert_eq!((message.content.as_str(), message.message_type), (sentence, MessageType::System));
        assert_eq!((message.conversation, message.sender.id), (group, alice));
        match fact {
            Fact::MembersAdded { conversation, .. }
            | Fact::MemberRemoved { conversation, .. }
            | Fact::ConversationUpdated { conversation } => (fact.clone(), Arc::clone(conversation)),
            _ => panic!("{fact:?}"),
        }
    };
    w.add(alice, group, &[bob, carol]).await.unwrap();
    let (fact, conversation) = expect(&next(), "alice added carol");
    assert!(matches!(fact, Fact::MembersAdded { newcomers, .. } if newcomers[..] == [carol]));
    assert_eq!(conversation.participant_count, 3);

    w.give(alice, group, bob, Role::Admin).await.unwrap();
    let (_, conversation) = expect(&next(), "alice made bob an admin");
    assert_eq!(roles(&conversation)[1], (bob, Role::Admin));

    w.rename(alice, group, "X").await.unwrap();
    let (_, conversation) = expect(&next(), "alice renamed the group to \"X\"");
    assert_eq!(conversation.name.as_deref(), Some("X"));

    w.remove(alice, group, bob).await.unwrap();
    let (fact, conversation) = expect(&next(), "alice removed bob");
    assert!(matches!(fact, Fact::MemberRemoved { member, .. } if member == bob));
    assert_eq!(roles(&conversation), [(alice, Role::Owner), (carol, Role::Member)]);

    let numbers: Vec<_> = w.feed.changes().iter().map(|change| change.no.0).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

/// Members come page by page in the order of joining; who leaves between two pages is in nobody's way.
pub async fn members_are_listed_in_pages(w: World) {
    let owner = w.user("owner").await;
    let mut others = Vec::new();
    for n in 0..120 {
        others.push(w.user(&format!("member {n}")).await);
    }
    let group = w.group(owner, &others).await;
    let page = async |after, limit| {
        let page = UserPage { after, limit };
        let (members, more) = w.store.list_members(group, owner, page).await.unwrap().unwrap();
        (members.into_iter().map(|member| member.user.id).collect::<Vec<_>>(), more)
    };
    let (first, more) = page(None, 100).await;
    assert_eq!((first[0], &first[1..], more), (owner, &others[..99], true));
    w.remove(owner, group, others[98]).await.unwrap();
    assert_eq!(page(Some(others[98]), 100).await, (others[99..].to_vec(), false));
    assert_eq!(page(Some(w.id()), 100).await, (vec![], false));
    let all = UserPage { after: None, limit: 10 };
    assert_eq!(w.store.list_members(group, w.user("eve").await, all).await.unwrap(), None);
    assert_eq!(w.store.list_members(w.id(), owner, all).await.unwrap(), None);
}

/// A mute is seen by whoever set it, and lasts until it is lifted.
pub async fn a_mute_is_the_members_own(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    let muted = async |user| w.store.find_conversation(group, user).await.unwrap().unwrap().muted;
    for wanted in [true, true, false] {
        w.store.set_muted(group, alice, wanted).await.unwrap();
        assert_eq!((muted(alice).await, muted(bob).await), (wanted, false));
    }
}

/// However members come and go while others write, places have no gap, and nobody writes who is out.
pub async fn members_come_and_go_among_sends(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[]).await;
    let mut racing = JoinSet::new();
    for n in 0..150 {
        let w = w.clone();
        racing.spawn(async move {
            match n % 3 {
                0 => drop(w.add(alice, group, &[bob]).await.unwrap()),
                1 => drop(w.remove(alice, group, bob).await),
                _ => drop(w.say(bob, group, "hi").await),
            }
        });
    }
    racing.join_all().await;
    let history = w.history(group, alice).await;
    let mut is_in = false;
    for (place, message) in (1..).zip(&history) {
        assert_eq!(message.seq.get(), place);
        match message.content.as_str() {
            "alice added bob" => assert!(!std::mem::replace(&mut is_in, true)),
            "alice removed bob" => assert!(std::mem::replace(&mut is_in, false)),
            _ => assert!(is_in, "{message:?}"),
        }
    }
    assert_eq!(w.roles(group, alice).await.len(), 1 + usize::from(is_in));
}
