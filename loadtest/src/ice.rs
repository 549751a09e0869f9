//! The controlling side of ICE towards an ICE-lite server (RFC 8445): checks of all candidates until one is answered, a check with USE-CANDIDATE on
//! that one (regular nomination, section 8.1.1), then consent (RFC 7675). Requests of a full agent are answered too. Pure: time and datagrams come in, datagrams are polled out.

use rtc_crypto::RTCCryptoProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, ATTR_XORMAPPED_ADDRESS};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use rtc_stun::xoraddr::XorMappedAddress;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A host candidate's priority (RFC 8445, section 5.1.2.1), as a peer-reflexive one in the check.
const PRIORITY: u32 = 1_862_270_975;
const FIRST_RTO: Duration = Duration::from_millis(50);
const MAX_RTO: Duration = Duration::from_millis(800);
const CONSENT_INTERVAL: Duration = Duration::from_secs(5);
/// No answer for so long: the path is lost (RFC 7675, section 5.1).
const CONSENT_EXPIRY: Duration = Duration::from_secs(30);
/// No candidate answers for so long: the server cannot be reached.
const CHECK_TIMEOUT: Duration = Duration::from_secs(15);

/// A user fragment and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `ice-ufrag`.
    pub ufrag: String,
    /// `ice-pwd`.
    pub pwd: String,
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.ufrag)
    }
}

/// Where the agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No check was answered yet.
    Checking,
    /// This address answered first and is being nominated.
    Nominating(SocketAddr),
    /// This address answered with nomination and is used.
    Nominated(SocketAddr),
    /// Nothing answered in time.
    Failed,
}

/// Why a STUN message was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StunDrop {
    /// Not a STUN message, or one of another method.
    Malformed,
    /// The message integrity does not fit.
    Unauthentic,
    /// It answers no check that is outstanding.
    Unasked,
}

struct Check {
    transaction: TransactionId,
    to: SocketAddr,
    nominates: bool,
}

/// The agent.
pub struct Agent {
    crypto: Arc<dyn RTCCryptoProvider>,
    local: Credentials,
    remote: Credentials,
    candidates: Vec<SocketAddr>,
    tie_breaker: u64,
    state: State,
    outstanding: VecDeque<Check>,
    started: Instant,
    answered: Instant,
    next: Instant,
    rto: Duration,
    out: VecDeque<(SocketAddr, Vec<u8>)>,
}

impl Agent {
    /// Starts checking the candidates at once.
    pub fn new(
        now: Instant,
        crypto: Arc<dyn RTCCryptoProvider>,
        local: Credentials,
        remote: Credentials,
        candidates: Vec<SocketAddr>,
        tie_breaker: u64,
    ) -> Agent {
        Agent {
            crypto,
            local,
            remote,
            candidates,
            tie_breaker,
            state: State::Checking,
            outstanding: VecDeque::new(),
            started: now,
            answered: now,
            next: now,
            rto: FIRST_RTO,
            out: VecDeque::new(),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// When [`Agent::handle_timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Instant> {
        (self.state != State::Failed).then_some(self.next)
    }

    /// Sends what is due: checks to every candidate with growing pauses, later one consent check each 5 s.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now < self.next || self.state == State::Failed {
            return;
        }
        match self.state {
            State::Checking | State::Nominating(_) if now >= self.started + CHECK_TIMEOUT => self.state = State::Failed,
            State::Nominated(_) if now >= self.answered + CONSENT_EXPIRY => self.state = State::Failed,
            State::Checking => {
                for index in 0..self.candidates.len() {
                    self.check(self.candidates[index], false);
                }
                self.pause(now);
            }
            State::Nominating(to) => {
                self.check(to, true);
                self.pause(now);
            }
            State::Nominated(to) => {
                self.check(to, true);
                self.next = now + CONSENT_INTERVAL;
            }
            State::Failed => {}
        }
    }

    /// Takes one STUN message.
    pub fn handle(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Result<(), StunDrop> {
        let mut message = Message::new();
        message.unmarshal_binary(datagram).map_err(|_| StunDrop::Malformed)?;
        match message.typ {
            BINDING_SUCCESS => self.handle_success(now, from, &mut message),
            BINDING_REQUEST => self.handle_request(from, &mut message),
            _ => Err(StunDrop::Malformed),
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.out.pop_front()
    }

    fn handle_success(&mut self, now: Instant, from: SocketAddr, message: &mut Message) -> Result<(), StunDrop> {
        let check = self.outstanding.iter().find(|check| check.transaction == message.transaction_id && check.to == from);
        let nominates = check.ok_or(StunDrop::Unasked)?.nominates;
        MessageIntegrity::check(message, self.remote.pwd.as_bytes(), self.crypto.crypto()).map_err(|_| StunDrop::Unauthentic)?;
        match self.state {
            State::Checking => {
                self.state = State::Nominating(from);
                self.next = now;
                self.rto = FIRST_RTO;
                self.handle_timeout(now);
            }
            State::Nominating(path) if path == from && nominates => {
                self.state = State::Nominated(from);
                self.next = now + CONSENT_INTERVAL;
                self.answered = now;
            }
            State::Nominated(path) if path == from => self.answered = now,
            // Another candidate that answered too, but later.
            State::Nominating(_) | State::Nominated(_) | State::Failed => {}
        }
        Ok(())
    }

    fn handle_request(&mut self, from: SocketAddr, message: &mut Message) -> Result<(), StunDrop> {
        MessageIntegrity::check(message, self.local.pwd.as_bytes(), self.crypto.crypto()).map_err(|_| StunDrop::Unauthentic)?;
        let mut answer = Message::new();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(self.local.pwd.clone(), self.crypto.crypto());
        let built =
            answer.build(&[Box::new(message.transaction_id), Box::new(BINDING_SUCCESS), Box::new(Mapped(from)), Box::new(integrity), Box::new(FINGERPRINT)]);
        if built.is_ok() {
            self.out.push_back((from, answer.raw));
        }
        Ok(())
    }

    fn pause(&mut self, now: Instant) {
        self.next = now + self.rto;
        self.rto = (self.rto * 2).min(MAX_RTO);
    }

    fn check(&mut self, to: SocketAddr, nominates: bool) {
        let transaction = TransactionId::new();
        let mut message = Message::new();
        let username = format!("{}:{}", self.remote.ufrag, self.local.ufrag);
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(self.remote.pwd.clone(), self.crypto.crypto());
        let mut setters: Vec<Box<dyn Setter + '_>> = vec![
            Box::new(transaction),
            Box::new(BINDING_REQUEST),
            Box::new(TextAttribute::new(ATTR_USERNAME, username)),
            Box::new(Raw(ATTR_PRIORITY, PRIORITY.to_be_bytes().to_vec())),
            Box::new(Raw(ATTR_ICE_CONTROLLING, self.tie_breaker.to_be_bytes().to_vec())),
        ];
        if nominates {
            setters.push(Box::new(Raw(ATTR_USE_CANDIDATE, Vec::new())));
        }
        setters.push(Box::new(integrity));
        setters.push(Box::new(FINGERPRINT));
        let built = message.build(&setters);
        if built.is_ok() {
            if self.outstanding.len() >= 64 {
                self.outstanding.pop_front();
            }
            self.outstanding.push_back(Check { transaction, to, nominates });
            self.out.push_back((to, message.raw));
        }
    }
}

struct Raw(rtc_stun::attributes::AttrType, Vec<u8>);

impl Setter for Raw {
    fn add_to(&self, message: &mut Message) -> rtc_shared::error::Result<()> {
        message.add(self.0, &self.1);
        Ok(())
    }
}

struct Mapped(SocketAddr);

impl Setter for Mapped {
    fn add_to(&self, message: &mut Message) -> rtc_shared::error::Result<()> {
        XorMappedAddress { ip: self.0.ip(), port: self.0.port() }.add_to_as(message, ATTR_XORMAPPED_ADDRESS)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn credentials(name: &str) -> Credentials {
        Credentials { ufrag: name.into(), pwd: format!("{name}-password-of-22-chars") }
    }

    fn agent(now: Instant) -> Agent {
        let crypto = rtc_crypto::default_provider().unwrap();
        let candidates = vec!["10.0.0.1:1".parse().unwrap(), "10.0.0.2:1".parse().unwrap()];
        Agent::new(now, crypto, credentials("us"), credentials("server"), candidates, 7)
    }

    /// What an ICE-lite server does with a check: verify it with its own password, answer from where it was hit.
    fn answer(request: &[u8], password: &str) -> Vec<u8> {
        let crypto = rtc_crypto::default_provider().unwrap();
        let mut message = Message::new();
        message.unmarshal_binary(request).unwrap();
        MessageIntegrity::check(&mut message, b"server-password-of-22-chars", crypto.crypto()).unwrap();
        FINGERPRINT.check(&message).unwrap();
        assert_eq!(message.get(ATTR_USERNAME).unwrap(), b"server:us");
        let mut answer = Message::new();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.into(), crypto.crypto());
        answer.build(&[Box::new(message.transaction_id), Box::new(BINDING_SUCCESS), Box::new(integrity), Box::new(FINGERPRINT)]).unwrap();
        answer.raw
    }

    fn nominates(request: &[u8]) -> bool {
        let mut message = Message::new();
        message.unmarshal_binary(request).unwrap();
        message.contains(ATTR_USE_CANDIDATE)
    }

    #[test]
    fn nominates_the_candidate_that_answers_first_alone_and_keeps_consent() {
        let start = Instant::now();
        let mut agent = agent(start);
        agent.handle_timeout(start);
        let (late, late_request) = agent.poll_transmit().unwrap();
        let (to, request) = agent.poll_transmit().unwrap();
        assert!(!nominates(&request) && !nominates(&late_request));
        assert_eq!(agent.handle(start, to, &answer(&request, "server-password-of-22-chars")), Ok(()));
        assert_eq!(agent.state(), State::Nominating(to));
        assert_eq!(agent.handle(start, late, &answer(&late_request, "server-password-of-22-chars")), Ok(()));
        let (again, request) = agent.poll_transmit().unwrap();
        assert!(again == to && nominates(&request));
        assert_eq!(agent.poll_transmit(), None, "the other one is not nominated");
        agent.handle_timeout(start + FIRST_RTO);
        assert!(agent.poll_transmit().is_some_and(|(again, request)| again == to && nominates(&request)), "until it is answered");
        assert_eq!(agent.handle(start, to, &answer(&request, "server-password-of-22-chars")), Ok(()));
        assert_eq!(agent.state(), State::Nominated(to));
        assert_eq!(agent.next_timeout(), Some(start + CONSENT_INTERVAL));
        let mut now = start;
        for _ in 0..20 {
            now += CONSENT_INTERVAL;
            agent.handle_timeout(now);
            let (to, request) = agent.poll_transmit().unwrap();
            agent.handle(now, to, &answer(&request, "server-password-of-22-chars")).unwrap();
        }
        assert_eq!(agent.state(), State::Nominated(to));
        for _ in 0..7 {
            now += CONSENT_INTERVAL;
            agent.handle_timeout(now);
        }
        assert_eq!(agent.state(), State::Failed, "30 s without an answer");
    }

    #[test]
    fn resends_with_growing_pauses_and_gives_up() {
        let start = Instant::now();
        let mut agent = agent(start);
        let mut rounds = Vec::new();
        let mut now = start;
        while agent.state() == State::Checking {
            agent.handle_timeout(now);
            if agent.poll_transmit().is_some() {
                assert!(agent.poll_transmit().is_some(), "both candidates are checked");
                rounds.push((now - start).as_millis());
            }
            now = agent.next_timeout().unwrap_or(now);
        }
        assert_eq!(rounds[..6], [0, 50, 150, 350, 750, 1_550]);
        assert_eq!(agent.state(), State::Failed);
        assert!(rounds.len() < 30, "{} rounds", rounds.len());
    }

    #[test]
    fn believes_no_answer_without_integrity_or_that_it_did_not_ask_for() {
        let start = Instant::now();
        let mut agent = agent(start);
        agent.handle_timeout(start);
        let (to, request) = agent.poll_transmit().unwrap();
        assert_eq!(agent.handle(start, to, &answer(&request, "another password")), Err(StunDrop::Unauthentic));
        let elsewhere = "10.9.9.9:9".parse().unwrap();
        assert_eq!(agent.handle(start, elsewhere, &answer(&request, "server-password-of-22-chars")), Err(StunDrop::Unasked));
        assert_eq!(agent.handle(start, to, &request[..request.len() - 1]), Err(StunDrop::Malformed));
        assert_eq!(agent.state(), State::Checking);
    }
}
