//! What the threads need of the media plane: the shape of [`sfu::Shard`], as a trait so that threads and sockets are tested with simpler planes.

use sfu::id::WorkerId;
use sfu::path::{Batch, Link, Path};
use std::time::Instant;

/// The inputs of a plane's handshaker.
pub(crate) type Input<P> = <<P as Plane>::Handshaker as Handshakes>::Input;
/// Its outputs.
pub(crate) type Output<P> = <<P as Plane>::Handshaker as Handshakes>::Output;

/// The media plane of one worker; see the contract of the crate `sfu`.
pub(crate) trait Plane: Sized + 'static {
    type Command: Send + 'static;
    type Event: 'static;
    type Counters: Clone + Default + Send + 'static;
    type RelayMessage: Send + 'static;
    type RelayPacket: Send + 'static;
    type Handshaker: Handshakes;

    fn receive(&mut self, now: Instant, path: Path, packet: &mut [u8]);
    fn command(&mut self, now: Instant, command: Self::Command);
    fn handshake(&mut self, now: Instant, output: Output<Self>);
    fn relay(&mut self, now: Instant, from: WorkerId, message: Self::RelayMessage);
    fn relay_packet(&mut self, now: Instant, from: WorkerId, packet: &Self::RelayPacket);
    fn path_closed(&mut self, now: Instant, path: Path);
    fn timeout(&mut self, now: Instant);
    fn next_timeout(&self) -> Option<Instant>;
    fn wants_flush(&self) -> bool;
    /// Until when a flush may wait for what belongs to it.
    fn hold(&self) -> Option<Instant>;
    fn flush(&mut self, now: Instant) -> Batch<'_>;
    fn set_max_segments(&mut self, segments: u16);
    fn poll(&mut self) -> Option<PlaneOutput<Self>>;
    /// The next media packet for a sibling.
    fn poll_relay_packet(&mut self) -> Option<(WorkerId, Self::RelayPacket)>;
    fn counters(&self) -> &Self::Counters;
}

/// Something for the worker to carry out.
pub(crate) enum PlaneOutput<P: Plane> {
    Event(P::Event),
    Handshake(Input<P>),
    Relay(WorkerId, P::RelayMessage),
    CloseLink(Link),
}

/// All handshakes of one worker's transports.
pub(crate) trait Handshakes: Send + 'static {
    type Input: Send + 'static;
    type Output: Send + 'static;

    fn receive(&mut self, now: Instant, input: Self::Input);
    fn timeout(&mut self, now: Instant);
    fn next_timeout(&self) -> Option<Instant>;
    fn poll(&mut self) -> Option<Self::Output>;
    /// Whether the peer sends it again if it is lost, as a datagram; what our side says is not.
    fn droppable(input: &Self::Input) -> bool;
}
