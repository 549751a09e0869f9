//! Requests to other services: one connection each, over HTTPS, within a time and up to a size. Nothing is followed: a redirect is an answer.
//!
//! It stands on `hyper` and `rustls`, which the server itself is made of; certificates are held against the authorities that the machine trusts.

use crate::trust;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// Requests under way at once; others wait their turn within their time.
const AT_ONCE: usize = 16;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutboundError {
    /// Neither HTTPS nor this machine itself.
    #[error("{0} is not asked: give an https address (http on this machine only)")]
    Insecure(String),
    /// It took too long.
    #[error("{host} did not answer within {seconds} s; see that this machine reaches it")]
    Slow {
        /// Who.
        host: String,
        /// The time it had.
        seconds: u64,
    },
    /// No connection, no trust in its certificate, or no HTTP.
    #[error("{host} could not be asked: {reason}")]
    Failed {
        /// Who.
        host: String,
        /// Why.
        reason: String,
    },
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its body, whole.
    pub(crate) body: Bytes,
}

/// What an answer may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The largest body, in bytes.
    pub(crate) bytes: usize,
    /// From the first step to the last byte.
    pub(crate) time: Duration,
}

/// Asks other services.
pub(crate) struct Outbound {
    tls: OnceCell<TlsConnector>,
    turns: Semaphore,
}

impl Default for Outbound {
    /// The machine's authorities are read with the first request.
    fn default() -> Self {
        Self { tls: OnceCell::new(), turns: Semaphore::new(AT_ONCE) }
    }
}

/// Whether an address may be asked: by HTTPS, or on this machine itself, where nobody listens in.
pub(crate) fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

impl Outbound {
    /// Sends a request to where the address says; the request's own address is not looked at.
    ///
    /// # Errors
    /// [`OutboundError`]; any status is an answer.
    pub(crate) async fn send(&self, url: &Url, request: Request<Body>, bounds: Bounds) -> Result<Answer, OutboundError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        if !is_safe(url) {
            return Err(OutboundError::Insecure(host));
        }
        let asked = timeout(bounds.time, self.ask(url, request, bounds.bytes)).await;
        match asked {
            Ok(answer) => answer.map_err(|reason| OutboundError::Failed { host, reason }),
            Err(_) => Err(OutboundError::Slow { host, seconds: bounds.time.as_secs() }),
        }
    }

    async fn ask(&self, url: &Url, request: Request<Body>, most: usize) -> Result<Answer, String> {
        let _turn = self.turns.acquire().await.map_err(told)?;
        let pipe = TokioIo::new(self.connect(url).await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(pipe).await.map_err(told)?;
        // Whatever becomes of the answer, the connection ends with this request.
        let mut driven = JoinSet::new();
        driven.spawn(connection);
        let answer = sender.send_request(addressed(url, request)?).await.map_err(told)?;
        let (head, body) = answer.into_parts();
        let body = to_bytes(Body::new(body), most).await.map_err(|error| format!("its answer broke off or is longer than {most} bytes ({error})"))?;
        Ok(Answer { status: head.status, body })
    }

    async fn connect(&self, url: &Url) -> Result<Box<dyn Pipe>, String> {
        let port = url.port_or_known_default().unwrap_or(443);
        let stream = match url.host() {
            Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
            Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
            Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
            None => return Err("the address names no host".to_owned()),
        };
        let stream = stream.map_err(told)?;
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let bare = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(bare).map_err(told)?;
        let tls = self.tls.get_or_try_init(trusting_the_machine).await?;
        Ok(Box::new(tls.connect(name, stream).await.map_err(told)?))
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The request as it goes over the line: its path, and whose it is.
fn addressed(url: &Url, mut request: Request<Body>) -> Result<Request<Body>, String> {
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    *request.uri_mut() = path.parse::<Uri>().map_err(told)?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::try_from(host).map_err(told)?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("Tongke/", env!("CARGO_PKG_VERSION"))));
    Ok(request)
}

async fn trusting_the_machine() -> Result<TlsConnector, String> {
    let roots = trust::machine().await?;
    if roots.is_empty() {
        return Err("this machine trusts no authority: install its certificates (Debian: ca-certificates), or name a file by SSL_CERT_FILE".to_owned());
    }
    trusting(roots)
}

fn trusting(roots: RootCertStore) -> Result<TlsConnector, String> {
    Ok(TlsConnector::from(trust::client(roots)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const BOUNDS: Bounds = Bounds { bytes: 100, time: Duration::from_secs(10) };

    fn get() -> Request<Body> {
        Request::get("/").body(Body::empty()).unwrap()
    }

    /// Takes one connection, over TLS where an acceptor is given; reads the head and answers; gives the head back.
    async fn serve(answer: String, tls: Option<tokio_rustls::TlsAcceptor>) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut pipe: Box<dyn Pipe> = match tls {
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => Box::new(stream),
                    Err(_) => return String::new(),
                },
                None => Box::new(stream),
            };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(pipe.read_u8().await.unwrap());
            }
            pipe.write_all(answer.as_bytes()).await.unwrap();
            pipe.flush().await.unwrap();
            // Until the other side has enough.
            let _ = pipe.read_u8().await;
            String::from_utf8(head).unwrap()
        });
        (port, served)
    }

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for good in ["https://id.example.org/", "https://id.example.org:8443/a", "http://localhost:3000/", "http://127.0.0.1/", "http://[::1]:1/"] {
            assert!(is_safe(&good.parse().unwrap()), "{good}");
        }
        for bad in
            ["http://id.example.org/", "http://10.0.0.1/", "http://localhost.example.org/", "ftp://localhost/", "file:///etc/passwd", "https://a:b@c.example/"]
        {
            assert!(!is_safe(&bad.parse().unwrap()), "{bad}");
        }
    }

    #[tokio::test]
    async fn an_answer_comes_whole_with_its_status() {
        let (port, served) = serve("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 3\r\n\r\nabc".into(), None).await;
        let url: Url = format!("http://127.0.0.1:{port}/a/b?c=d#e").parse().unwrap();
        let answer = Outbound::default().send(&url, get(), BOUNDS).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::FOUND, &b"abc"[..]), "a redirect is not followed");
        let head = served.await.unwrap();
        assert!(head.starts_with("GET /a/b?c=d HTTP/1.1\r\n") && head.contains(&format!("host: 127.0.0.1:{port}\r\n")), "{head}");
    }

    #[tokio::test]
    async fn long_answers_and_silent_services_are_given_up() {
        let (port, _served) = serve(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}\r\n", "x".repeat(255)), None).await;
        let url: Url = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let refused = Outbound::default().send(&url, get(), BOUNDS).await.unwrap_err().to_string();
        assert!(refused.contains("longer than 100 bytes"), "{refused}");
        let (port, _served) = serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na".into(), None).await;
        let url: Url = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let bounds = Bounds { time: Duration::from_millis(50), ..BOUNDS };
        assert_eq!(Outbound::default().send(&url, get(), bounds).await.unwrap_err(), OutboundError::Slow { host: "127.0.0.1".into(), seconds: 0 });
    }

    #[tokio::test]
    async fn certificates_are_held_against_the_authorities() {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (CertificateDer::from(made.cert.der().to_vec()), PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = || Some(tokio_rustls::TlsAcceptor::from(Arc::new(config.clone())));
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let knowing = Outbound { tls: OnceCell::from(trusting(roots).unwrap()), ..Outbound::default() };
        let (port, _served) = serve(answer.into(), acceptor()).await;
        let known = knowing.send(&format!("https://127.0.0.1:{port}/").parse().unwrap(), get(), BOUNDS).await.unwrap();
        assert_eq!(&known.body[..], b"ok");
        let strange = Outbound { tls: OnceCell::from(trusting(RootCertStore::empty()).unwrap()), ..Outbound::default() };
        let (port, _served) = serve(answer.into(), acceptor()).await;
        let refused = strange.send(&format!("https://127.0.0.1:{port}/").parse().unwrap(), get(), BOUNDS).await.unwrap_err().to_string();
        assert!(refused.contains("certificate"), "{refused}");
    }
}
