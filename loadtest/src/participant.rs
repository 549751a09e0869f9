//! A simulated participant: an association with what it publishes and what it receives. Pure: it is told the time.

use crate::clock::Clock;
use crate::media::publisher::{Line, Publisher};
use crate::media::subscriber::{Account, Milestone, Subscriber};
use crate::media::tally::Tally;
use crate::peer::{Event, Inbound, Peer, PeerError};
use crate::sdp::{Answer, Offer};
use bytes::BytesMut;
use protocol::{Source, SourceLine};
use rand::Rng;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

/// What the participant is.
pub struct Config {
    /// Its number among publishers; 0 is the host.
    pub number: u16,
    /// What it publishes.
    pub lines: Vec<Line>,
    /// Receiving audio m-lines.
    pub audio_slots: u8,
    /// Receiving video m-lines.
    pub video_slots: u8,
}

/// What happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// ICE and DTLS are done.
    Connected {
        /// The SRTP profile.
        profile: &'static str,
    },
    /// The first packet of media, or of a key frame, arrived.
    Milestone(Milestone),
    /// It is over.
    Closed {
        /// What failed.
        reason: String,
    },
}

/// The participant.
pub struct Participant {
    clock: Clock,
    peer: Peer,
    publisher: Publisher,
    subscriber: Subscriber,
    slots: (u8, u8),
    happenings: VecDeque<Happening>,
}

impl Participant {
    /// Makes its certificate and numbers.
    pub fn new(clock: Clock, config: Config) -> Result<Participant, PeerError> {
        Ok(Participant {
            clock,
            peer: Peer::new()?,
            publisher: Publisher::new(config.number, config.lines),
            subscriber: Subscriber::new(rand::rng().random()),
            slots: (config.audio_slots, config.video_slots),
            happenings: VecDeque::new(),
        })
    }

    /// Its SDP offer and the meaning of the sending m-lines.
    pub fn offer(&self) -> (String, Vec<SourceLine>) {
        let credentials = self.peer.credentials();
        let offer = Offer {
            ufrag: credentials.ufrag.clone(),
            pwd: credentials.pwd.clone(),
            fingerprint: self.peer.fingerprint(),
            sends: self.publisher.send_lines(),
            audio_slots: self.slots.0,
            video_slots: self.slots.1,
        };
        (offer.sdp(), offer.sources())
    }

    /// Takes the server's answer and starts to connect.
    pub fn accept(&mut self, now: Instant, answer: &Answer) {
        self.publisher.negotiate(answer);
        self.subscriber.negotiate(answer);
        self.peer.accept(now, answer);
        self.after(now);
    }

    /// Sources the server refused to receive.
    pub fn refused(&self) -> Vec<Source> {
        self.publisher.refused()
    }

    /// What it received.
    pub fn account(&self) -> Account {
        self.subscriber.account()
    }

    /// Takes a datagram. `arrived_ns`: `CLOCK_MONOTONIC` when the kernel had it, where known.
    pub fn handle(&mut self, now: Instant, from: SocketAddr, datagram: &[u8], arrived_ns: Option<u64>, tally: &mut Tally) {
        match self.peer.handle(now, from, datagram) {
            Ok(Inbound::Control) => self.after(now),
            Ok(Inbound::Rtp(packet)) => {
                if let Some(milestone) = self.subscriber.handle_rtp(now, &self.clock, &packet, arrived_ns, tally) {
                    self.happenings.push_back(Happening::Milestone(milestone));
                }
            }
            Ok(Inbound::Rtcp(packet)) => match rtc_rtcp::packet::unmarshal(&mut &packet[..]) {
                Ok(packets) => {
                    self.subscriber.handle_rtcp(now, &packets);
                    self.publisher.handle_rtcp(&packets, &mut self.peer, tally);
                }
                Err(_) => *tally.drops.entry("malformed_rtcp").or_default() += 1,
            },
            Err(reason) => tally.dropped(reason),
        }
    }

    /// When [`Participant::handle_timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let media = self.peer.connected().then(|| self.publisher.next_timeout().into_iter().chain(self.subscriber.next_timeout()).min()).flatten();
        self.peer.next_timeout().into_iter().chain(media).min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, tally: &mut Tally) {
        self.peer.handle_timeout(now);
        self.after(now);
        if self.peer.connected() {
            self.publisher.handle_timeout(now, &self.clock, &mut self.peer, tally);
            self.subscriber.handle_timeout(now, &mut self.peer, tally);
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, BytesMut)> {
        self.peer.poll_transmit()
    }

    /// The next event.
    pub fn poll_happening(&mut self) -> Option<Happening> {
        self.happenings.pop_front()
    }

    /// Says goodbye to the server.
    pub fn shut_down(&mut self) {
        self.peer.shut_down();
    }

    fn after(&mut self, now: Instant) {
        while let Some(event) = self.peer.poll_event() {
            self.happenings.push_back(match event {
                Event::Connected { profile } => {
                    self.publisher.start(now, &self.clock);
                    Happening::Connected { profile }
                }
                Event::Closed { reason } => Happening::Closed { reason },
            });
        }
    }
}
