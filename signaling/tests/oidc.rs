//! People come in through an identity provider: those it vouches for and the register knows, and nobody else.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use signaling::store::AuditList;
use signaling::{Oidc, Secret};
use std::collections::HashMap;
use support::issuer::{CLIENT, Issuer, Lie, SECRET};
use support::portal::Portal;
use support::{Folder, Reply, Running, now_s};
use totp_rs::{Builder, Secret as Codes};

/// A server with a provider, where second factors are asked for unless said otherwise.
async fn with_provider(folder: &Folder, issuer: &Issuer, second_factor: bool) -> Running {
    let secret = Some(Secret::new(SECRET));
    let oidc = Oidc { issuer: issuer.url(), client_id: CLIENT.into(), client_secret: secret, claim: "preferred_username".into(), name: "某县教育".into() };
    Running::start_with(&folder.0, move |config| (config.oidc, config.second_factor) = (Some(oidc), second_factor)).await
}

/// The cookies that an answer sets, by name; empty where it takes them away.
fn cookies(reply: &Reply) -> HashMap<String, String> {
    let lines = reply.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    lines.filter_map(|line| line.split(';').next()?.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

fn to(reply: &Reply) -> &str {
    assert_eq!(reply.status, 303, "{reply:?}");
    reply.header("location").unwrap()
}

/// A browser on its way.
struct Way<'a> {
    server: &'a Running,
    /// The provider's page.
    address: String,
    cookie: String,
}

impl<'a> Way<'a> {
    async fn begin(server: &'a Running, back: &str) -> Self {
        let begun = server.request(&format!("GET /api/v1/oidc/start{back}"), &[], "").await;
        Self { server, address: to(&begun).into(), cookie: cookies(&begun)["tongke-oidc"].clone() }
    }

    async fn callback(&self, query: &str) -> Reply {
        let cookie = format!("tongke-oidc={}", self.cookie);
        self.server.request(&format!("GET /api/v1/oidc/callback?{query}"), &[("Cookie", &cookie)], "").await
    }
}

/// The whole way of a person with these claims.
async fn come(server: &Running, issuer: &Issuer, claims: Value, lie: Lie) -> Reply {
    let way = Way::begin(server, "?return=/school").await;
    let (code, state) = issuer.agree(&way.address, claims, lie);
    way.callback(&format!("code={code}&state={state}")).await
}

fn person(login: &str) -> Value {
    json!({ "preferred_username": login })
}

fn signed_in<'a>(server: &'a Running, reply: &Reply) -> Portal<'a> {
    Portal { cookie: Some(format!("tongke={}", cookies(reply)["tongke"])), ..Portal::new(server) }
}

fn value(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

#[tokio::test]
async fn a_person_comes_in_and_goes_on_to_where_it_wanted() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    Portal::operator(&server).await;
    assert_eq!(value(&Portal::new(&server).get("/oidc").await), json!({ "name": "某县教育" }));
    let way = Way::begin(&server, "?return=/school%3Fweek%3D3").await;
    assert!(way.address.contains(&format!("redirect_uri=http%3A%2F%2F127.0.0.1%3A{}%2Fapi%2Fv1%2Foidc%2Fcallback", server.address.port())), "{}", way.address);
    let (code, state) = issuer.agree(&way.address, person("Operator"), Lie::None);
    let query = format!("code={code}&state={state}&iss={}", issuer.url());
    let back = way.callback(&query).await;
    assert_eq!(to(&back), "/school?week=3");
    let set = back.head.lines().find(|line| line.starts_with("set-cookie: tongke=")).unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    assert_eq!(cookies(&back)["tongke-oidc"], "", "the attempt is over");
    let session = value(&signed_in(&server, &back).get("/session").await);
    assert_eq!(session["person"]["login"], "operator", "as people write it");
    let log = server.store.audit(&AuditList { thing: Some("person"), limit: 10, ..AuditList::default() }).await.unwrap();
    assert!(log.iter().any(|line| line.act == "sign in" && line.detail == "through the identity provider"), "{log:?}");
    // The same code again, with the attempt that a browser had kept.
    let replayed = way.callback(&query).await;
    assert_eq!((to(&replayed), cookies(&replayed).contains_key("tongke")), ("/signin?back=%2Fschool%3Fweek%3D3#problem=oidc_refused", false));
}

#[tokio::test]
async fn an_answer_is_taken_by_the_browser_that_asked_only() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    Portal::operator(&server).await;
    let (mine, other) = (Way::begin(&server, "").await, Way::begin(&server, "").await);
    let (code, state) = issuer.agree(&mine.address, person("operator"), Lie::None);
    let again = "/signin#problem=oidc_again";
    // Another browser's attempt, none, a made-up one, no state.
    assert_eq!(to(&other.callback(&format!("code={code}&state={state}")).await), again);
    let bare = server.request(&format!("GET /api/v1/oidc/callback?code={code}&state={state}"), &[], "").await;
    assert_eq!(to(&bare), again);
    let forged = Way { cookie: "x".repeat(43) + ".", server: &server, address: String::new() };
    assert_eq!(to(&forged.callback(&format!("code={code}&state={state}")).await), again);
    for query in [format!("code={code}"), format!("code={code}&state="), format!("code={code}&state={state}&state={state}"), String::new()] {
        assert_eq!(to(&mine.callback(&query).await), again, "{query}");
    }
    // Somebody slips the code into an attempt of its own: the provider sees that another one asked for it.
    let own = issuer.agree(&other.address, person("operator"), Lie::None);
    assert_eq!(to(&other.callback(&format!("code={code}&state={}", own.1)).await), "/signin#problem=oidc_refused");
    // Another provider's answer; none at all.
    for (query, problem) in [
        (format!("code={code}&state={state}&iss=https://evil.example"), "oidc_refused"),
        (format!("error=access_denied&state={state}"), "oidc_denied"),
        (format!("error=server_error&state={state}"), "oidc_unavailable"),
        (format!("error=login_required&state={state}"), "oidc_refused"),
        (format!("code=&state={state}"), "oidc_refused"),
        (format!("code={}&state={state}", "x".repeat(4_097)), "oidc_refused"),
    ] {
        assert_eq!(to(&mine.callback(&query).await), format!("/signin#problem={problem}"), "{query}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_right_lets_nobody_in() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    Portal::operator(&server).await;
    for lie in [Lie::OtherKey, Lie::Changed, Lie::Unsigned, Lie::SharedSecret, Lie::Nonce, Lie::Audience, Lie::Issuer, Lie::Expired] {
        let refused = come(&server, &issuer, person("operator"), lie).await;
        assert_eq!(to(&refused), "/signin?back=%2Fschool#problem=oidc_refused", "{lie:?}");
        assert!(!cookies(&refused).contains_key("tongke"), "{lie:?}");
    }
    assert!(server.metric("tongke_sign_ins_total{outcome=\"refused\"} 8").await);
    assert_eq!(to(&come(&server, &issuer, person("operator"), Lie::None).await), "/school", "it was not for another reason");
}

#[tokio::test]
async fn nobody_is_made() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("gone", Some("s1"), "teacher", "school", Some("s1")).await;
    assert_eq!(to(&come(&server, &issuer, person("gone"), Lie::None).await), "/school");
    assert_eq!(operator.send("DELETE /people/gone", Value::Null, Some(1)).await.status, 204);
    let long = "x".repeat(65);
    for claims in [
        person("stranger"),
        person("gone"),
        person(""),
        person(&long),
        json!({}),
        json!({ "preferred_username": ["operator"] }),
        json!({ "email": "operator" }),
    ] {
        let refused = come(&server, &issuer, claims.clone(), Lie::None).await;
        assert_eq!((to(&refused), cookies(&refused).contains_key("tongke")), ("/signin?back=%2Fschool#problem=oidc_unknown", false), "{claims}");
    }
    assert!(server.store.person_by_login("stranger").await.unwrap().is_none());
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_for() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    Portal::operator(&server).await;
    let claims = || json!({ "userinfo": { "preferred_username": "operator" } });
    assert_eq!(to(&come(&server, &issuer, claims(), Lie::None).await), "/school");
    assert_eq!(to(&come(&server, &issuer, claims(), Lie::Userinfo).await), "/signin?back=%2Fschool#problem=oidc_refused");
}

#[tokio::test]
async fn a_second_factor_counts_where_the_provider_says_so() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, true).await;
    let mut operator = Portal::operator(&server).await;
    let with = |amr: Value| json!({ "preferred_username": "operator", "amr": amr });
    let strong = come(&server, &issuer, with(json!(["pwd", "mfa"])), Lie::None).await;
    assert_eq!(to(&strong), "/school");
    let portal = signed_in(&server, &strong);
    assert_eq!((&value(&portal.get("/session").await)["second_factor"], portal.get("/schools").await.status), (&json!("given"), 200));
    // Without one the administrator has something to do first, on the sign-in page.
    let weak = come(&server, &issuer, with(json!(["pwd"])), Lie::None).await;
    assert_eq!(to(&weak), "/signin?back=%2Fschool");
    let portal = signed_in(&server, &weak);
    assert_eq!((&value(&portal.get("/session").await)["second_factor"], portal.get("/schools").await.status), (&json!("to_be_set_up"), 403));
    // With codes of our own, one of them will do.
    let secret = value(&operator.send("POST /session/second-factor", Value::Null, None).await)["secret"].as_str().unwrap().to_owned();
    let totp = Builder::new().with_secret(Codes::try_from_base32(&secret).unwrap()).with_account_name("x".to_owned()).build().unwrap();
    let code = |steps: u64| json!({ "code": totp.generate(now_s() + 30 * steps).to_string() });
    assert_eq!(operator.send("PUT /session/second-factor", code(0), None).await.status, 200);
    operator.cookie = None;
    let weak = come(&server, &issuer, with(json!(null)), Lie::None).await;
    assert_eq!(to(&weak), "/signin?back=%2Fschool");
    let portal = signed_in(&server, &weak);
    assert_eq!(value(&portal.get("/session").await)["second_factor"], "to_be_set_up");
    assert_eq!(portal.send("POST /session/second-factor", Value::Null, None).await.status, 409, "it is set up, only to be given");
    let given = portal.send("PUT /session/second-factor", code(1), None).await;
    assert_eq!((given.status, &value(&given)["second_factor"]), (200, &json!("given")));
    assert_eq!(portal.get("/schools").await.status, 200);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = with_provider(&folder, &issuer, false).await;
    Portal::operator(&server).await;
    for back in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "/api/v1/oidc/start", "%2F%2Fevil.example", "a&return=b"] {
        let way = Way::begin(&server, &format!("?return={back}")).await;
        let (code, state) = issuer.agree(&way.address, person("operator"), Lie::None);
        assert_eq!(to(&way.callback(&format!("code={code}&state={state}")).await), "/signin", "{back}: which goes on to the page of the role");
    }
}

#[tokio::test]
async fn without_a_provider_people_are_told() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let server = Running::start(&folder.0).await;
    assert_eq!(value(&Portal::new(&server).get("/oidc").await), json!({ "name": null }));
    let off = server.request("GET /api/v1/oidc/start?return=/school", &[], "").await;
    assert_eq!(to(&off), "/signin?back=%2Fschool#problem=oidc_off");
    assert_eq!(to(&server.request("GET /api/v1/oidc/callback?code=a&state=b", &[], "").await), "/signin#problem=oidc_again");
    // One that does not answer is asked once, however many people want to sign in.
    issuer.break_down(true);
    let folder = Folder::new();
    let server = with_provider(&folder, &issuer, false).await;
    for _ in 0..5 {
        let down = server.request("GET /api/v1/oidc/start", &[], "").await;
        assert_eq!((to(&down), cookies(&down).len()), ("/signin#problem=oidc_unavailable", 0));
    }
    assert_eq!(issuer.asked(), 1);
    // Nor does one address keep it busy.
    let mut seen = Vec::new();
    for _ in 0..70 {
        seen.push(to(&server.request("GET /api/v1/oidc/start", &[], "").await).to_owned());
    }
    assert!(seen.contains(&"/signin#problem=rate_limited".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn behind_a_proxy_the_way_back_is_the_public_one() {
    let (folder, issuer) = (Folder::new(), Issuer::start().await);
    let (oidc, secret) = (issuer.url(), Some(Secret::new(SECRET)));
    let server = Running::start_with(&folder.0, move |config| {
        config.public_url = Some("https://lesson.example".into());
        config.oidc = Some(Oidc { issuer: oidc, client_id: CLIENT.into(), client_secret: secret, claim: "preferred_username".into(), name: "x".into() });
    });
    let server = server.await;
    let begun = server.request("GET /api/v1/oidc/start", &[], "").await;
    assert!(to(&begun).contains("redirect_uri=https%3A%2F%2Flesson.example%2Fapi%2Fv1%2Foidc%2Fcallback&"), "{}", to(&begun));
    let set = begun.header("set-cookie").unwrap();
    assert!(set.contains("Secure") && set.contains("HttpOnly") && set.contains("Path=/api/v1/oidc"), "{set}");
}
