//! What can be configured, from four sources: flag over environment over file over default.
//!
//! Every key is one row of [`KEYS`]; flags, `TONGKE_*` variables, the file's keys and `--help` all come from there, and all values pass the same parser,
//! so that a mistake reads the same wherever it was made.

mod file;
mod keys;
mod value;

pub(crate) use file::read;
pub(crate) use keys::{KEYS, Key};

use ipnet::IpNet;
use protocol::IceServer;
use signaling::{Database, Oidc, PostgresUrl, Secret, WebhookTargets};
use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use timetable::Zone;

/// The configuration of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// Where pages, WebSocket, WHIP and WHEP are served.
    pub(crate) listen: SocketAddr,
    /// The addresses media is offered on; empty: those of the machine's interfaces.
    pub(crate) media_ips: Vec<IpAddr>,
    /// Addresses that stand for this machine outside a NAT that forwards the media ports unchanged; offered besides.
    pub(crate) media_public_ips: Vec<IpAddr>,
    /// The first worker's port, UDP and TCP; each further worker has the next.
    pub(crate) media_port: u16,
    /// Media threads; none: one a core.
    pub(crate) workers: Option<u8>,
    /// The directory of the store and the token key.
    pub(crate) data: PathBuf,
    /// The PostgreSQL database that holds the store; none: SQLite in the data directory.
    pub(crate) postgres: Option<PostgresUrl>,
    /// PEM certificate chain.
    pub(crate) tls_cert: Option<PathBuf>,
    /// PEM private key.
    pub(crate) tls_key: Option<PathBuf>,
    /// STUN and TURN servers that pages are told of.
    pub(crate) ice_servers: Vec<IceServer>,
    /// Origins whose pages may open a WebSocket besides our own.
    pub(crate) allowed_origins: Vec<String>,
    /// Proxies besides those on this machine whose word holds on whom a request is from.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// How long a lost participant keeps its place.
    pub(crate) resume: Duration,
    /// Participants with a place in one lesson.
    pub(crate) max_participants: usize,
    /// Classes on stage at once.
    pub(crate) max_stage: usize,
    /// HTTP and WebSocket connections at once.
    pub(crate) max_connections: usize,
    /// The time zone that days and bells are in.
    pub(crate) zone: Zone,
    /// Whether administrators need a second factor.
    pub(crate) second_factor: bool,
    /// The address under which people open the pages, as `https://host[:port]`; none: as each request says.
    pub(crate) public_url: Option<String>,
    /// The district's identity provider, as it calls itself; none: people sign in with passwords only.
    pub(crate) oidc_issuer: Option<String>,
    /// As what this service is registered there.
    pub(crate) oidc_client_id: Option<String>,
    /// What this service proves itself with there.
    pub(crate) oidc_client_secret: Option<Secret>,
    /// The claim whose value is a person's login.
    pub(crate) oidc_claim: String,
    /// What the button on the sign-in page says.
    pub(crate) oidc_name: String,
    /// Whom webhooks may call.
    pub(crate) webhook_targets: WebhookTargets,
    /// A filter of `tracing`.
    pub(crate) log: String,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            media_ips: Vec::new(),
            media_public_ips: Vec::new(),
            media_port: 7700,
            workers: None,
            data: PathBuf::from("data"),
            postgres: None,
            tls_cert: None,
            tls_key: None,
            ice_servers: Vec::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            resume: Duration::from_secs(60),
            max_participants: 1_000,
            max_stage: 4,
            max_connections: 10_000,
            zone: Zone::default(),
            second_factor: true,
            public_url: None,
            oidc_issuer: None,
            oidc_client_id: None,
            oidc_client_secret: None,
            oidc_claim: "preferred_username".to_owned(),
            oidc_name: "统一身份认证".to_owned(),
            webhook_targets: WebhookTargets::Public,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Lays flags over environment over file over the defaults.
    ///
    /// # Errors
    /// The first value that cannot be used, named with its source and the remedy; keys that only make sense together.
    pub(crate) fn resolve(layers: &[&dyn Layer]) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        for key in KEYS {
            let Some((layer, values)) = layers.iter().find_map(|layer| Some((layer, layer.get(key)?))) else { continue };
            let values = values.map_err(|remedy| ConfigError::new(layer.name(key), "", remedy))?;
            let shown = || if key.secret { "…".to_owned() } else { values.join(", ") };
            (key.set)(&mut config, &values).map_err(|remedy| ConfigError::new(layer.name(key), shown(), remedy))?;
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let pair = |has: &str, path: &PathBuf, lacks| {
            ConfigError::new(lacks, "", format!("is missing while {has} = {:?} is given: give both for HTTPS, or neither", path.display()))
        };
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), None) => return Err(pair("tls-cert", cert, "tls-key")),
            (None, Some(key)) => return Err(pair("tls-key", key, "tls-cert")),
            _ => {}
        }
        self.check_provider()?;
        let last = u32::from(self.media_port) + u32::from(self.workers()) - 1;
        if last > u32::from(u16::MAX) {
            let remedy =
                format!("is too high for {} workers, whose last port would be {last}: give at most {}", self.workers(), 65_536 - u32::from(self.workers()));
            return Err(ConfigError::new("media-port", self.media_port, remedy));
        }
        Ok(())
    }

    fn check_provider(&self) -> Result<(), ConfigError> {
        let lacks =
            |lacks, has: &str, value: &str| Err(ConfigError::new(lacks, "", format!("is missing while {has} = {value:?} is given: give both, or neither")));
        match (&self.oidc_issuer, &self.oidc_client_id) {
            (Some(issuer), None) => return lacks("oidc-client-id", "oidc-issuer", issuer),
            (None, Some(id)) => return lacks("oidc-issuer", "oidc-client-id", id),
            _ => {}
        }
        match (&self.oidc_issuer, &self.oidc_client_secret) {
            (None, Some(_)) => Err(ConfigError::new("oidc-issuer", "", "is missing while oidc-client-secret is given: give both, or neither")),
            _ => Ok(()),
        }
    }

    /// The identity provider, where one is configured.
    pub(crate) fn oidc(&self) -> Option<Oidc> {
        let (issuer, client_id) = self.oidc_issuer.clone().zip(self.oidc_client_id.clone())?;
        let (claim, name) = (self.oidc_claim.clone(), self.oidc_name.clone());
        Some(Oidc { issuer, client_id, client_secret: self.oidc_client_secret.clone(), claim, name })
    }

    /// Where the store is.
    pub(crate) fn database(&self) -> Database {
        match &self.postgres {
            Some(url) => Database::Postgres(url.clone()),
            None => Database::Sqlite(self.data.clone()),
        }
    }

    /// How many media threads: as configured, or one a core.
    pub(crate) fn workers(&self) -> u8 {
        self.workers.unwrap_or_else(|| {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            u8::try_from(cores.min(usize::from(keys::MAX_WORKERS))).unwrap_or(keys::MAX_WORKERS)
        })
    }

    /// The addresses media is offered on.
    pub(crate) fn media_addresses(&self) -> Vec<IpAddr> {
        if self.media_ips.is_empty() { crate::addresses::own() } else { self.media_ips.clone() }
    }
}

/// One source of values.
pub(crate) trait Layer {
    /// The key's values, one for a key that takes one; or what is wrong with how they were given, and what would be right.
    fn get(&self, key: &Key) -> Option<Result<Vec<String>, String>>;
    /// How a person who gave the key here would call it.
    fn name(&self, key: &Key) -> String;
}

/// The process's environment, or a test's.
pub(crate) struct Environment<F: Fn(&str) -> Option<OsString>>(pub(crate) F);

impl<F: Fn(&str) -> Option<OsString>> Layer for Environment<F> {
    fn get(&self, key: &Key) -> Option<Result<Vec<String>, String>> {
        let Ok(text) = (self.0)(&key.variable())?.into_string() else { return Some(Err("is not UTF-8: write it again in UTF-8".to_owned())) };
        Some(Ok(if key.many { text.split(',').map(|part| part.trim().to_owned()).collect() } else { vec![text] }))
    }

    fn name(&self, key: &Key) -> String {
        format!("environment variable {}", key.variable())
    }
}

/// A key that cannot be used: one line with the key, its value and the remedy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    key: String,
    value: String,
    remedy: String,
}

impl ConfigError {
    /// `key` as the person who gave it calls it, `remedy` says what is wrong and what would be right.
    pub(crate) fn new(key: impl Into<String>, value: impl ToString, remedy: impl Into<String>) -> Self {
        ConfigError { key: key.into(), value: value.to_string(), remedy: remedy.into() }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self.value.as_str() {
            "" => format!("{} {}", self.key, self.remedy),
            value => format!("{} = {value:?} {}", self.key, self.remedy),
        };
        // A parser's text may span lines; ours is one.
        f.write_str(&line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashMap;

    fn env(pairs: &[(&str, &str)]) -> Environment<impl Fn(&str) -> Option<OsString> + use<>> {
        let map: HashMap<String, OsString> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Environment(move |name: &str| map.get(name).cloned())
    }

    fn toml(text: &str) -> file::FileLayer {
        file::parse("tongke.toml", text).unwrap()
    }

    fn error(layers: &[&dyn Layer]) -> String {
        Config::resolve(layers).unwrap_err().to_string()
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(Config::resolve(&[]).unwrap(), Config::default());
    }

    #[test]
    fn the_earlier_layer_wins_key_by_key() {
        let flags = toml("media-port = 1000");
        let environment = env(&[("TONGKE_MEDIA_PORT", "2000"), ("TONGKE_LISTEN", "0.0.0.0:2")]);
        let file = toml("media-port = 3000\nlisten = '0.0.0.0:3'\ndata = '/var/lib/tongke'");
        let config = Config::resolve(&[&flags, &environment, &file]).unwrap();
        assert_eq!((config.media_port, config.listen.port(), config.data), (1000, 2, PathBuf::from("/var/lib/tongke")));
    }

    #[test]
    fn every_key_can_be_given_in_the_file_and_in_the_environment() {
        let samples = [
            ("listen", "[::]:443"),
            ("media-ip", "10.1.2.3"),
            ("media-public-ip", "203.0.113.9"),
            ("media-port", "40000"),
            ("workers", "3"),
            ("data", "/srv"),
            ("database", "postgres://tongke:hunter2@db.example.org/tongke"),
            ("tls-cert", "/c.pem"),
            ("tls-key", "/k.pem"),
            ("ice-server", "turn:t.example.org:3478 school secret"),
            ("allowed-origin", "https://school.example.org"),
            ("trusted-proxy", "10.20.0.0/16"),
            ("resume-seconds", "90"),
            ("max-participants", "300"),
            ("max-stage", "6"),
            ("max-connections", "500"),
            ("time-zone", "Asia/Urumqi"),
            ("second-factor", "optional"),
            ("public-url", "https://lesson.example.org"),
            ("oidc-issuer", "https://id.example.org/realm"),
            ("oidc-client-id", "tongke"),
            ("oidc-client-secret", "hunter2"),
            ("oidc-claim", "employee_number"),
            ("oidc-name", "某县教育统一身份认证"),
            ("webhook-targets", "any"),
            ("log", "debug"),
            ("log-format", "json"),
        ];
        assert_eq!(samples.map(|(name, _)| name).as_slice(), KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
        let text: String = samples.iter().map(|(name, value)| format!("{name} = '{value}'\n")).collect();
        let variables: HashMap<String, OsString> = KEYS.iter().zip(samples).map(|(key, (_, value))| (key.variable(), value.into())).collect();
        let from_env = Config::resolve(&[&Environment(|name: &str| variables.get(name).cloned())]).unwrap();
        let from_file = Config::resolve(&[&toml(&text)]).unwrap();
        assert_eq!(from_env, from_file);
        let expected = Config {
            listen: "[::]:443".parse().unwrap(),
            media_ips: vec!["10.1.2.3".parse().unwrap()],
            media_public_ips: vec!["203.0.113.9".parse().unwrap()],
            media_port: 40000,
            workers: Some(3),
            data: "/srv".into(),
            postgres: Some("postgres://tongke:hunter2@db.example.org/tongke".parse().unwrap()),
            tls_cert: Some("/c.pem".into()),
            tls_key: Some("/k.pem".into()),
            ice_servers: vec![IceServer { urls: vec!["turn:t.example.org:3478".into()], username: Some("school".into()), credential: Some("secret".into()) }],
            allowed_origins: vec!["https://school.example.org".into()],
            trusted_proxies: vec!["10.20.0.0/16".parse().unwrap()],
            resume: Duration::from_secs(90),
            max_participants: 300,
            max_stage: 6,
            max_connections: 500,
            zone: Zone::named("Asia/Urumqi").unwrap(),
            second_factor: false,
            public_url: Some("https://lesson.example.org".into()),
            oidc_issuer: Some("https://id.example.org/realm".into()),
            oidc_client_id: Some("tongke".into()),
            oidc_client_secret: Some(Secret::new("hunter2")),
            oidc_claim: "employee_number".into(),
            oidc_name: "某县教育统一身份认证".into(),
            webhook_targets: WebhookTargets::Any,
            log: "debug".into(),
            log_format: LogFormat::Json,
        };
        assert_eq!(from_env, expected);
    }

    #[test]
    fn several_addresses_in_the_file_and_in_the_environment() {
        let two = vec![IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 168, 0, 1])];
        assert_eq!(Config::resolve(&[&toml("media-ip = ['10.0.0.1', '192.168.0.1']")]).unwrap().media_ips, two);
        assert_eq!(Config::resolve(&[&env(&[("TONGKE_MEDIA_IP", "10.0.0.1, 192.168.0.1")])]).unwrap().media_ips, two);
    }

    #[test]
    fn a_mistake_names_source_key_value_and_remedy_in_one_line() {
        assert_eq!(error(&[&toml("media-port = 99999")]), "tongke.toml: media-port = \"99999\" is not a port: give a number from 1 to 65535");
        assert_eq!(
            error(&[&env(&[("TONGKE_WORKERS", "many")])]),
            "environment variable TONGKE_WORKERS = \"many\" is not a number of workers: give a number from 1 to 64, or 0 for one a core"
        );
        assert_eq!(
            error(&[&toml("listen = '8080'")]),
            "tongke.toml: listen = \"8080\" is not an address with a port: give for example 0.0.0.0:8080 or [::]:443"
        );
        let blanks = error(&[&toml("log-format = \"\"\"a\nb\"\"\"")]);
        assert!(!blanks.contains('\n'), "{blanks}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_utf_8_is_refused_by_the_name_of_its_variable() {
        use std::os::unix::ffi::OsStringExt;
        let wrong = Environment(|name: &str| (name == "TONGKE_OIDC_NAME").then(|| OsString::from_vec(b"\xb5\xc7\xc2\xbc".to_vec())));
        assert_eq!(error(&[&wrong]), "environment variable TONGKE_OIDC_NAME is not UTF-8: write it again in UTF-8");
        assert_eq!(Config::resolve(&[&toml("oidc-name = '登录'"), &wrong]).unwrap().oidc_name, "登录", "what is not looked at is not asked about");
    }

    #[test]
    fn a_password_is_not_repeated() {
        let said = error(&[&toml("ice-server = 'turn:t.example.org user hunter2 extra'")]);
        assert!(said.starts_with("tongke.toml: ice-server = \"…\" is not a STUN or TURN server") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn the_password_of_the_database_is_not_repeated() {
        let said = error(&[&toml("database = 'mysql://tongke:hunter2@db.example.org/tongke'")]);
        assert!(said.starts_with("tongke.toml: database = \"…\" is not the address of a PostgreSQL database: give postgres://"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        let config = Config::resolve(&[&toml("database = 'postgres://tongke:hunter2@db.example.org/tongke?password=hunter2'")]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
        assert_eq!(config.postgres.unwrap().to_string(), "postgres://tongke@db.example.org/tongke");
    }

    #[test]
    fn the_secret_of_the_provider_is_not_repeated() {
        let config = Config::resolve(&[&toml("oidc-issuer = 'https://id.example.org'\noidc-client-id = 'tongke'\noidc-client-secret = 'hunter2'")]).unwrap();
        assert!(!format!("{config:?} {:?}", config.oidc()).contains("hunter2"), "{config:?}");
        let provider = config.oidc().unwrap();
        assert_eq!((provider.claim.as_str(), provider.client_secret), ("preferred_username", Some(Secret::new("hunter2"))));
        assert_eq!(Config::default().oidc(), None);
        let said = error(&[&toml("oidc-client-secret = ''")]);
        assert_eq!(
            said,
            "tongke.toml: oidc-client-secret = \"…\" is empty or has blanks around it: give what the identity provider shows for this service, or leave the key out"
        );
    }

    #[test]
    fn keys_that_belong_together() {
        assert!(
            error(&[&toml("oidc-issuer = 'https://id.example.org'")]).starts_with("oidc-client-id is missing while oidc-issuer = \"https://id.example.org\"")
        );
        assert!(
            error(&[&toml("oidc-client-id = 'a'")]).starts_with("oidc-issuer is missing")
                && error(&[&toml("oidc-client-secret = 'a'")]).starts_with("oidc-issuer is")
        );
        assert_eq!(error(&[&toml("tls-cert = 'c.pem'")]), "tls-key is missing while tls-cert = \"c.pem\" is given: give both for HTTPS, or neither");
        assert!(error(&[&toml("tls-key = 'k.pem'")]).starts_with("tls-cert is missing"));
        assert_eq!(
            error(&[&toml("media-port = 65535\nworkers = 2")]),
            "media-port = \"65535\" is too high for 2 workers, whose last port would be 65536: give at most 65534"
        );
    }
}
