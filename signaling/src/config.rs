//! What a server needs to know.

use crate::webhooks::WebhookTargets;
use ipnet::IpNet;
use protocol::IceServer;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use timetable::Zone;

/// What a server needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen for HTTP; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The directory of `secret.key` (the store is given apart).
    pub data: PathBuf,
    /// HTTPS instead of HTTP.
    pub tls: Option<Tls>,
    /// For browsers and WHIP/WHEP.
    pub ice_servers: Vec<IceServer>,
    /// How long a lost participant keeps its place. 60 s.
    pub resume_window: Duration,
    /// Participants with a place in one lesson. 1,000.
    pub max_participants_per_lesson: usize,
    /// Classes on stage at once. 4.
    pub max_stage: usize,
    /// Connections of all kinds at once. 10,000.
    pub max_connections: usize,
    /// Origins whose pages may open a WebSocket besides the server's own, as `https://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// Proxies besides those on this machine whose word holds on whom a request is from.
    pub trusted_proxies: Vec<IpNet>,
    /// The time zone that days and bells are in. Asia/Shanghai.
    pub zone: Zone,
    /// Whether administrators need a second factor. Yes.
    pub second_factor: bool,
    /// The address under which people open the pages, as `https://host[:port]`; none: as each request says.
    pub public_url: Option<String>,
    /// The district's identity provider. None.
    pub oidc: Option<Oidc>,
    /// Whom webhooks may call. Public addresses over HTTPS.
    pub webhook_targets: WebhookTargets,
}

/// An identity provider (OpenID Connect).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    /// Exactly as it calls itself; https, or http on this machine.
    pub issuer: String,
    /// As what this service is registered there.
    pub client_id: String,
    /// What this service proves itself with; none: by PKCE alone.
    pub client_secret: Option<Secret>,
    /// The claim whose value is a person's login.
    pub claim: String,
    /// What the button on the sign-in page says.
    pub name: String,
}

/// A text that no message and no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives it out, to whom it is for.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// A certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    /// PEM, the server's certificate first.
    pub cert: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

impl Config {
    /// The usual, without TLS.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            tls: None,
            ice_servers: Vec::new(),
            resume_window: Duration::from_secs(60),
            max_participants_per_lesson: 1_000,
            max_stage: 4,
            max_connections: 10_000,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            zone: Zone::default(),
            second_factor: true,
            public_url: None,
            oidc: None,
            webhook_targets: WebhookTargets::Public,
        }
    }

    /// Whether people open the pages over HTTPS, as far as is known: by a certificate of our own, or through a proxy whose address is given.
    pub(crate) fn is_https(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}
