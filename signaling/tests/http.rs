//! WHIP, WHEP, the operator's interface, health, pages.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, LessonList, LessonOverview, LessonState, Role, ServerMessage, Source};
use signaling::media::MediaEvent;
use support::{Folder, Running, now_s};
use tokio::sync::mpsc;

const SDP: (&str, &str) = ("Content-Type", "application/sdp");
const FRAGMENT: (&str, &str) = ("Content-Type", "application/trickle-ice-sdpfrag");

#[tokio::test]
async fn a_whip_session_from_post_to_delete() {
    let folder = Folder::new();
    let ice = protocol::IceServer { urls: vec!["stun:stun.example".into()], username: None, credential: None };
    let server = Running::start_with(&folder.0, |config| config.ice_servers = vec![ice]).await;
    let (mut class, _) = server.page(Role::Classroom, "one").await;
    let bearer = format!("Bearer {}", server.token(Role::Host, "encoder"));
    let auth = ("Authorization", bearer.as_str());
    let made = server.request("POST /whip/maths", &[auth, SDP], "v=0").await;
    assert_eq!((made.status, made.body.as_str()), (201, "v=0 answer"), "{made:?}");
    let location = made.header("location").unwrap().to_owned();
    assert!(location.starts_with("/whip/maths/") && location.len() > 40, "{location}");
    assert_eq!(made.header("etag"), Some("\"ice1\""));
    assert_eq!(made.header("link"), Some("<stun:stun.example>; rel=\"ice-server\""));
    assert_eq!(made.header("accept-patch"), Some("application/trickle-ice-sdpfrag"));
    assert_eq!(made.header("access-control-allow-origin"), Some("*"));
    assert!(made.header("access-control-expose-headers").unwrap().contains("Location"));
    let request = server.notes.offers.lock().unwrap()[0].clone();
    assert!(request.infer_sources && request.may_send.contains(&Source::Screen) && request.local.is_some());

    // The host of the lesson, for everybody: a second is told so.
    class.find(|message| matches!(message, ServerMessage::Participant { participant } if participant.role == Role::Host).then_some(())).await;
    let second = format!("Bearer {}", server.token(Role::Host, "second"));
    let refused = server.request("POST /whip/maths", &[("Authorization", &second), SDP], "v=0").await;
    assert_eq!((refused.status, refused.problem().kind.as_str()), (409, "urn:tongke:problem:host_present"));
    let participant = request.participant;
    server.event(MediaEvent::Publishing { lesson: "maths".into(), participant: participant.clone(), source: Source::Camera, active: true }).await;
    class.find(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Live).then_some(())).await;

    let patch = format!("PATCH {location}");
    assert_eq!(server.request(&patch, &[auth, FRAGMENT], "candidate").await.status, 428);
    assert_eq!(server.request(&patch, &[auth, FRAGMENT, ("If-Match", "\"old\"")], "candidate").await.status, 412);
    assert_eq!(server.request(&patch, &[auth, SDP, ("If-Match", "\"ice1\"")], "candidate").await.status, 415);
    assert_eq!(server.request(&patch, &[auth, FRAGMENT, ("If-Match", "\"ice1\"")], "candidate").await.status, 204);
    let restarted = server.request(&patch, &[auth, FRAGMENT, ("If-Match", "*")], "restart").await;
    assert_eq!((restarted.status, restarted.header("etag"), restarted.body.as_str()), (200, Some("\"ice1.1\""), "a=ice-ufrag:new"));
    assert_eq!(server.request(&patch, &[auth, FRAGMENT, ("If-Match", "\"ice1\"")], "candidate").await.status, 412, "the old session's tag");
    assert_eq!(server.request(&patch, &[auth, FRAGMENT, ("If-Match", "*")], "?").await.status, 400);
    let other = ("Authorization", second.as_str());
    assert_eq!(server.request(&format!("DELETE {location}"), &[other], "").await.status, 403);
    assert_eq!(server.request(&format!("DELETE {location}"), &[], "").await.status, 401);
    assert_eq!(server.request(&format!("DELETE {location}"), &[auth], "").await.status, 200);
    class.find(|message| matches!(message, ServerMessage::Left { participant: left } if *left == participant).then_some(())).await;
    assert!(server.notes.removed.lock().unwrap().contains(&participant));
    assert_eq!(server.request(&format!("DELETE {location}"), &[auth], "").await.status, 404);
    assert_eq!(server.request(&patch, &[auth, FRAGMENT, ("If-Match", "*")], "candidate").await.status, 404);
}

#[tokio::test]
async fn a_whip_session_that_is_ended_while_it_is_answered_is_none() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, _) = server.page(Role::Host, "Ms Li").await;
    let (gate, mut offers) = mpsc::channel(1);
    *server.notes.gate.lock().unwrap() = Some(gate);
    let bearer = format!("Bearer {}", server.token(Role::Classroom, "encoder"));
    let headers = [("Authorization", bearer.as_str()), SDP];
    let joined = |message: &ServerMessage| match message {
        ServerMessage::Participant { participant } if participant.role == Role::Classroom => Some(participant.id.clone()),
        _ => None,
    };
    // Put out by the host, which the lesson has done before it tells of it.
    let put_out = async {
        let open = offers.recv().await.unwrap();
        let class = host.find(joined).await;
        host.say(&ClientMessage::Remove { participant: class.clone() }).await;
        host.find(|message| matches!(message, ServerMessage::Left { participant } if *participant == class).then_some(())).await;
        open.send(()).unwrap();
    };
    let (refused, ()) = tokio::join!(server.request("POST /whip/maths", &headers, "v=0"), put_out);
    assert_eq!((refused.status, refused.problem().title.as_str()), (409, "ended"), "{refused:?}");
    // Given up by whoever asked: the lesson hears of it, and the place is free.
    // What the host did not read yet of a participant is replaced by what is newer: it has to hear of the coming before there is a going.
    let comes = async { (offers.recv().await.unwrap(), host.find(joined).await) };
    let (open, class) = tokio::select! {
        reply = server.request("POST /whip/maths", &headers, "v=0") => panic!("{reply:?}"),
        comes = comes => comes,
    };
    host.find(|message| matches!(message, ServerMessage::Left { participant } if *participant == class).then_some(())).await;
    drop(open);
    *server.notes.gate.lock().unwrap() = None;
    assert_eq!(server.request("POST /whip/maths", &headers, "v=0").await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn whip_requests_that_are_refused() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let bearer = |lesson: &str, role, exp| format!("Bearer {}", server.token_for(lesson, role, "x", exp));
    let host = bearer("maths", Role::Host, now_s() + 60);
    let long = "v=0".repeat(400_000);
    let rows: [(&str, Option<String>, &str, &str, u16); 10] = [
        ("/whip/maths", None, "application/sdp", "v=0", 401),
        ("/whip/maths", Some("Basic x".into()), "application/sdp", "v=0", 401),
        ("/whip/maths", Some("Bearer forged".into()), "application/sdp", "v=0", 401),
        ("/whip/maths", Some(bearer("maths", Role::Host, now_s() - 1)), "application/sdp", "v=0", 401),
        ("/whip/maths", Some(bearer("physics", Role::Host, now_s() + 60)), "application/sdp", "v=0", 403),
        ("/whip/maths", Some(bearer("maths", Role::Observer, now_s() + 60)), "application/sdp", "v=0", 403),
        ("/whip/physics", Some(bearer("physics", Role::Host, now_s() + 60)), "application/sdp", "v=0", 404),
        ("/whip/maths", Some(host.clone()), "text/plain", "v=0", 415),
        ("/whip/maths", Some(host.clone()), "application/sdp", "rubbish", 400),
        ("/whip/maths", Some(host.clone()), "application/sdp", &long, 413),
    ];
    for (path, auth, kind, body, status) in rows {
        let mut headers = vec![("Content-Type", kind)];
        if let Some(auth) = &auth {
            headers.push(("Authorization", auth.as_str()));
        }
        let reply = server.request(&format!("POST {path}"), &headers, body).await;
        assert_eq!(reply.status, status, "{path} {reply:?}");
        assert_eq!(reply.problem().status, status);
        assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    }
    let options = server.request("OPTIONS /whip/maths", &[], "").await;
    assert_eq!((options.status, options.header("accept-post")), (204, Some("application/sdp")));
    assert!(options.header("access-control-allow-headers").unwrap().contains("Authorization"));
    let metrics = server.request("GET /metrics", &[], "").await.body;
    let counts = [("unnamed", 4), ("token_invalid", 1), ("token_expired", 1), ("forbidden", 2), ("lesson_unknown", 1), ("offer_invalid", 1), ("full", 0)];
    for (code, count) in counts {
        let line = format!("tongke_refusals_total{{code=\"{code}\"}} {count}");
        assert!(metrics.lines().any(|other| other == line), "{line}: {metrics}");
    }
    // None of these left a host behind.
    let made = server.request("POST /whip/maths", &[("Authorization", &host), SDP], "v=0").await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[tokio::test]
async fn a_resource_says_the_same_of_its_methods_to_whoever_asks() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    for (path, methods) in [
        ("/whip/maths", "POST, OPTIONS"),
        ("/whip/maths/x", "PATCH, DELETE, OPTIONS"),
        ("/whep/maths", "POST, OPTIONS"),
        ("/whep/maths/x", "PATCH, DELETE, OPTIONS"),
    ] {
        let options = server.request(&format!("OPTIONS {path}"), &[], "").await;
        assert_eq!((options.status, options.header("allow"), options.header("access-control-allow-methods")), (204, Some(methods), Some(methods)));
        assert_eq!(options.header("accept-post").is_some(), methods.contains("POST"));
        let refused = server.request(&format!("GET {path}"), &[], "").await;
        assert_eq!((refused.problem().status, refused.header("allow")), (405, Some(methods)));
        for reply in [options, refused] {
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_refused_join_is_counted_once() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (_host, _) = server.page(Role::Host, "Ms Li").await;
    let bearer = format!("Bearer {}", server.token(Role::Host, "second"));
    assert_eq!(server.request("POST /whip/maths", &[("Authorization", &bearer), SDP], "v=0").await.status, 409);
    assert!(server.metric("tongke_refusals_total{code=\"host_present\"} 1").await);
    let mut page = support::Page::connect(server.address).await;
    let join = protocol::Join { version: protocol::VERSION, token: server.token(Role::Host, "third"), resume: None, lesson: None };
    page.say(&ClientMessage::Join(join)).await;
    assert_eq!(page.error().await, protocol::ErrorCode::HostPresent);
    assert!(server.metric("tongke_refusals_total{code=\"host_present\"} 2").await);
}

#[tokio::test]
async fn counters_begin_at_nothing() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let metrics = server.request("GET /metrics", &[], "").await.body;
    for line in [
        "tongke_http_connections_refused_total{reason=\"address\"} 0",
        "tongke_http_connections_refused_total{reason=\"limit\"} 0",
        "tongke_store_errors_total{kind=\"full\"} 0",
        "tongke_store_errors_total{kind=\"queue_full\"} 0",
        "tongke_refusals_total{code=\"store_unavailable\"} 0",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}: {metrics}");
    }
}

/// What this process holds of the machine's memory, in KiB.
#[cfg(target_os = "linux")]
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Strangers' connections that never join cost little.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_websocket_that_does_not_join_holds_little_memory() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    const COUNT: usize = 250;
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let open = async || {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // A masked ping; with its pong, the server has read.
        stream.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.unwrap();
        let mut read = Vec::new();
        while !read.windows(2).any(|pong| pong == [0x8a, 0]) {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "{}", String::from_utf8_lossy(&read));
        }
        stream
    };
    let first = open().await;
    let before = resident_kib();
    let mut held = vec![first];
    for _ in 0..COUNT {
        held.push(open().await);
    }
    let each = resident_kib().saturating_sub(before) / COUNT;
    assert!(each < 64, "{each} KiB a connection");
}

#[tokio::test]
async fn a_useless_offer_takes_nobodys_place() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, _) = server.page(Role::Host, "Ms Li").await;
    let (mut class, class_is) = server.page(Role::Classroom, "one").await;
    class.say(&ClientMessage::Hand { raised: true }).await;
    let hands = |message: &ServerMessage| matches!(message, ServerMessage::Hands { participants } if participants.len() == 1).then_some(());
    host.find(hands).await;
    let bearer = format!("Bearer {}", server.token(Role::Classroom, "one"));
    let refused = server.request("POST /whip/maths", &[("Authorization", &bearer), SDP], "hello").await;
    assert_eq!((refused.status, refused.problem().kind.as_str()), (400, "urn:tongke:problem:offer_invalid"));
    // The page is still there, and so is its hand: the host can call on it.
    host.say(&ClientMessage::CallOn { participant: class_is.you.id.clone() }).await;
    class.find(|message| matches!(message, ServerMessage::Stage { participants, .. } if participants.len() == 1).then_some(())).await;
    assert!(!class.seen.iter().any(|message| matches!(message, ServerMessage::Goodbye { .. })));
    server.stop().await;
}

#[tokio::test]
async fn players_by_whep() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let bearer = format!("Bearer {}", server.token(Role::Classroom, "one"));
    let auth = ("Authorization", bearer.as_str());
    for query in ["", "?source=camera", "?source=screen"] {
        let made = server.request(&format!("POST /whep/maths{query}"), &[auth, SDP], "v=0").await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(made.header("location").unwrap().starts_with("/whep/maths/"));
    }
    assert!(server.notes.offers.lock().unwrap().iter().all(|offer| offer.may_send.is_empty()));
    assert_eq!(server.request("POST /whep/maths?source=x", &[auth, SDP], "v=0").await.status, 400);
    let host = format!("Bearer {}", server.token(Role::Host, "h"));
    assert_eq!(server.request("POST /whep/maths", &[("Authorization", &host), SDP], "v=0").await.status, 403);
}

#[tokio::test]
async fn operators_read_the_lessons() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (_class, class_is) = server.page(Role::Classroom, "one").await;
    let figures = protocol::ParticipantStats { participant: Some(class_is.you.id.clone()), up_bps: 700_000, ..Default::default() };
    server.event(MediaEvent::Stats { lesson: "maths".into(), participants: vec![figures.clone()] }).await;
    let operator = format!("Bearer {}", server.token_for("*", Role::Operator, "op", now_s() + 60));
    let auth = ("Authorization", operator.as_str());
    let list: LessonList = serde_json::from_str(&server.request("GET /api/v1/live", &[auth], "").await.body).unwrap();
    assert_eq!(list.lessons.len(), 1);
    assert_eq!((&list.lessons[0].participants[0].name, &list.lessons[0].stats), (&"one".to_owned(), &vec![figures]));
    let one: LessonOverview = serde_json::from_str(&server.request("GET /api/v1/live/maths", &[auth], "").await.body).unwrap();
    assert_eq!(one, list.lessons[0]);
    assert_eq!(server.request("GET /api/v1/live/none", &[auth], "").await.problem().status, 404);
    assert_eq!(server.request("GET /api/v1/live", &[], "").await.problem().status, 401);
    let class = format!("Bearer {}", server.token(Role::Classroom, "one"));
    assert_eq!(server.request("GET /api/v1/live", &[("Authorization", &class)], "").await.problem().status, 403);
    let narrow = format!("Bearer {}", server.token(Role::Operator, "op"));
    assert_eq!(server.request("GET /api/v1/live/other", &[("Authorization", &narrow)], "").await.problem().status, 403);
}

#[tokio::test]
async fn pages_health_and_headers() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    for (path, body) in [("/", "<!doctype html><script>go()</script>"), ("/console", "<!doctype html>console")] {
        let page = server.request(&format!("GET {path}"), &[], "").await;
        assert_eq!((page.status, page.body.as_str(), page.header("cache-control")), (200, body, Some("no-cache")));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains(&format!("ws://{}", server.address)), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(page.header("permissions-policy").unwrap().contains("camera=(self)"));
        let again = server.request(&format!("GET {path}"), &[("If-None-Match", page.header("etag").unwrap())], "").await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
    }
    assert!(server.request("GET /assets/app-1.js", &[], "").await.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(server.request("GET /nothing", &[], "").await.problem().status, 404);
    assert_eq!(server.request("POST /", &[], "").await.problem().status, 405);
    assert_eq!(server.request("GET /healthz", &[], "").await.status, 200);
    assert_eq!(server.request("GET /readyz", &[], "").await.status, 200);
    assert_eq!(server.request("GET /ws", &[], "").await.problem().status, 400);
    let metrics = server.request("GET /metrics", &[], "").await;
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    assert!(metrics.body.contains("tongke_http_requests_total{route=\"/healthz\",status=\"200\"} 1"), "{}", metrics.body);
}

/// Speaks HTTPS, trusting one certificate.
fn https_get(address: std::net::SocketAddr, trusted: rustls::pki_types::CertificateDer<'static>) -> String {
    use std::io::{Read, Write};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let session = rustls::ClientConnection::new(config.into(), "localhost".try_into().unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(session, std::net::TcpStream::connect(address).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn https_with_a_certificate_and_a_clear_word_without_a_good_one() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = signaling::Tls { cert: folder.0.join("cert.pem"), key: folder.0.join("key.pem") };
    std::fs::write(&tls.cert, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    let server = Running::start_with(&folder.0, |config| config.tls = Some(tls.clone())).await;
    let (address, trusted) = (server.address, made.cert.der().clone());
    let reply = tokio::task::spawn_blocking(move || https_get(address, trusted)).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    server.stop().await;

    std::fs::write(&tls.key, "no key").unwrap();
    let mut config = signaling::Config::new(([127, 0, 0, 1], 0).into(), &folder.0);
    config.tls = Some(tls);
    let store = signaling::Store::open(&signaling::Database::Sqlite(folder.0.clone())).await.unwrap();
    let (_events, receiver) = mpsc::channel(1);
    let media = std::sync::Arc::new(support::Notes::default());
    let error = signaling::Server::bind(config, store, media, receiver, std::sync::Arc::new(support::Files), prometheus::Registry::new()).await.unwrap_err();
    assert!(error.to_string().contains("key.pem"), "{error}");
}

/// `promtool check metrics` reads names, help texts and types as Prometheus does.
#[tokio::test]
async fn the_metrics_please_promtool() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (_class, _) = server.page(Role::Classroom, "one").await;
    server.request("GET /api/v1/live", &[], "").await;
    let text = server.request("GET /metrics", &[], "").await.body;
    let Ok(mut tool) = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() else {
        eprintln!("promtool is not installed: not checked");
        return;
    };
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn more_connections_than_the_limit_are_refused() {
    let folder = Folder::new();
    let server = Running::start_with(&folder.0, |config| config.max_connections = 2).await;
    let (_one, _) = server.page(Role::Classroom, "one").await;
    let (two, _) = server.page(Role::Classroom, "two").await;
    assert_eq!(server.request("GET /healthz", &[], "").await.status, 0, "closed without an answer");
    drop(two);
    while server.request("GET /healthz", &[], "").await.status != 200 {
        tokio::task::yield_now().await;
    }
}
