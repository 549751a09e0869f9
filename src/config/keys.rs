//! The table of keys.

use super::Config;
use super::value::{
    address, all, count, database, directory, ice_server, issuer, label, log_format, number, one, origin, path, port, proxy, required, socket, text,
    webhook_targets, word, workers, zone,
};
use signaling::Secret;
use std::time::Duration;

/// The most media threads; a port each.
pub(crate) const MAX_WORKERS: u8 = 64;

/// One key of the configuration.
pub(crate) struct Key {
    /// As in the file and, after `--`, as a flag.
    pub(crate) name: &'static str,
    /// Stands for the value in `--help`.
    pub(crate) placeholder: &'static str,
    /// Whether it may be given several times (an array in the file, commas in the environment).
    pub(crate) many: bool,
    /// For `--help`.
    pub(crate) help: &'static str,
    /// Whether a message may show the value.
    pub(crate) secret: bool,
    /// Takes the values, or says what is wrong with them and what would be right.
    pub(crate) set: fn(&mut Config, &[String]) -> Result<(), String>,
}

impl Key {
    /// The name of its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("TONGKE_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }
}

/// Every key there is, in the order of `--help` and of the documentation.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "listen",
        placeholder: "ADDRESS:PORT",
        many: false,
        secret: false,
        help: "Where pages, WebSocket, WHIP and WHEP are served [default: 127.0.0.1:8080]",
        set: |config, values| one(values, socket).map(|value| config.listen = value),
    },
    Key {
        name: "media-ip",
        placeholder: "ADDRESS",
        many: true,
        secret: false,
        help: "An address that media is offered on; may be repeated [default: those of the machine's interfaces]",
        set: |config, values| all(values, address).map(|value| config.media_ips = value),
    },
    Key {
        name: "media-public-ip",
        placeholder: "ADDRESS",
        many: true,
        secret: false,
        help: "An address that stands for this machine outside a NAT forwarding the media ports unchanged; may be repeated",
        set: |config, values| all(values, address).map(|value| config.media_public_ips = value),
    },
    Key {
        name: "media-port",
        placeholder: "PORT",
        many: false,
        secret: false,
        help: "The first worker's port, UDP and TCP; each further worker has the next [default: 7700]",
        set: |config, values| one(values, port).map(|value| config.media_port = value),
    },
    Key {
        name: "workers",
        placeholder: "N",
        many: false,
        secret: false,
        help: "Media threads; 0: one a core [default: 0]",
        set: |config, values| one(values, workers).map(|value| config.workers = value),
    },
    Key {
        name: "data",
        placeholder: "DIRECTORY",
        many: false,
        secret: false,
        help: "Where SQLite's database and the key that signs tokens live [default: data]",
        set: |config, values| one(values, directory).map(|value| config.data = value),
    },
    Key {
        name: "database",
        placeholder: "URL",
        many: false,
        secret: true,
        help: "PostgreSQL instead of SQLite, as postgres://USER:PASSWORD@HOST:PORT/NAME [default: SQLite in the data directory]",
        set: |config, values| one(values, database).map(|value| config.postgres = Some(value)),
    },
    Key {
        name: "tls-cert",
        placeholder: "FILE",
        many: false,
        secret: false,
        help: "PEM certificate chain; with tls-key, pages are served over HTTPS",
        set: |config, values| one(values, path).map(|value| config.tls_cert = Some(value)),
    },
    Key {
        name: "tls-key",
        placeholder: "FILE",
        many: false,
        secret: false,
        help: "PEM private key of the certificate",
        set: |config, values| one(values, path).map(|value| config.tls_key = Some(value)),
    },
    Key {
        name: "ice-server",
        placeholder: "URL",
        many: true,
        secret: true,
        help: "A STUN or TURN server that pages are told of, as \"URL\" or \"URL USER PASSWORD\"; may be repeated",
        set: |config, values| all(values, ice_server).map(|value| config.ice_servers = value),
    },
    Key {
        name: "allowed-origin",
        placeholder: "ORIGIN",
        many: true,
        secret: false,
        help: "An origin whose pages may open a WebSocket besides our own, as https://host; may be repeated",
        set: |config, values| all(values, origin).map(|value| config.allowed_origins = value),
    },
    Key {
        name: "trusted-proxy",
        placeholder: "ADDRESS|NETWORK",
        many: true,
        secret: false,
        help: "A reverse proxy on another machine that is believed whom a request is from, as 10.1.2.3 or 10.1.2.0/24; may be repeated",
        set: |config, values| all(values, proxy).map(|value| config.trusted_proxies = value),
    },
    Key {
        name: "resume-seconds",
        placeholder: "S",
        many: false,
        secret: false,
        help: "How long a lost participant keeps its place [default: 60]",
        set: |config, values| one(values, |text| number(text, 1, 86_400)).map(|value| config.resume = Duration::from_secs(value)),
    },
    Key {
        name: "max-participants",
        placeholder: "N",
        many: false,
        secret: false,
        help: "Places in one lesson [default: 1000]",
        set: |config, values| one(values, count).map(|value| config.max_participants = value),
    },
    Key {
        name: "max-stage",
        placeholder: "N",
        many: false,
        secret: false,
        help: "Classes on stage at once [default: 4]",
        set: |config, values| one(values, count).map(|value| config.max_stage = value),
    },
    Key {
        name: "max-connections",
        placeholder: "N",
        many: false,
        secret: false,
        help: "HTTP and WebSocket connections at once [default: 10000]",
        set: |config, values| one(values, count).map(|value| config.max_connections = value),
    },
    Key {
        name: "time-zone",
        placeholder: "NAME",
        many: false,
        secret: false,
        help: "The IANA name of the time zone that days and bells are in [default: Asia/Shanghai]",
        set: |config, values| one(values, zone).map(|value| config.zone = value),
    },
    Key {
        name: "second-factor",
        placeholder: "required|optional",
        many: false,
        secret: false,
        help: "Whether administrators need a second factor to sign in [default: required]",
        set: |config, values| one(values, required).map(|value| config.second_factor = value),
    },
    Key {
        name: "public-url",
        placeholder: "URL",
        many: false,
        secret: false,
        help: "The address under which people open the pages, as https://host [default: as each request says]",
        set: |config, values| one(values, origin).map(|value| config.public_url = Some(value)),
    },
    Key {
        name: "oidc-issuer",
        placeholder: "URL",
        many: false,
        secret: false,
        help: "An identity provider (OpenID Connect) that people may sign in through, exactly as it calls itself",
        set: |config, values| one(values, issuer).map(|value| config.oidc_issuer = Some(value)),
    },
    Key {
        name: "oidc-client-id",
        placeholder: "ID",
        many: false,
        secret: false,
        help: "As what this service is registered at the identity provider",
        set: |config, values| one(values, word).map(|value| config.oidc_client_id = Some(value)),
    },
    Key {
        name: "oidc-client-secret",
        placeholder: "SECRET",
        many: false,
        secret: true,
        help: "What this service proves itself with at the identity provider [default: nothing but PKCE]",
        set: |config, values| one(values, word).map(|value| config.oidc_client_secret = Some(Secret::new(value))),
    },
    Key {
        name: "oidc-claim",
        placeholder: "CLAIM",
        many: false,
        secret: false,
        help: "The claim of the identity provider whose value is a person's login here [default: preferred_username]",
        set: |config, values| one(values, word).map(|value| config.oidc_claim = value),
    },
    Key {
        name: "oidc-name",
        placeholder: "NAME",
        many: false,
        secret: false,
        help: "What the identity provider's button on the sign-in page says [default: 统一身份认证]",
        set: |config, values| one(values, label).map(|value| config.oidc_name = value),
    },
    Key {
        name: "webhook-targets",
        placeholder: "public|any",
        many: false,
        secret: false,
        help: "Whom webhooks may call: public addresses over HTTPS, or any address, also private ones and over HTTP [default: public]",
        set: |config, values| one(values, webhook_targets).map(|value| config.webhook_targets = value),
    },
    Key {
        name: "log",
        placeholder: "FILTER",
        many: false,
        secret: false,
        help: "What is logged to standard error: a level, or module=level, … [default: info]",
        set: |config, values| one(values, text).map(|value| config.log = value),
    },
    Key {
        name: "log-format",
        placeholder: "FORMAT",
        many: false,
        secret: false,
        help: "How log lines look: text or json [default: text]",
        set: |config, values| one(values, log_format).map(|value| config.log_format = value),
    },
];
