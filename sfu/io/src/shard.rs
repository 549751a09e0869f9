//! [`Shard`] and [`Handshaker`] as the threads run them.

use crate::plane::{Handshakes, Plane, PlaneOutput};
use sfu::Shard;
use sfu::command::Command;
use sfu::counters::Counters;
use sfu::dtls::{HandshakeInput, HandshakeOutput, HandshakeRequest, Handshaker};
use sfu::event::{Event, Output};
use sfu::id::WorkerId;
use sfu::path::{Batch, Path};
use sfu::relay::{RelayMessage, RelayPacket};
use std::time::Instant;

impl Plane for Shard {
    type Command = Command;
    type Event = Event;
    type Counters = Counters;
    type RelayMessage = RelayMessage;
    type RelayPacket = RelayPacket;
    type Handshaker = Handshaker;

    fn receive(&mut self, now: Instant, path: Path, packet: &mut [u8]) {
        Shard::receive(self, now, path, packet);
    }

    fn command(&mut self, now: Instant, command: Command) {
        Shard::command(self, now, command);
    }

    fn handshake(&mut self, now: Instant, output: HandshakeOutput) {
        Shard::handshake(self, now, output);
    }

    fn relay(&mut self, now: Instant, from: WorkerId, message: RelayMessage) {
        Shard::relay(self, now, from, message);
    }

    fn relay_packet(&mut self, now: Instant, from: WorkerId, packet: &RelayPacket) {
        Shard::relay_packet(self, now, from, packet);
    }

    fn path_closed(&mut self, now: Instant, path: Path) {
        Shard::path_closed(self, now, path);
    }

    fn timeout(&mut self, now: Instant) {
        Shard::timeout(self, now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        Shard::next_timeout(self)
    }

    fn wants_flush(&self) -> bool {
        Shard::wants_flush(self)
    }

    fn hold(&self) -> Option<Instant> {
        Shard::hold(self)
    }

    fn flush(&mut self, now: Instant) -> Batch<'_> {
        Shard::flush(self, now)
    }

    fn set_max_segments(&mut self, segments: u16) {
        Shard::set_max_segments(self, segments);
    }

    fn poll(&mut self) -> Option<PlaneOutput<Shard>> {
        Some(match Shard::poll(self)? {
            Output::Event(event) => PlaneOutput::Event(event),
            Output::Handshake(input) => PlaneOutput::Handshake(input),
            Output::Relay(to, message) => PlaneOutput::Relay(to, message),
            Output::CloseLink(link) => PlaneOutput::CloseLink(link),
        })
    }

    fn poll_relay_packet(&mut self) -> Option<(WorkerId, RelayPacket)> {
        Shard::poll_relay_packet(self)
    }

    fn counters(&self) -> &Counters {
        Shard::counters(self)
    }
}

impl Handshakes for Handshaker {
    type Input = HandshakeInput;
    type Output = HandshakeOutput;

    fn receive(&mut self, now: Instant, input: HandshakeInput) {
        Handshaker::receive(self, now, input);
    }

    fn timeout(&mut self, now: Instant) {
        Handshaker::timeout(self, now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        Handshaker::next_timeout(self)
    }

    fn poll(&mut self) -> Option<HandshakeOutput> {
        Handshaker::poll(self)
    }

    fn droppable(input: &HandshakeInput) -> bool {
        matches!(input.kind, HandshakeRequest::Datagram(_))
    }
}
