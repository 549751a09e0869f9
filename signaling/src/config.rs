//! What a server needs to know.

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
    /// The time zone that days and bells are in. Asia/Shanghai.
    pub zone: Zone,
    /// Whether administrators need a second factor. Yes.
    pub second_factor: bool,
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
            zone: Zone::default(),
            second_factor: true,
        }
    }
}
