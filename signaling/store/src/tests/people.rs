//! People, sessions, devices and the audit.

use super::support::{Fresh, on_both_engines};
use super::world::{MINUTE, county, entry, lesson, person};
use crate::{
    Alliance, AuditLine, AuditList, AuditPlaces, Classroom, Device, DeviceCode, Entry, Grant, List, PasswordReset, Person, PersonRole, PlannedLesson, Receiver,
    Region, RegionLevel, School, SchoolKind, Scope, Session, Store, StoreError, Stranger, Term,
};

on_both_engines! {
    a_person_proves_itself
    logins_nobody_has_are_counted_each_for_itself
    a_login_is_rewritten_unless_somebody_has_it
    a_time_step_is_used_once
    grants_hold_for_their_time
    sessions_end
    whom_a_session_lets_in_is_known_at_once_whoever_changed_it
    a_link_resets_a_password_once
    a_link_is_good_while_person_and_password_are_as_they_were
    a_panel_is_bound_by_a_code
    the_audit_is_read_backwards
    the_audit_of_a_place_is_of_what_is_there
}

async fn with_person(fresh: &Fresh) -> Store {
    let store = fresh.open().await;
    county(&store, 1).await;
    store.create_person(&person("li"), "hash", true, 5).await.unwrap();
    store
}

async fn a_person_proves_itself(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let (found, credentials) = store.person_by_login("login-li").await.unwrap().unwrap();
    assert_eq!((found, credentials.password_hash.as_deref(), credentials.must_change), (person("li"), Some("hash"), true));
    assert!(!format!("{credentials:?}").contains("hash\""));
    assert_eq!(store.person_by_login("nobody").await.unwrap(), None);
    assert_eq!((store.count_failure("li").await.unwrap(), store.count_failure("li").await.unwrap()), (1, 2));
    store.lock_person("li", Some(900)).await.unwrap();
    // A change of the name, read before, takes nothing of this back.
    store.update(&Person { name: "李静".into(), ..person("li") }).await.unwrap();
    let locked = store.credentials("li").await.unwrap().unwrap();
    assert_eq!((locked.failed, locked.locked_until_ms), (2, Some(900)));
    store.set_password("li", "new", false).await.unwrap();
    let credentials = store.credentials("li").await.unwrap().unwrap();
    assert_eq!((credentials.password_hash.as_deref(), credentials.failed, credentials.locked_until_ms), (Some("new"), 0, None));
    assert!(matches!(store.set_password("nobody", "x", false).await, Err(StoreError::Missing { .. })));
}

async fn logins_nobody_has_are_counted_each_for_itself(fresh: Fresh) {
    let store = fresh.open().await;
    let stranger = |place, mark: &str| Stranger { place, mark: mark.into() };
    let (one, beside, other) = (stranger(7, "one"), stranger(8, "one"), stranger(7, "other"));
    assert_eq!(store.stranger_locked_until(&one).await.unwrap(), None);
    for count in 1..=3 {
        assert_eq!(store.count_stranger(&one).await.unwrap(), count);
    }
    assert_eq!(store.count_stranger(&beside).await.unwrap(), 1);
    store.lock_stranger(&one, 900).await.unwrap();
    assert_eq!(store.count_stranger(&one).await.unwrap(), 4, "a lock keeps the count");
    assert_eq!((store.stranger_locked_until(&one).await.unwrap(), store.stranger_locked_until(&other).await.unwrap()), (Some(900), None));
    assert_eq!(store.count_stranger(&other).await.unwrap(), 1, "it takes the place");
    assert_eq!((store.stranger_locked_until(&one).await.unwrap(), store.stranger_locked_until(&other).await.unwrap()), (None, None));
    store.lock_stranger(&one, 900).await.unwrap();
    assert_eq!(store.stranger_locked_until(&other).await.unwrap(), None, "of another nothing is locked");
}

async fn a_login_is_rewritten_unless_somebody_has_it(fresh: Fresh) {
    let store = with_person(&fresh).await;
    store.create_person(&person("wang"), "hash", false, 5).await.unwrap();
    assert!(store.logins().await.unwrap().contains(&("li".into(), "login-li".into())));
    assert!(!store.rewrite_login("li", "login-li", "login-wang").await.unwrap() && !store.rewrite_login("li", "old", "new").await.unwrap());
    assert!(store.rewrite_login("li", "login-li", "new").await.unwrap());
    let (found, _) = store.person_by_login("new").await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.version), ("li", 2));
}

async fn a_time_step_is_used_once(fresh: Fresh) {
    let store = with_person(&fresh).await;
    store.set_totp("li", Some("secret"), Some(10)).await.unwrap();
    let (one, two) = tokio::join!(store.use_totp_step("li", 100), store.use_totp_step("li", 100));
    assert_eq!(usize::from(one.unwrap()) + usize::from(two.unwrap()), 1);
    assert!(!store.use_totp_step("li", 99).await.unwrap());
    assert!(store.use_totp_step("li", 101).await.unwrap());
    assert_eq!(store.credentials("li").await.unwrap().unwrap().totp_last_step, Some(101));
    assert_eq!(store.totp_secrets().await.unwrap(), [("li".to_owned(), "secret".to_owned())]);
    store.rewrite_totp("li", "other", "late").await.unwrap();
    store.rewrite_totp("li", "secret", "locked").await.unwrap();
    let credentials = store.credentials("li").await.unwrap().unwrap();
    assert_eq!((credentials.totp_secret.as_deref(), credentials.totp_last_step), (Some("locked"), Some(101)), "the steps that were used stay used");
}

async fn grants_hold_for_their_time(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let grant = |id: &str, to_ms| Grant {
        id: id.into(),
        person: "li".into(),
        role: PersonRole::SchoolAdmin,
        scope: Scope::School,
        scope_id: Some("s".into()),
        from_ms: 100,
        to_ms,
        granted_by: None,
    };
    store.give(&grant("g1", None)).await.unwrap();
    store.give(&grant("g2", Some(200))).await.unwrap();
    assert!(matches!(store.give(&Grant { scope: Scope::Everything, ..grant("g3", None) }).await, Err(StoreError::Invalid { .. })));
    let held = async |at| store.grants("li", at).await.unwrap().into_iter().map(|grant| grant.id).collect::<Vec<_>>();
    assert_eq!(held(Some(99)).await, Vec::<String>::new());
    assert_eq!(held(Some(150)).await, ["g1", "g2"]);
    assert_eq!(held(Some(200)).await, ["g1"]);
    store.end_grant("g1", 300).await.unwrap();
    store.end_grant("g2", 300).await.unwrap();
    assert_eq!(held(Some(300)).await, Vec::<String>::new());
    assert_eq!(held(None).await, ["g1", "g2"]);
    assert_eq!(store.grants("li", None).await.unwrap()[1].to_ms, Some(200), "what ended before stays");
    let people = ["li", "nobody"].map(str::to_owned);
    for at in [99, 150, 250] {
        let all = store.grants_of(&people, at).await.unwrap();
        assert_eq!(all.get("li").cloned().unwrap_or_default(), store.grants("li", Some(at)).await.unwrap(), "at {at}");
        assert!(!all.contains_key("nobody"));
    }
}

fn session(token: &str, expires_ms: u64) -> Session {
    Session {
        token_hash: token.into(),
        person: "li".into(),
        made_ms: 1,
        seen_ms: 1,
        expires_ms,
        second_factor_ms: None,
        address: "10.0.0.1".into(),
        agent: "Firefox".into(),
    }
}

async fn sessions_end(fresh: Fresh) {
    let store = with_person(&fresh).await;
    for (token, expires) in [("a", 100), ("b", 200), ("c", 300)] {
        store.begin_session(&session(token, expires)).await.unwrap();
    }
    let holder = async |token, now_ms| store.session_holder(token, now_ms).await.unwrap();
    let a = holder("a", 99).await.unwrap();
    assert_eq!((a.session, a.person.id.as_str(), a.must_change), (session("a", 100), "li", true));
    assert_eq!(a.grants, store.grants("li", Some(99)).await.unwrap());
    assert_eq!(holder("a", 100).await, None);
    store.touch_session("a", 90, 400).await.unwrap();
    store.note_second_factor("a", 91).await.unwrap();
    assert_eq!(holder("a", 100).await.unwrap().session.second_factor_ms, Some(91));
    assert_eq!(store.remove_expired(200).await.unwrap(), 1);
    assert_eq!(store.sessions("li", 200).await.unwrap().len(), 2);
    assert_eq!(store.end_sessions("li", Some("a")).await.unwrap(), 1);
    assert_eq!(holder("c", 100).await, None);
    store.close_row::<Person>("li", 1, 250).await.unwrap();
    assert_eq!(holder("a", 251).await, None, "a closed person is out");
}

async fn whom_a_session_lets_in_is_known_at_once_whoever_changed_it(fresh: Fresh) {
    let (server, beside) = (with_person(&fresh).await, fresh.open().await);
    let grant = |id: &str, from_ms, to_ms| Grant {
        id: id.into(),
        person: "li".into(),
        role: PersonRole::Teacher,
        scope: Scope::School,
        scope_id: Some("s0".into()),
        from_ms,
        to_ms,
        granted_by: None,
    };
    for (number, store) in [&server, &beside].into_iter().enumerate() {
        let (token, given) = (format!("token-{number}"), format!("given-{number}"));
        let holder = async |now_ms| server.session_holder(&token, now_ms).await.unwrap();
        let holds = async |now_ms| holder(now_ms).await.unwrap().grants.into_iter().any(|grant| grant.id == given);
        assert_eq!(holder(10).await, None);
        store.begin_session(&session(&token, 1_000)).await.unwrap();
        let version = holder(10).await.unwrap().person.version;
        // A grant, which begins and ends by its time as well.
        store.give(&grant(&given, 20, Some(40))).await.unwrap();
        assert_eq!((holds(19).await, holds(20).await, holds(39).await, holds(40).await), (false, true, true, false));
        store.end_grant(&given, 30).await.unwrap();
        assert_eq!((holds(29).await, holds(30).await), (true, false));
        // What is known of the person and of the session.
        store.set_password("li", "another", number == 0).await.unwrap();
        assert_eq!(holder(10).await.unwrap().must_change, number == 0);
        store.update(&Person { name: format!("李{number}"), version, ..person("li") }).await.unwrap();
        assert_eq!(holder(10).await.unwrap().person.name, format!("李{number}"));
        store.note_second_factor(&token, 11).await.unwrap();
        assert_eq!(holder(10).await.unwrap().session.second_factor_ms, Some(11));
        // Who is closed is out, and in again.
        let version = store.close_row::<Person>("li", version + 1, 12).await.unwrap();
        assert_eq!(holder(10).await, None);
        store.reopen_row::<Person>("li", version).await.unwrap();
        assert!(holder(10).await.is_some());
        // Sessions end: one by the others, by itself, with a new password.
        store.end_sessions("li", Some(&token)).await.unwrap();
        assert!(holder(10).await.is_some());
        store.end_sessions("li", None).await.unwrap();
        assert_eq!(holder(10).await, None);
        store.begin_session(&session(&token, 1_000)).await.unwrap();
        assert!(holder(10).await.is_some());
        store.end_session(&token).await.unwrap();
        assert_eq!(holder(10).await, None);
        store.begin_session(&session(&token, 1_000)).await.unwrap();
        assert!(holder(10).await.is_some());
        store.create_password_reset(&PasswordReset { token_hash: token.clone(), person: "li".into(), expires_ms: 100, made_by: None }).await.unwrap();
        store.reset_password(&token, "reset", 50).await.unwrap();
        assert_eq!(holder(10).await, None);
    }
}

async fn a_link_resets_a_password_once(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let reset = |token: &str| PasswordReset { token_hash: token.into(), person: "li".into(), expires_ms: 100, made_by: None };
    store.begin_session(&session("a", 1_000)).await.unwrap();
    store.create_password_reset(&reset("first")).await.unwrap();
    store.create_password_reset(&reset("second")).await.unwrap();
    assert_eq!(store.reset_password("first", "x", 50).await.unwrap(), None);
    assert_eq!(store.reset_password("second", "x", 100).await.unwrap(), None);
    assert_eq!(store.session_holder("a", 50).await.unwrap().map(|holder| holder.session), Some(session("a", 1_000)));
    assert_eq!(store.reset_password("second", "new", 99).await.unwrap().as_deref(), Some("li"));
    assert_eq!(store.reset_password("second", "again", 99).await.unwrap(), None);
    assert_eq!(store.credentials("li").await.unwrap().unwrap().password_hash.as_deref(), Some("new"));
    assert_eq!(store.session_holder("a", 50).await.unwrap(), None);
}

async fn a_link_is_good_while_person_and_password_are_as_they_were(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let make = async |token: &str| {
        store.create_password_reset(&PasswordReset { token_hash: token.into(), person: "li".into(), expires_ms: 100, made_by: None }).await.unwrap();
    };
    let login = async |token, now_ms| store.password_reset_login(token, now_ms).await.unwrap();
    make("old").await;
    assert_eq!((login("old", 99).await.as_deref(), login("old", 100).await, login("none", 99).await), (Some("login-li"), None, None));
    store.set_password("li", "own", false).await.unwrap();
    assert_eq!((login("old", 50).await, store.reset_password("old", "x", 50).await.unwrap()), (None, None), "li has a password of its own since");
    make("new").await;
    store.close_row::<Person>("li", 1, 50).await.unwrap();
    assert_eq!((login("new", 60).await, store.reset_password("new", "x", 60).await.unwrap()), (None, None), "closed");
    assert_eq!(store.credentials("li").await.unwrap().unwrap().password_hash.as_deref(), Some("own"));
    store.reopen_row::<Person>("li", 2).await.unwrap();
    assert_eq!(store.reset_password("new", "y", 60).await.unwrap().as_deref(), Some("li"));
    assert_eq!(login("new", 60).await, None, "used");
}

async fn a_panel_is_bound_by_a_code(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let code =
        |id: &str| DeviceCode { id: id.into(), code_hash: format!("c{id}"), poll_hash: format!("p{id}"), expires_ms: 100, confirmed_device: None, tries: 0 };
    let device = Device {
        id: "d".into(),
        classroom: "r0".into(),
        name: "一体机".into(),
        token_hash: "t".into(),
        bound_ms: 50,
        bound_by: Some("li".into()),
        revoked_ms: None,
        seen_ms: None,
    };
    assert!(store.create_device_code(&code("1"), 1, 10).await.unwrap());
    assert!(!store.create_device_code(&code("2"), 1, 10).await.unwrap(), "there are enough");
    assert_eq!(store.confirm_device_code("wrong", &device, 50).await.unwrap(), None);
    assert_eq!(store.confirm_device_code("c1", &device, 100).await.unwrap(), None, "too late");
    assert_eq!(store.confirm_device_code("c1", &device, 50).await.unwrap().as_deref(), Some("1"));
    assert_eq!(store.confirm_device_code("c1", &Device { id: "e".into(), token_hash: "u".into(), ..device.clone() }, 50).await.unwrap(), None);
    let polled = store.device_code_by_poll("p1", 60).await.unwrap().unwrap();
    assert_eq!((polled.confirmed_device.as_deref(), polled.tries), (Some("d"), 1));
    let device = Device { token_hash: "p1".into(), ..device };
    assert_eq!(store.device_by_token("p1").await.unwrap(), Some(device.clone()), "what the panel asked with is its token");
    assert_eq!(store.device_by_token("t").await.unwrap(), None);
    store.touch_device("d", 70).await.unwrap();
    store.revoke_device("d", 80).await.unwrap();
    assert_eq!(store.device_by_token("p1").await.unwrap(), None);
    assert_eq!(store.devices(&List { of: Some("r0"), ..List::default() }).await.unwrap(), []);
    let all = store.devices(&List { closed: true, ..List::default() }).await.unwrap();
    assert_eq!(all, [Device { seen_ms: Some(70), revoked_ms: Some(80), ..device }]);
    store.remove_expired(100).await.unwrap();
    assert_eq!(store.device_code_by_poll("p1", 60).await.unwrap(), None);
}

async fn the_audit_is_read_backwards(fresh: Fresh) {
    let store = with_person(&fresh).await;
    let line = |number: u64, thing: &str| AuditLine {
        id: format!("l{number}"),
        at_ms: number / 2,
        person: number.is_multiple_of(2).then(|| "li".to_owned()),
        address: "10.0.0.1".into(),
        act: "lesson.cancel".into(),
        thing: thing.into(),
        thing_id: "x".into(),
        detail: "{}".into(),
    };
    for number in 0..6 {
        store.add_audit(&line(number, if number == 5 { "school" } else { "lesson" })).await.unwrap();
    }
    let list = AuditList { limit: 4, ..AuditList::default() };
    let first = store.audit(&list).await.unwrap();
    assert_eq!(first.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["l5", "l4", "l3", "l2"]);
    let rest = store.audit(&AuditList { before: Some((1, "l2")), ..list }).await.unwrap();
    assert_eq!(rest, [line(1, "lesson"), line(0, "lesson")]);
    let only = store.audit(&AuditList { person: Some("li"), thing: Some("lesson"), ..list }).await.unwrap();
    assert_eq!(only.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["l4", "l2", "l0"]);
}

/// The county `county` with the school `s`, beside a county `other` with the school `o`; a lesson and a pairing of the one are received in the other.
async fn the_audit_of_a_place_is_of_what_is_there(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    store.create(&Region { id: "other".into(), parent: None, level: RegionLevel::County, name: "邻县".into(), version: 1 }, 1).await.unwrap();
    store.create(&School { region: Some("other".into()), ..School::new("o", "邻校", SchoolKind::Main) }, 1).await.unwrap();
    store.create(&Classroom::new("or", "o", "一年级"), 1).await.unwrap();
    store.create(&Person { school: Some("o".into()), ..person("ot") }, 1).await.unwrap();
    store.create(&Person { school: None, region: Some("other".into()), ..person("op") }, 1).await.unwrap();
    store.create(&Person { school: None, ..person("top") }, 1).await.unwrap();
    let receiver = |classroom: &str| vec![Receiver { classroom: classroom.into(), interactive: true }];
    store
        .create_lessons(&[lesson("own", 1_000, 0, 1, 0), PlannedLesson { receivers: receiver("or"), ..lesson("shared", 9 * MINUTE * 60, 0, 1, 0) }], 1)
        .await
        .unwrap();
    store.create(&Entry { receivers: receiver("or"), ..entry("e") }, 1).await.unwrap();
    let alliance =
        |id: &str, region: &str| Alliance { id: id.into(), region: region.into(), name: "联盟".into(), members: Vec::new(), closed_ms: None, version: 1 };
    store.create(&alliance("al", "county"), 1).await.unwrap();
    store.create(&alliance("ol", "other"), 1).await.unwrap();
    let device = Device {
        id: "d".into(),
        classroom: "or".into(),
        name: "一体机".into(),
        token_hash: "h".into(),
        bound_ms: 1,
        bound_by: None,
        revoked_ms: None,
        seen_ms: None,
    };
    store.bind_device(&device).await.unwrap();
    store.create(&Term { id: "common".into(), region: None, days: Vec::new(), ..store.get::<Term>("term").await.unwrap().unwrap() }, 1).await.unwrap();
    let done = [
        ("region", "county", None),
        ("region", "other", None),
        ("school", "s", None),
        ("schools", "o", None),
        ("classroom", "r0", None),
        ("classrooms", "or", None),
        ("person", "t0", None),
        ("people", "ot", None),
        ("person", "op", None),
        ("person", "top", None),
        ("device", "d", None),
        ("alliance", "al", None),
        ("alliance", "ol", None),
        ("lesson", "own", None),
        ("lesson", "shared", Some("t0")),
        ("lesson", "none", None),
        ("entry", "e", None),
        ("term", "term", Some("op")),
        ("term", "common", Some("op")),
        ("term", "common", Some("t1")),
        ("bell plan", "gone", Some("ot")),
        ("webhook", "gone", Some("top")),
        ("region", "gone", Some("op")),
        ("pairing", "gone", Some("t0")),
        ("something", "s", Some("t0")),
    ];
    for (number, (thing, thing_id, person)) in done.into_iter().enumerate() {
        let line = AuditLine {
            id: format!("{number:02}"),
            at_ms: 5,
            person: person.map(str::to_owned),
            address: String::new(),
            act: "update".into(),
            thing: thing.into(),
            thing_id: thing_id.into(),
            detail: String::new(),
        };
        store.add_audit(&line).await.unwrap();
    }
    let within = async |regions: &[&str], schools: &[&str]| {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let places = AuditPlaces { regions: owned(regions), schools: owned(schools) };
        let lines = store.audit(&AuditList { within: Some(&places), limit: 100, ..AuditList::default() }).await.unwrap();
        lines.iter().rev().map(|line| format!("{} {}", line.thing, line.thing_id)).collect::<Vec<_>>()
    };
    let of_county = [
        "region county",
        "school s",
        "classroom r0",
        "person t0",
        "alliance al",
        "lesson own",
        "lesson shared",
        "entry e",
        "term term",
        "term common",
        "pairing gone",
    ];
    let of_other = [
        "region other",
        "schools o",
        "classrooms or",
        "people ot",
        "person op",
        "device d",
        "alliance ol",
        "lesson shared",
        "entry e",
        "term common",
        "bell plan gone",
        "region gone",
    ];
    assert_eq!(within(&["county"], &[]).await, of_county);
    assert_eq!(within(&["other"], &[]).await, of_other);
    let both = within(&["county", "other"], &["s"]).await;
    assert_eq!(both.len(), 21, "{both:?}");
    let of_school = ["schools o", "classrooms or", "people ot", "device d", "lesson shared", "entry e", "bell plan gone"];
    assert_eq!(within(&[], &["o"]).await, of_school);
    assert_eq!(within(&[], &[]).await, [""; 0]);
    let places = AuditPlaces { regions: vec!["county".into()], schools: Vec::new() };
    let page = async |limit| store.audit(&AuditList { within: Some(&places), limit, ..AuditList::default() }).await.unwrap();
    let all = page(100).await;
    for limit in 1..=of_county.len() {
        assert_eq!(page(u32::try_from(limit).unwrap()).await, all[..limit], "full pages are found in another way than the last one");
    }
    let list = AuditList { person: Some("t0"), thing: Some("lesson"), within: Some(&places), before: Some((6, "")), limit: 10, ..AuditList::default() };
    assert_eq!(store.audit(&list).await.unwrap().len(), 1, "with everything else that is asked for");
}
