//! Gives participants sockets and a thread: each its own UDP socket (its own 5-tuple, as in reality), read in batches with `recvmmsg` and GRO.

use crate::clock::Clock;
use crate::media::subscriber::Account;
use crate::media::tally::{Tally, Window};
use crate::participant::{Happening, Participant};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use std::collections::BTreeMap;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};

const WAKE: Token = Token(usize::MAX);
/// Messages read by one system call; each may hold a whole GRO batch.
const MESSAGES: usize = 8;
const MESSAGE_BYTES: usize = 64 * 1024;
const SOCKET_BUFFER: usize = 1024 * 1024;

/// Told about a participant's events: when it happened, and what.
pub type Happenings = mpsc::UnboundedSender<(Instant, Happening)>;

/// What a reactor has seen.
pub struct Snapshot {
    /// Sums over all participants, those that left included.
    pub tally: Tally,
    /// Each participant that is there.
    pub accounts: BTreeMap<u64, Account>,
}

enum Command {
    Add { id: u64, participant: Box<Participant>, socket: UdpSocket, happenings: Happenings },
    Remove { id: u64 },
    Snapshot { reply: oneshot::Sender<Snapshot> },
}

/// A thread that drives participants. Dropping it ends the thread; every association is closed.
pub struct Reactor {
    commands: Option<Sender<Command>>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl Reactor {
    /// Starts a thread.
    pub fn start(name: &str, clock: Clock, window: Arc<Window>) -> io::Result<Reactor> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (commands, inbox) = channel();
        let driver = Driver { poll, inbox, clock, tally: Tally::new(window), members: BTreeMap::new(), buffers: vec![0; MESSAGES * MESSAGE_BYTES] };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || driver.run())?;
        Ok(Reactor { commands: Some(commands), waker, thread: Some(thread) })
    }

    /// Takes over a participant that has its answer. `server` decides the address family of its socket.
    pub fn add(&self, id: u64, participant: Participant, server: SocketAddr, happenings: Happenings) -> io::Result<()> {
        let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        self.command(Command::Add { id, participant: Box::new(participant), socket, happenings });
        Ok(())
    }

    /// Closes a participant's association and forgets it; its figures stay in the sums.
    pub fn remove(&self, id: u64) {
        self.command(Command::Remove { id });
    }

    /// What was seen so far; `None` when the thread has ended.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        let (reply, snapshot) = oneshot::channel();
        self.command(Command::Snapshot { reply });
        snapshot.await.ok()
    }

    fn command(&self, command: Command) {
        // The thread lives as long as this handle; if it panicked, `snapshot` says so by `None`.
        if let Some(commands) = &self.commands {
            let _ = commands.send(command);
            let _ = self.waker.wake();
        }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Member {
    participant: Box<Participant>,
    socket: UdpSocket,
    state: UdpSocketState,
    happenings: Happenings,
    due: Option<Instant>,
}

struct Driver {
    poll: Poll,
    inbox: Receiver<Command>,
    clock: Clock,
    tally: Tally,
    members: BTreeMap<u64, Member>,
    buffers: Vec<u8>,
}

impl Driver {
    fn run(mut self) {
        let mut events = Events::with_capacity(1_024);
        loop {
            let due = self.members.values().filter_map(|member| member.due).min();
            let timeout = due.map(|due| due.saturating_duration_since(Instant::now()));
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the reactor cannot wait for its sockets and ends");
                return;
            }
            self.send_due();
            for event in &events {
                if event.token() != WAKE && self.receive(event.token().0 as u64) {
                    self.send_due();
                }
            }
            if !self.obey() {
                break;
            }
        }
        for member in self.members.values_mut() {
            member.participant.shut_down();
            member.flush();
        }
    }

    /// Lets everybody do what is due; cheap when nothing is.
    fn send_due(&mut self) {
        let now = Instant::now();
        for member in self.members.values_mut().filter(|member| member.due.is_some_and(|due| due <= now)) {
            member.participant.handle_timeout(now, &mut self.tally);
            member.settle(now);
        }
    }

    /// Reads everything one socket has; returns whether it was more than one batch.
    fn receive(&mut self, id: u64) -> bool {
        let Some(member) = self.members.get_mut(&id) else { return false };
        let mut batches = 0;
        loop {
            let mut slices = self.buffers.chunks_mut(MESSAGE_BYTES).map(IoSliceMut::new);
            let mut slices: [IoSliceMut<'_>; MESSAGES] = std::array::from_fn(|_| slices.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
            let mut metas = [RecvMeta::default(); MESSAGES];
            let count = match member.state.recv((&member.socket).into(), &mut slices, &mut metas) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A refused connection is an ICMP answer to an earlier datagram: ICE notices by itself. Anything else waits for the next event.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                Err(_) => break,
            };
            let now = Instant::now();
            for (meta, slice) in metas.iter().zip(&slices).take(count) {
                let arrived = meta.timestamp.map(|unix| arrival(&self.clock, now, unix));
                for datagram in slice[..meta.len].chunks(meta.stride.max(1)) {
                    member.participant.handle(now, meta.addr, datagram, arrived, &mut self.tally);
                }
            }
            member.settle(now);
            batches += 1;
            if count < MESSAGES {
                break;
            }
        }
        batches > 1
    }

    /// Follows commands; false when the handle is gone.
    fn obey(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add { id, participant, socket, happenings }) => self.add(id, participant, socket, happenings),
                Ok(Command::Remove { id }) => {
                    if let Some(mut member) = self.members.remove(&id) {
                        member.participant.shut_down();
                        member.flush();
                        let _ = self.poll.registry().deregister(&mut member.socket);
                    }
                }
                Ok(Command::Snapshot { reply }) => {
                    let accounts = self.members.iter().map(|(id, member)| (*id, member.participant.account())).collect();
                    let _ = reply.send(Snapshot { tally: self.tally.clone(), accounts });
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => return true,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn add(&mut self, id: u64, participant: Box<Participant>, mut socket: UdpSocket, happenings: Happenings) {
        let now = Instant::now();
        let registered = UdpSocketState::new((&socket).into()).and_then(|state| {
            // A burst for everybody waits here while others are read; smaller where the system's limit is.
            let _ = state.set_recv_buffer_size((&socket).into(), SOCKET_BUFFER);
            self.poll.registry().register(&mut socket, Token(id as usize), Interest::READABLE)?;
            Ok(state)
        });
        match registered {
            Ok(state) => {
                let mut member = Member { participant, socket, state, happenings, due: None };
                member.settle(now);
                self.members.insert(id, member);
            }
            Err(error) => {
                let _ = happenings.send((now, Happening::Closed { reason: format!("socket: {error}") }));
            }
        }
    }
}

impl Member {
    /// After anything happened: sends what is queued, tells what happened, sets the next deadline.
    fn settle(&mut self, now: Instant) {
        self.flush();
        while let Some(happening) = self.participant.poll_happening() {
            let _ = self.happenings.send((now, happening));
        }
        self.due = self.participant.next_timeout();
    }

    fn flush(&mut self) {
        while let Some((destination, contents)) = self.participant.poll_transmit() {
            let transmit = Transmit { destination, ecn: None, contents: &contents, segment_size: None, src_ip: None };
            // A full send buffer loses the datagram, as a network would; the receiver sees it as loss.
            let _ = self.state.try_send((&self.socket).into(), &transmit);
        }
    }
}

/// The kernel's time stamp (UTC) as `CLOCK_MONOTONIC` nanoseconds: by its distance from now.
fn arrival(clock: &Clock, now: Instant, unix: Duration) -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(unix);
    clock.nanos(now.checked_sub(since.min(Duration::from_secs(60))).unwrap_or(now))
}
