//! The WebSocket of a simulated participant (`docs/protocol.md`): join, offer, and whatever comes after.

use futures_util::{SinkExt, StreamExt};
use protocol::{Answer, ClientMessage, ErrorCode, GoodbyeReason, Join, Offer, ServerMessage, SourceLine, Welcome};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long the service may take to answer a request.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a ping is due (the service closes a connection silent for 30 s).
pub const PING_INTERVAL: Duration = Duration::from_secs(10);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum SignalingError {
    /// The URL is not usable.
    #[error("{0:?} is not a URL of a server; it must start with http://, https://, ws:// or wss://")]
    Url(String),
    /// The connection could not be made or broke.
    #[error("WebSocket to {url}: {source}")]
    Socket {
        /// Whereto.
        url: String,
        /// What happened.
        source: Box<WebSocketError>,
    },
    /// The service refused by name.
    #[error("refused: {code:?}: {message}")]
    Refused {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// The service said goodbye.
    #[error("the service said goodbye: {reason:?}")]
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
        /// When to come back, if at all.
        retry: Option<Duration>,
    },
    /// The connection ended.
    #[error("the service closed the connection")]
    Closed,
    /// No answer.
    #[error("the service gave no {0} within 10 s")]
    Timeout(&'static str),
    /// Something that is not of the protocol.
    #[error("the service sent what is not a message of the protocol: {0}")]
    Malformed(String),
}

/// A joined connection.
pub struct Connection {
    url: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    offers: u64,
}

/// The address of the WebSocket of a server: `http` becomes `ws`, and `/ws` is added unless the path ends in it.
pub fn socket_url(server: &str) -> Result<String, SignalingError> {
    let (scheme, rest) = server.split_once("://").ok_or_else(|| SignalingError::Url(server.to_owned()))?;
    let scheme = match scheme {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return Err(SignalingError::Url(server.to_owned())),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    if rest.is_empty() {
        return Err(SignalingError::Url(server.to_owned()));
    }
    Ok(if rest.ends_with("/ws") { format!("{scheme}://{rest}") } else { format!("{scheme}://{rest}/ws") })
}

impl Connection {
    /// Connects and joins the lesson that the token names.
    pub async fn join(server: &str, token: &str, resume: Option<String>) -> Result<(Connection, Box<Welcome>), SignalingError> {
        let url = socket_url(server)?;
        // A second call finds the provider installed, which is what is wanted.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let connecting = tokio::time::timeout(ANSWER_TIMEOUT, tokio_tungstenite::connect_async(&url)).await;
        let (socket, _) = connecting
            .map_err(|_| SignalingError::Timeout("connection"))?
            .map_err(|source| SignalingError::Socket { url: url.clone(), source: Box::new(source) })?;
        let mut connection = Connection { url, socket, offers: 0 };
        connection.send(&ClientMessage::Join(Join { version: protocol::VERSION, token: token.to_owned(), resume, lesson: None })).await?;
        let welcome = connection
            .answer("welcome", |message| match message {
                ServerMessage::Welcome(welcome) => Some(welcome),
                _ => None,
            })
            .await?;
        Ok((connection, welcome))
    }

    /// Offers; messages that come before the answer are dropped.
    pub async fn offer(&mut self, sdp: String, sources: Vec<SourceLine>) -> Result<Answer, SignalingError> {
        self.offers += 1;
        let id = self.offers;
        self.send(&ClientMessage::Offer(Offer { id, sdp, sources })).await?;
        self.answer("answer", |message| match message {
            ServerMessage::Answer(answer) if answer.id == id => Some(answer),
            _ => None,
        })
        .await
    }

    /// Says something.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), SignalingError> {
        let text = serde_json::to_string(message).map_err(|error| SignalingError::Malformed(error.to_string()))?;
        self.socket.send(Message::text(text)).await.map_err(|source| self.broken(source))
    }

    /// The next message; goodbye is an error. Cancel-safe.
    pub async fn next(&mut self) -> Result<ServerMessage, SignalingError> {
        loop {
            let frame = match self.socket.next().await {
                None => return Err(SignalingError::Closed),
                Some(Err(WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed)) => return Err(SignalingError::Closed),
                Some(Err(source)) => return Err(self.broken(source)),
                Some(Ok(frame)) => frame,
            };
            let text = match frame {
                Message::Text(text) => text,
                Message::Close(_) => return Err(SignalingError::Closed),
                _ => continue,
            };
            return match serde_json::from_str(&text) {
                Ok(ServerMessage::Goodbye { reason, retry_ms }) => Err(SignalingError::Goodbye { reason, retry: retry_ms.map(Duration::from_millis) }),
                Ok(message) => Ok(message),
                // A newer service may say what this version does not know.
                Err(error) if text.contains("\"type\"") && error.to_string().contains("unknown variant") => continue,
                Err(error) => Err(SignalingError::Malformed(error.to_string())),
            };
        }
    }

    async fn answer<T>(&mut self, what: &'static str, pick: impl Fn(ServerMessage) -> Option<T>) -> Result<T, SignalingError> {
        let waiting = async {
            loop {
                match self.next().await? {
                    ServerMessage::Error(notice) => return Err(SignalingError::Refused { code: notice.code, message: notice.message }),
                    message => {
                        if let Some(answer) = pick(message) {
                            return Ok(answer);
                        }
                    }
                }
            }
        };
        tokio::time::timeout(ANSWER_TIMEOUT, waiting).await.map_err(|_| SignalingError::Timeout(what))?
    }

    fn broken(&self, source: WebSocketError) -> SignalingError {
        SignalingError::Socket { url: self.url.clone(), source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn makes_the_address_of_the_socket() {
        for (server, url) in [
            ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"),
            ("http://127.0.0.1:8080/", "ws://127.0.0.1:8080/ws"),
            ("https://school.example/tongke/?x=1", "wss://school.example/tongke/ws"),
            ("wss://school.example/ws", "wss://school.example/ws"),
        ] {
            assert_eq!(socket_url(server).unwrap(), url);
        }
        for server in ["127.0.0.1:8080", "ftp://x", "http://"] {
            assert!(matches!(socket_url(server), Err(SignalingError::Url(_))), "{server}");
        }
    }
}
