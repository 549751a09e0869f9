//! The loop of one worker thread.

use crate::counters::IoCounters;
use crate::plane::{Plane, PlaneOutput};
use crate::post::Post;
use crate::sender::Sender;
use crate::sys::Inbound;
use crate::tcp::{CloseReason, Connections, ReadResult, SCRATCH, TcpLimits};
use crate::udp::UdpSocket;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use sfu::framing::frame_at;
use sfu::path::{Batch, Link, Path};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The longest sleep. Nothing depends on it; it bounds what a lost wake-up could cost.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// Turns without asking epoll while sockets are known to hold more.
const BUSY_TURNS: u32 = 8;
/// Mail of a kind taken in one turn, so that a flood of one does not hold up the rest.
const MAIL: usize = 256;
/// A worker that slept for so long has time to wait for the rest of a frame; one that did not gathers more than one frame anyway.
const REST: Duration = Duration::from_micros(100);
/// How often figures are published and silent connections looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

const WAKER: Token = Token(0);
const FIRST_SOCKET: usize = 1;

/// What a worker publishes once a second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot<C> {
    pub(crate) plane: C,
    pub(crate) io: IoCounters,
}

/// A worker's poll, sockets and listeners, made before its thread is.
pub(crate) struct Ports {
    poll: Poll,
    udp: Vec<UdpSocket>,
    tcp: Vec<TcpListener>,
}

impl Ports {
    /// Registers them; UDP sockets have the first tokens, then listeners, then connections.
    pub(crate) fn new(mut udp: Vec<UdpSocket>, mut tcp: Vec<TcpListener>) -> io::Result<(Ports, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        for (index, socket) in udp.iter_mut().enumerate() {
            poll.registry().register(&mut socket.socket, Token(FIRST_SOCKET + index), Interest::READABLE)?;
        }
        for (index, listener) in tcp.iter_mut().enumerate() {
            poll.registry().register(listener, Token(FIRST_SOCKET + udp.len() + index), Interest::READABLE)?;
        }
        Ok((Ports { poll, udp, tcp }, waker))
    }

    /// Whether any socket can send several datagrams in one message.
    pub(crate) fn gso(&self) -> bool {
        self.udp.iter().any(UdpSocket::gso)
    }
}

/// Where a flush goes.
struct Exits {
    udp: Vec<UdpSocket>,
    tcp: Connections,
    sender: Sender,
}

impl Exits {
    /// Sends all that waits in the plane.
    fn flush<P: Plane>(&mut self, plane: &mut P, now: Instant, counters: &mut IoCounters) {
        self.send(&plane.flush(now), counters);
        self.relieve(plane, now, counters);
    }

    /// Sends until the plane has room again.
    fn relieve<P: Plane>(&mut self, plane: &mut P, now: Instant, counters: &mut IoCounters) {
        while plane.wants_flush() {
            self.send(&plane.flush(now), counters);
        }
    }

    fn send(&mut self, batch: &Batch<'_>, counters: &mut IoCounters) {
        if batch.is_empty() {
            return;
        }
        for (index, socket) in self.udp.iter_mut().enumerate() {
            socket.send(index as u8, batch, &mut self.sender, &mut counters.send);
        }
        for run in batch.runs {
            match run.path.link {
                Link::Udp(index) if usize::from(index) < self.udp.len() => {}
                Link::Udp(_) => counters.send.drops.no_socket += u64::from(run.count),
                Link::Tcp(number) => batch.bytes(run).for_each(|packet| self.tcp.enqueue(number, packet)),
            }
        }
        self.tcp.write();
    }
}

/// One worker: a plane, its sockets and its mail.
pub(crate) struct Worker<P: Plane> {
    pub(crate) plane: P,
    poll: Poll,
    events: Events,
    exits: Exits,
    /// UDP sockets that may hold more.
    readable: Vec<bool>,
    listeners: Vec<TcpListener>,
    /// Listeners that may hold more.
    accepting: Vec<bool>,
    /// TCP connections that the plane wants closed.
    closing: Vec<u64>,
    inbound: Inbound,
    scratch: Box<[u8]>,
    post: Post<P>,
    pub(crate) counters: IoCounters,
    published: Arc<Mutex<Snapshot<P::Counters>>>,
    next_housekeeping: Instant,
    gso: bool,
    /// Turns since epoll was last asked.
    busy_turns: u32,
}

impl<P: Plane> Worker<P> {
    pub(crate) fn new(ports: Ports, plane: P, post: Post<P>, limits: TcpLimits, published: Arc<Mutex<Snapshot<P::Counters>>>, now: Instant) -> Worker<P> {
        let Ports { poll, udp, tcp } = ports;
        let (gso, gro) = (udp.iter().any(UdpSocket::gso), udp.iter().any(UdpSocket::gro));
        Worker {
            plane,
            poll,
            events: Events::with_capacity(1_024),
            readable: vec![true; udp.len()],
            accepting: vec![true; tcp.len()],
            exits: Exits { tcp: Connections::new(limits, FIRST_SOCKET + udp.len() + tcp.len()), udp, sender: Sender::new() },
            listeners: tcp,
            closing: Vec::new(),
            inbound: Inbound::new(gro),
            scratch: vec![0; SCRATCH].into(),
            post,
            counters: IoCounters::default(),
            published,
            next_housekeeping: now,
            gso,
            busy_turns: 0,
        }
    }

    /// Turns until the handle says stop; what is in the mailbox then is still done.
    ///
    /// # Errors
    /// Those of epoll itself, after which nothing works.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        while !self.post.stopping() {
            self.turn(LONGEST_WAIT)?;
        }
        self.turn(Duration::ZERO)
    }

    /// Waits for something to do, at most that long, and does it.
    pub(crate) fn turn(&mut self, longest: Duration) -> io::Result<()> {
        let asked = Instant::now();
        self.wait(longest)?;
        let begun = Instant::now();
        let (mut now, mut held) = (begun, Duration::ZERO);
        self.take_all(now);
        if begun.saturating_duration_since(asked) >= REST
            && let Some(until) = self.plane.hold()
        {
            let before = Instant::now();
            std::thread::sleep(until.saturating_duration_since(before));
            now = Instant::now();
            held = now.saturating_duration_since(before);
            self.ask(Duration::ZERO)?;
            self.take_all(now);
        }
        if self.plane.next_timeout().is_some_and(|deadline| deadline <= now) {
            self.plane.timeout(now);
        }
        // Siblings first: they then send side by side with this one.
        self.deliver();
        self.exits.flush(&mut self.plane, now, &mut self.counters);
        self.close_links(now);
        if now >= self.next_housekeeping {
            self.next_housekeeping = now + HOUSEKEEPING;
            self.exits.tcp.sweep(now);
            // An accept that failed for want of descriptors gets no event again.
            self.accepting.fill(true);
            self.publish();
        }
        self.counters.turns.record(begun.elapsed().saturating_sub(held));
        Ok(())
    }

    /// Takes what there is, of each kind as much as fits a turn.
    fn take_all(&mut self, now: Instant) {
        self.take_mail(now);
        self.accept(now);
        self.read_tcp(now);
        self.read_udp(now);
    }

    /// Asks epoll, unless sockets are known to hold more and it was asked lately.
    fn wait(&mut self, longest: Duration) -> io::Result<()> {
        let busy = self.readable.contains(&true) || self.accepting.contains(&true) || self.exits.tcp.to_read() > 0;
        if busy && self.busy_turns < BUSY_TURNS {
            self.busy_turns += 1;
            return Ok(());
        }
        self.busy_turns = 0;
        let timer = self.plane.next_timeout().map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let mut wait = timer.map_or(longest, |timer| timer.min(longest));
        if busy || wait.is_zero() || !self.post.may_sleep() {
            wait = Duration::ZERO;
        }
        self.ask(wait)
    }

    /// Waits for events at most that long, and notes what they are of.
    fn ask(&mut self, wait: Duration) -> io::Result<()> {
        let result = self.poll.poll(&mut self.events, Some(wait));
        self.post.awake();
        match result {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        if self.events.is_empty() && !wait.is_zero() {
            // A batch that an error cut short leaves datagrams without an event; an idle worker has the time to look.
            self.readable.fill(true);
        }
        let (sockets, listeners) = (self.readable.len(), self.listeners.len());
        for event in &self.events {
            match event.token().0 {
                0 => {}
                token if token < FIRST_SOCKET + sockets => self.readable[token - FIRST_SOCKET] = true,
                token if token < FIRST_SOCKET + sockets + listeners => self.accepting[token - FIRST_SOCKET - sockets] = true,
                _ => {
                    let failed = event.is_error() || event.is_read_closed() || event.is_write_closed();
                    self.exits.tcp.event(event.token(), event.is_readable() || failed, event.is_writable() || failed);
                }
            }
        }
        Ok(())
    }

    fn take_mail(&mut self, now: Instant) {
        for command in self.post.commands.try_iter().take(MAIL) {
            self.plane.command(now, command);
        }
        for output in self.post.handshakes.try_iter().take(MAIL) {
            self.plane.handshake(now, output);
        }
        // A sibling announces a track before its packets: whatever is counted here was announced by a message that is there by now.
        for relay in &mut self.post.relays {
            relay.waiting = relay.ring.slots();
        }
        for (from, message) in self.post.messages.try_iter().take(self.post.messages.len()) {
            self.plane.relay(now, from, message);
        }
        for relay in &mut self.post.relays {
            for _ in 0..relay.waiting {
                let Ok(packet) = relay.ring.pop() else { break };
                self.plane.relay_packet(now, relay.from, &packet);
                self.exits.relieve(&mut self.plane, now, &mut self.counters);
            }
        }
    }

    fn accept(&mut self, now: Instant) {
        for (listener, accepting) in self.listeners.iter().zip(&mut self.accepting) {
            if *accepting {
                *accepting = self.exits.tcp.accept(listener, self.poll.registry(), now);
            }
        }
    }

    /// One read of each connection that may hold something.
    fn read_tcp(&mut self, now: Instant) {
        for _ in 0..self.exits.tcp.to_read() {
            let Some(number) = self.exits.tcp.next_readable() else { break };
            let ReadResult::Bytes(filled) = self.exits.tcp.read(number, &mut self.scratch, now) else { continue };
            let mut cursor = 0;
            loop {
                match frame_at(&self.scratch[..filled], cursor) {
                    Ok(Some(range)) => {
                        cursor = range.end;
                        let packet = &mut self.scratch[range];
                        let Some(path) = self.exits.tcp.admit_packet(number, packet) else { continue };
                        self.plane.receive(now, path, packet);
                    }
                    Ok(None) => break self.exits.tcp.keep(number, &self.scratch[cursor..filled]),
                    Err(_) => break self.exits.tcp.close(number, CloseReason::FrameTooLong),
                }
                self.exits.relieve(&mut self.plane, now, &mut self.counters);
            }
        }
    }

    /// One batch of each socket that may hold something.
    fn read_udp(&mut self, now: Instant) {
        let Worker { plane, exits, inbound, counters, readable, .. } = self;
        for (index, readable) in readable.iter_mut().enumerate().filter(|(_, readable)| **readable) {
            *readable = exits.udp[index].receive(inbound, &mut counters.receive);
            let link = Link::Udp(index as u8);
            // Lent out while the datagrams are gone through, since a flush counts as well.
            let mut receive = std::mem::take(&mut counters.receive);
            inbound.each(&mut receive, |remote, datagram| {
                plane.receive(now, Path { remote, link }, datagram);
                exits.relieve(plane, now, counters);
            });
            counters.receive = receive;
        }
    }

    /// Carries out what the plane wants, and rings the bells; links are closed later, after their last packets.
    fn deliver(&mut self) {
        while let Some(output) = self.plane.poll() {
            match output {
                PlaneOutput::Event(event) => self.post.event(event),
                PlaneOutput::Handshake(input) => self.post.handshake(input),
                PlaneOutput::Relay(to, message) => self.post.message(to, message),
                PlaneOutput::CloseLink(Link::Tcp(number)) => self.closing.push(number),
                PlaneOutput::CloseLink(Link::Udp(_)) => {}
            }
        }
        while let Some((to, packet)) = self.plane.poll_relay_packet() {
            self.post.packet(to, packet);
        }
        self.post.ring();
    }

    /// Writes what TCP peers had no room for, ends connections, and notes what the kernel refused.
    fn close_links(&mut self, now: Instant) {
        self.exits.tcp.write();
        for number in self.closing.drain(..) {
            self.exits.tcp.close(number, CloseReason::Ours);
        }
        let mut closed = false;
        while let Some(path) = self.exits.tcp.reap(self.poll.registry()) {
            self.plane.path_closed(now, path);
            closed = true;
        }
        if closed {
            self.deliver();
        }
        let gso = self.exits.udp.iter().any(UdpSocket::gso);
        if self.gso && !gso {
            self.plane.set_max_segments(1);
        }
        self.gso = gso;
    }

    /// Copies the figures to where the handle finds them. Never waits: while somebody reads, the old ones stand.
    fn publish(&mut self) {
        self.post.measure();
        self.counters.queues.clone_from(&self.post.counters);
        self.counters.tcp.clone_from(&self.exits.tcp.counters);
        self.counters.send.gso_sockets = self.exits.udp.iter().filter(|socket| socket.gso()).count() as u64;
        self.counters.receive.gro_sockets = self.exits.udp.iter().filter(|socket| socket.gro()).count() as u64;
        if let Ok(mut snapshot) = self.published.try_lock() {
            snapshot.plane.clone_from(self.plane.counters());
            snapshot.io.clone_from(&self.counters);
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
