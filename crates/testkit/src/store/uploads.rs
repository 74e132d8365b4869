use std::time::Duration;

use chirrup_domain::conversation::NewMembers;
use chirrup_domain::message::{ClientId, Draft, MessageType};
use chirrup_domain::upload::{Dimensions, File, GivenUp, NewUpload, Thumbnail, UNUSED_LIFETIME, UploadName};
use chirrup_domain::{Error, Fact, Timestamp, UserId};

use super::World;

pub(super) fn picture(number: u128) -> File {
    File {
        name: UploadName::new(number, "png"),
        filename: "Kätzchen.png".into(),
        size: 204_800,
        mimetype: "image/png".into(),
        message_type: MessageType::Image,
        dimensions: Some(Dimensions { width: 640, height: 480 }),
        duration: None,
        thumbnail: None,
    }
}

pub(super) async fn upload(w: &World, owner: UserId, number: u128) -> File {
    let file = picture(number);
    w.store.add_upload(NewUpload { owner, file: file.clone(), at: w.now() }).await.unwrap();
    file
}

/// Gives up what nothing has used for a day.
pub(super) async fn give_up(w: &World, limit: u16) -> GivenUp {
    let now = w.now();
    let before = now.as_millis() - UNUSED_LIFETIME.as_millis() as i64;
    w.store.give_up_uploads(Timestamp::from_millis(before), now, limit).await.unwrap()
}

/// An upload is found by its name as it was recorded, and has an owner.
pub async fn an_upload_is_found_as_it_was_recorded(w: World) {
    let alice = w.user("alice").await;
    let file = upload(&w, alice, 1).await;
    assert_eq!(w.store.find_upload(&file.name).await.unwrap().as_ref(), Some(&file));
    assert_eq!(w.store.find_upload(&UploadName::new(2, "png")).await.unwrap(), None);
    let nobodys = NewUpload { owner: w.id(), file: picture(3), at: w.now() };
    assert!(matches!(w.store.add_upload(nobodys).await, Err(Error::UserNotFound)));
    let plain = File { dimensions: None, message_type: MessageType::File, ..picture(4) };
    w.store.add_upload(NewUpload { owner: alice, file: plain.clone(), at: w.now() }).await.unwrap();
    assert_eq!(w.store.find_upload(&plain.name).await.unwrap(), Some(plain));
    let sound = File {
        dimensions: None,
        duration: Some(Duration::from_millis(90_061_001)),
        message_type: MessageType::Audio,
        ..picture(5)
    };
    w.store.add_upload(NewUpload { owner: alice, file: sound.clone(), at: w.now() }).await.unwrap();
    assert_eq!(w.store.find_upload(&sound.name).await.unwrap(), Some(sound));
}

/// An upload with a thumbnail is found by the names of both, and a message carries both; by itself a thumbnail can't be
/// sent.
pub async fn a_thumbnail_belongs_to_its_upload(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let (file, thumbnail) = upload_with_thumbnail(&w, alice, 1).await;
    for name in [&file.name, &thumbnail] {
        assert_eq!(w.store.find_upload(name).await.unwrap().as_ref(), Some(&file));
    }
    let draft = Draft { file: Some(thumbnail), ..w.draft(alice, w.to(bob), "") };
    assert!(matches!(w.store.append_message(draft).await, Err(Error::InvalidFile)));
    let draft = Draft { file: Some(file.name.clone()), ..w.draft(alice, w.to(bob), "") };
    let sent = w.store.append_message(draft).await.unwrap().message;
    assert_eq!(sent.file.as_deref(), Some(&file));
    assert_eq!(w.history(sent.conversation, bob).await[0].file.as_deref(), Some(&file));
}

/// A thumbnail is given up and forgotten with its upload, and not before.
pub async fn a_thumbnail_goes_with_its_upload(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let (used, _) = upload_with_thumbnail(&w, alice, 1).await;
    let draft = Draft { file: Some(used.name), ..w.draft(alice, w.to(bob), "") };
    w.store.append_message(draft).await.unwrap();
    let (unused, thumbnail) = upload_with_thumbnail(&w, alice, 2).await;
    w.pass(UNUSED_LIFETIME);
    let names = vec![unused.name, thumbnail.clone()];
    assert_eq!(give_up(&w, 10).await, GivenUp { names: names.clone(), more: false });
    assert_eq!(w.store.find_upload(&thumbnail).await.unwrap(), None);
    for alone in &names {
        w.store.forget_uploads(vec![alone.clone()]).await.unwrap();
        assert_eq!(give_up(&w, 10).await.names, names);
    }
    w.store.forget_uploads(names).await.unwrap();
    assert_eq!(give_up(&w, 10).await, GivenUp::default());
}

pub(super) async fn upload_with_thumbnail(w: &World, owner: UserId, number: u128) -> (File, UploadName) {
    let thumbnail = Thumbnail { name: UploadName::new(number + 1000, "jpg"), size: 20_480 };
    let file = File { thumbnail: Some(thumbnail.clone()), ..picture(number) };
    w.store.add_upload(NewUpload { owner, file: file.clone(), at: w.now() }).await.unwrap();
    (file, thumbnail.name)
}

/// A message carries its sender's upload as it was recorded: in the answer, the feed, the history and a repeat. Its
/// conversation shows it in short.
pub async fn a_message_carries_its_senders_upload(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let file = upload(&w, alice, 1).await;
    let draft = Draft {
        file: Some(file.name.clone()),
        client_id: ClientId::new("c1".into()),
        ..w.draft(alice, w.to(bob), "")
    };
    let sent = w.store.append_message(draft.clone()).await.unwrap().message;
    assert_eq!((sent.file.as_deref(), sent.message_type), (Some(&file), MessageType::Image));
    let told = w.feed.changes();
    assert!(matches!(&told[1].fact, Fact::MessageAppended { message, .. } if *message == sent));

    w.tell(bob, alice, "nice").await.unwrap();
    let history = w.history(sent.conversation, bob).await;
    assert_eq!(history[0], *sent);
    assert_eq!((history[1].file.as_ref(), history[1].message_type), (None, MessageType::Text));
    assert_eq!(w.store.append_message(draft).await.unwrap().message, sent);

    let captioned = Draft { file: Some(file.name), ..w.draft(alice, w.to(bob), "look") };
    w.store.append_message(captioned).await.unwrap();
    let last = w.conversations(bob).await[0].conversation.last_message.clone().unwrap();
    assert_eq!((last.content.as_str(), last.message_type), ("look", MessageType::Image));
}

/// A send with somebody else's upload, or with none that there is, is refused and leaves nothing behind.
pub async fn a_file_that_is_not_the_senders_is_refused(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let file = upload(&w, alice, 1).await;
    for name in [file.name, UploadName::new(2, "png")] {
        let draft = Draft { file: Some(name), ..w.draft(bob, w.to(alice), "hi") };
        assert!(matches!(w.store.append_message(draft).await, Err(Error::InvalidFile)));
    }
    assert!(w.conversations(bob).await.is_empty());
    assert!(w.feed.changes().is_empty());
}

/// A group's picture is one that its creator uploaded, and stays for as long as the group shows it.
pub async fn a_groups_picture_is_its_creators_upload(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let (face, text) = (upload(&w, alice, 1).await, File { message_type: MessageType::File, ..picture(2) });
    w.store.add_upload(NewUpload { owner: alice, file: text.clone(), at: w.now() }).await.unwrap();
    let group = async |creator, avatar: String| {
        let members = NewMembers::Group { name: "group".into(), avatar: Some(avatar), others: vec![] };
        w.create(creator, members).await.map(|made| made.view.conversation)
    };
    for (creator, avatar) in [
        (bob, face.name.url()),
        (alice, text.name.url()),
        (alice, UploadName::new(3, "png").url()),
        (alice, "https://example.org/a.png".to_owned()),
        (alice, String::new()),
    ] {
        let refused = group(creator, avatar.clone()).await;
        assert!(matches!(refused, Err(Error::InvalidPayload { field: "avatar" })), "{avatar}");
    }
    let made = group(alice, face.name.url()).await.unwrap();
    assert_eq!(made.avatar, Some(face.name.url()));
    w.pass(UNUSED_LIFETIME);
    assert_eq!(give_up(&w, 10).await.names, [text.name]);
    assert!(w.store.find_upload(&face.name).await.unwrap().is_some());
}

/// What no message has used for a day is given up, in steps, and named until it is forgotten; what one uses stays.
pub async fn an_upload_that_nothing_uses_is_given_up(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let used = upload(&w, alice, 1).await;
    let draft = Draft { file: Some(used.name.clone()), ..w.draft(alice, w.to(bob), "") };
    w.store.append_message(draft).await.unwrap();
    let (first, second) = (upload(&w, alice, 2).await, upload(&w, bob, 3).await);
    w.pass(UNUSED_LIFETIME / 2);
    let young = upload(&w, alice, 4).await;
    assert_eq!(give_up(&w, 10).await, GivenUp::default());

    w.pass(UNUSED_LIFETIME / 2 + Duration::from_secs(1));
    assert_eq!(give_up(&w, 2).await, GivenUp { names: vec![first.name.clone()], more: true });
    let both = vec![first.name.clone(), second.name.clone()];
    assert_eq!(give_up(&w, 10).await, GivenUp { names: both.clone(), more: false });
    assert_eq!(w.store.find_upload(&first.name).await.unwrap(), None);
    let late = Draft { file: Some(first.name), ..w.draft(alice, w.to(bob), "") };
    assert!(matches!(w.store.append_message(late).await, Err(Error::InvalidFile)));

    let keeping: Vec<_> = both.into_iter().chain([used.name.clone(), young.name.clone()]).collect();
    w.store.forget_uploads(keeping).await.unwrap();
    assert_eq!(give_up(&w, 10).await, GivenUp::default());
    for kept in [used, young] {
        assert_eq!(w.store.find_upload(&kept.name).await.unwrap(), Some(kept));
    }
}
