//! One request to another server: its address is looked at before it is connected to, nothing is followed, and of the answer only the status is read.

use super::target::{Target, WebhookTargets, may_call};
use crate::trust;
use axum::http::{HeaderValue, Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long one attempt may take in all.
const LIMIT: Duration = Duration::from_secs(10);

/// Addresses of a name that are tried.
const ADDRESSES: usize = 3;

/// What is posted.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Posts messages.
#[derive(Clone)]
pub(super) struct Poster {
    tls: Arc<ClientConfig>,
    targets: WebhookTargets,
}

impl Poster {
    /// One that trusts the authorities that the machine trusts.
    pub(super) async fn new(targets: WebhookTargets) -> Result<Self, String> {
        Self::trusting(trust::machine().await?, targets)
    }

    fn trusting(roots: RootCertStore, targets: WebhookTargets) -> Result<Self, String> {
        Ok(Self { tls: trust::client(roots)?, targets })
    }

    /// The status that a message was answered with.
    ///
    /// # Errors
    /// Why there was no answer, for an operator to read.
    pub(super) async fn post(&self, url: &str, message: Message) -> Result<u16, String> {
        let target = Target::parse(url, self.targets).map_err(|error| timetable::Tell::tell(&error, timetable::Language::English))?;
        match timeout(LIMIT, self.posted(&target, message)).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
        }
    }

    async fn posted(&self, target: &Target, message: Message) -> Result<u16, String> {
        let stream = self.connect(target).await?;
        if !target.tls {
            return send(stream, target, message).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|error| format!("{:?} is no name of a server: {error}", target.host))?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await.map_err(|error| format!("TLS failed: {error}"))?;
        send(stream, target, message).await
    }

    /// A connection to one of the addresses that may be called.
    async fn connect(&self, target: &Target) -> Result<TcpStream, String> {
        let found = lookup_host((target.host.as_str(), target.port)).await.map_err(|error| format!("the name {:?} was not found: {error}", target.host))?;
        let addresses: Vec<SocketAddr> = found.filter(|address| may_call(address.ip(), self.targets)).take(ADDRESSES).collect();
        if addresses.is_empty() {
            return Err(format!("{:?} leads to private addresses only; webhook-targets does not allow them", target.host));
        }
        let mut last = String::new();
        for address in addresses {
            match timeout(LIMIT / 2, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = format!("{address} could not be connected to: {error}"),
                Err(_) => last = format!("{address} could not be connected to: no answer"),
            }
        }
        Err(last)
    }
}

async fn send<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, target: &Target, message: Message) -> Result<u16, String> {
    let failed = |error: hyper::Error| format!("the request failed: {error}");
    let mut request = Request::post(&target.path).header(header::HOST, &target.authority).header(header::CONTENT_TYPE, "application/json");
    request = request.header(header::USER_AGENT, concat!("Tongke/", env!("CARGO_PKG_VERSION")));
    for (name, value) in message.headers {
        request = request.header(name, HeaderValue::from_str(&value).map_err(|error| error.to_string())?);
    }
    let request = request.body(Full::new(Bytes::from(message.body))).map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Dropped with the answer's head: whoever answers with gigabytes keeps them.
    let connection = tokio::spawn(connection);
    let answered = sender.send_request(request).await.map_err(failed).map(|answer| answer.status().as_u16());
    connection.abort();
    answered
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn message() -> Message {
        Message { headers: vec![("tongke-event", "lesson.live".into())], body: "{\"id\":1}".into() }
    }

    fn poster(targets: WebhookTargets) -> Poster {
        Poster::trusting(RootCertStore::empty(), targets).unwrap()
    }

    /// Answers one request with these bytes, and returns what was asked.
    async fn answering(answer: &'static [u8]) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4_096];
            let mut read = 0;
            while !bytes[..read].ends_with(b"}") {
                read += stream.read(&mut bytes[read..]).await.unwrap();
            }
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&bytes[..read]).into_owned()
        });
        (port, asked)
    }

    #[tokio::test]
    async fn a_message_is_posted_and_the_status_read() {
        let (port, asked) = answering(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000000\r\n\r\n").await;
        let poster = poster(WebhookTargets::Any);
        assert_eq!(poster.post(&format!("http://127.0.0.1:{port}/hook?x=1"), message()).await, Ok(202), "the body is not waited for");
        let asked = asked.await.unwrap().to_ascii_lowercase();
        assert!(asked.starts_with("post /hook?x=1 http/1.1\r\n") && asked.ends_with("\r\n\r\n{\"id\":1}"), "{asked}");
        for header in
            [format!("host: 127.0.0.1:{port}"), "tongke-event: lesson.live".into(), "content-length: 8".into(), "content-type: application/json".into()]
        {
            assert!(asked.contains(&format!("\r\n{header}\r\n")), "{header} is not in {asked}");
        }
    }

    #[tokio::test]
    async fn nothing_is_followed() {
        let (port, _asked) = answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(poster(WebhookTargets::Any).post(&format!("http://127.0.0.1:{port}/"), message()).await, Ok(302));
    }

    #[tokio::test]
    async fn what_answers_with_rubbish_or_not_at_all_is_told() {
        let (port, _asked) = answering(b"SSH-2.0-OpenSSH_9.2\r\n").await;
        let poster = poster(WebhookTargets::Any);
        let said = poster.post(&format!("http://127.0.0.1:{port}/"), message()).await.unwrap_err();
        assert!(said.starts_with("the request failed"), "{said}");
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let said = poster.post(&format!("http://127.0.0.1:{closed}/"), message()).await.unwrap_err();
        assert!(said.contains("could not be connected to"), "{said}");
    }

    /// A name that anybody can have point into the network behind the server.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // As a name of somebody else's that leads here.
        let target = Target::parse(&format!("https://localhost:{port}/"), WebhookTargets::Any).unwrap();
        let said = poster(WebhookTargets::Public).connect(&target).await.unwrap_err();
        assert!(said.contains("private addresses only"), "{said}");
        assert!(timeout(Duration::from_millis(1), listener.accept()).await.is_err(), "nobody came");
    }

    #[tokio::test]
    async fn only_a_certificate_that_is_trusted_will_do() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (cert, key) = (made.cert.der().clone(), rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.clone()], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = tokio_rustls::TlsAcceptor::from(config.clone()).accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = stream.flush().await;
            }
        });
        let said = poster(WebhookTargets::Any).post(&url, message()).await.unwrap_err();
        assert!(said.starts_with("TLS failed"), "{said}");
        let mut roots = RootCertStore::empty();
        roots.add(cert).unwrap();
        assert_eq!(Poster::trusting(roots, WebhookTargets::Any).unwrap().post(&url, message()).await, Ok(204));
    }
}
