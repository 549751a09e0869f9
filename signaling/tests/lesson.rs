//! A lesson over real connections: join, call on, reconnect, restart, kill.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, GoodbyeReason, LessonAction, LessonState, Role, ServerMessage, Source};
use signaling::media::MediaEvent;
use support::{Folder, Page, Running};

#[tokio::test]
async fn a_class_is_called_on_and_everybody_sees_it() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, host_is) = server.page(Role::Host, "Ms Li").await;
    let (mut one, one_is) = server.page(Role::Classroom, "one").await;
    let (mut two, two_is) = server.page(Role::Classroom, "two").await;
    assert_eq!((two_is.lesson.state, two_is.participants.len()), (LessonState::Open, 2), "the host and itself");
    for page in [&mut host, &mut one, &mut two] {
        page.offer().await;
    }
    host.say(&ClientMessage::Lesson { action: LessonAction::Start }).await;
    two.find(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Live).then_some(())).await;
    one.say(&ClientMessage::Hand { raised: true }).await;
    host.find(|message| matches!(message, ServerMessage::Hands { participants } if *participants == [one_is.you.id.clone()]).then_some(())).await;
    host.say(&ClientMessage::CallOn { participant: one_is.you.id.clone() }).await;
    let slots = two.find(|message| match message {
        ServerMessage::Slots { video } if video[2].participant.is_some() => Some(video.clone()),
        _ => None,
    });
    let slots = slots.await;
    assert_eq!((slots[0].participant.as_ref(), slots[0].source), (Some(&host_is.you.id), Some(Source::Camera)));
    assert_eq!((slots[2].participant.as_ref(), slots[2].source), (Some(&one_is.you.id), Some(Source::Camera)));
    let plan = server.notes.last_plan();
    assert_eq!(plan.audible, [host_is.you.id.clone(), one_is.you.id.clone()]);
    assert_eq!(plan.views.len(), 3);

    server.event(MediaEvent::Connected { lesson: "maths".into(), participant: one_is.you.id.clone() }).await;
    let shown = |message: &ServerMessage| {
        matches!(message, ServerMessage::Participant { participant } if participant.id == one_is.you.id && participant.media).then_some(())
    };
    host.find(shown).await;
    two.find(shown).await;
    assert!(server.metric("tongke_participants{role=\"classroom\"} 2").await);
    assert!(server.metric("tongke_lessons{state=\"live\"} 1").await);

    host.say(&ClientMessage::Lesson { action: LessonAction::End }).await;
    assert_eq!(two.goodbye().await, (GoodbyeReason::LessonEnded, None));
    assert_eq!(*server.notes.closed.lock().unwrap(), ["maths"]);
    server.stop().await;
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, host_is) = server.page(Role::Host, "Ms Li").await;
    let (mut one, one_is) = server.page(Role::Classroom, "one").await;
    let (mut two, two_is) = server.page(Role::Classroom, "two").await;
    host.say(&ClientMessage::Lesson { action: LessonAction::Start }).await;
    host.say(&ClientMessage::CallOn { participant: one_is.you.id.clone() }).await;
    host.say(&ClientMessage::MuteAll).await;
    // What two pages say may come in any order.
    host.find(|message| matches!(message, ServerMessage::Participant { participant } if participant.id == two_is.you.id && participant.muted).then_some(()))
        .await;
    two.say(&ClientMessage::Hand { raised: true }).await;
    two.say(&ClientMessage::Chat { text: "we are here".into() }).await;
    one.find(|message| matches!(message, ServerMessage::Chat { .. }).then_some(())).await;
    let tokens = [server.token(Role::Host, "Ms Li"), server.token(Role::Classroom, "one"), server.token(Role::Classroom, "two")];
    server.stop().await;
    for page in [&mut host, &mut one, &mut two] {
        let (reason, retry_ms) = page.goodbye().await;
        assert_eq!(reason, GoodbyeReason::Shutdown);
        assert!((200..1_200).contains(&retry_ms.unwrap()), "{retry_ms:?}");
    }

    let server = Running::start(&folder.0).await;
    let memberships = server.store.memberships("maths").await.unwrap();
    assert_eq!(memberships.len(), 3);
    assert!(memberships.iter().all(|membership| membership.left_ms.is_some()));
    let [host_token, one_token, two_token] = tokens;
    let (_two, welcome) = Page::join(&server, two_token, Some(two_is.resume.clone())).await;
    assert_eq!((&welcome.you.id, welcome.resumed, welcome.you.muted, &welcome.resume), (&two_is.you.id, true, true, &two_is.resume));
    assert_eq!((welcome.lesson.state, welcome.stage, welcome.hands), (LessonState::Live, vec![one_is.you.id.clone()], vec![two_is.you.id.clone()]));
    assert_eq!(welcome.floor, Some(one_is.you.id.clone()));
    assert_eq!(welcome.chat[0].text, "we are here");
    let (_one, welcome) = Page::join(&server, one_token, Some(one_is.resume)).await;
    assert!(welcome.resumed && !welcome.you.media, "the page offers again");
    let (_host, welcome) = Page::join(&server, host_token, Some(host_is.resume)).await;
    assert_eq!((welcome.you.id, welcome.resumed, welcome.participants.len()), (host_is.you.id, true, 3));
    server.stop().await;
}

#[tokio::test]
async fn a_killed_server_leaves_attendance_up_to_its_last_heartbeat() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (_one, one_is) = server.page(Role::Classroom, "one").await;
    let token = server.token(Role::Classroom, "one");
    // The heartbeat and the join are written; then the power fails.
    while server.store.memberships("maths").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    server.kill();
    let server = Running::start(&folder.0).await;
    let memberships = server.store.memberships("maths").await.unwrap();
    assert!(matches!(&memberships[..], [only] if only.left_ms.is_some_and(|left| left >= only.joined_ms && left <= only.joined_ms + 5_000)), "{memberships:?}");
    let (_one, welcome) = Page::join(&server, token, Some(one_is.resume)).await;
    assert_eq!((welcome.you.id, welcome.resumed), (one_is.you.id, true));
    while server.store.memberships("maths").await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reload_takes_the_same_place_and_the_older_page_is_told() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut first, first_is) = server.page(Role::Host, "Ms Li").await;
    let (mut second, second_is) = Page::join(&server, server.token(Role::Host, "Ms Li"), Some(first_is.resume)).await;
    assert_eq!((second_is.you.id, second_is.resumed), (first_is.you.id, true));
    assert_eq!(first.goodbye().await, (GoodbyeReason::Replaced, None));
    second.say(&ClientMessage::Ping).await;
    second.find(|message| matches!(message, ServerMessage::Pong { .. }).then_some(())).await;
    server.stop().await;
}
