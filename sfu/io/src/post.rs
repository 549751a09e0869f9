//! Everything that crosses threads: commands, handshakes, relays and the bells that wake a sleeping worker.

use crate::counters::QueueCounters;
use crate::plane::{Handshakes, Input, Output, Plane};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use mio::Waker;
use rtrb::{Consumer, Producer, RingBuffer};
use sfu::id::WorkerId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};

/// Commands that may wait for a worker.
const COMMANDS: usize = 4_096;
/// Handshake datagrams that may wait for the handshake thread, of all workers together.
const HANDSHAKES: usize = 4_096;
/// Media packets that may wait between all workers of a pair together, shared out; at most 1,024 a pair. A packet takes 1.5 KiB.
const RELAYS: usize = 8_192;

/// Wakes a worker, but only when it sleeps: a busy one looks at its mail at every turn.
pub(crate) struct Doorbell {
    waker: Waker,
    asleep: AtomicBool,
}

impl Doorbell {
    pub(crate) fn new(waker: Waker) -> Doorbell {
        Doorbell { waker, asleep: AtomicBool::new(false) }
    }

    /// After something was posted. Returns whether the worker had to be woken.
    pub(crate) fn ring(&self) -> bool {
        // Pairs with the fence in `doze`: either this sees the worker asleep, or the worker sees what was posted.
        fence(Ordering::SeqCst);
        let asleep = self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::Relaxed);
        if asleep && let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake a worker; it looks at its mail when it next wakes by itself");
        }
        asleep
    }

    /// The worker is about to sleep; it must look at its mail once more after this.
    fn doze(&self) {
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }
}

/// Media packets from one sibling.
pub(crate) struct Relay<T> {
    pub(crate) from: WorkerId,
    pub(crate) ring: Consumer<T>,
    /// How many are to be taken in this turn.
    pub(crate) waiting: usize,
}

/// The ends of one worker.
pub(crate) struct Post<P: Plane> {
    id: WorkerId,
    stop: Arc<AtomicBool>,
    bells: Arc<[Doorbell]>,
    /// Which siblings were sent something since their bells were last rung.
    ring: Vec<bool>,
    pub(crate) commands: Receiver<P::Command>,
    pub(crate) handshakes: Receiver<Output<P>>,
    pub(crate) messages: Receiver<(WorkerId, P::RelayMessage)>,
    pub(crate) relays: Vec<Relay<P::RelayPacket>>,
    to_handshakes: Sender<(WorkerId, Input<P>)>,
    to_messages: Vec<Sender<(WorkerId, P::RelayMessage)>>,
    /// None to itself.
    to_packets: Vec<Option<Producer<P::RelayPacket>>>,
    on_event: Arc<dyn Fn(P::Event) + Send + Sync>,
    pub(crate) counters: QueueCounters,
}

impl<P: Plane> Post<P> {
    /// Whether the worker is to end.
    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Makes ready for sleep. Returns false when there is a reason not to.
    pub(crate) fn may_sleep(&self) -> bool {
        self.bells[usize::from(self.id.0)].doze();
        !self.waiting()
    }

    /// After sleep: nobody needs to ring.
    pub(crate) fn awake(&self) {
        self.bells[usize::from(self.id.0)].asleep.store(false, Ordering::Relaxed);
    }

    /// Whether there is mail.
    pub(crate) fn waiting(&self) -> bool {
        !self.commands.is_empty()
            || !self.handshakes.is_empty()
            || !self.messages.is_empty()
            || self.relays.iter().any(|relay| !relay.ring.is_empty())
            || self.stopping()
    }

    /// To the handshake thread. Datagrams are dropped and counted while it is far behind: the peer sends them again.
    pub(crate) fn handshake(&mut self, input: Input<P>) {
        if self.to_handshakes.len() >= HANDSHAKES && P::Handshaker::droppable(&input) {
            self.counters.handshakes_dropped += 1;
            return;
        }
        // It ends only after the workers.
        let _ = self.to_handshakes.send((self.id, input));
    }

    /// To a sibling, reliably and in order.
    pub(crate) fn message(&mut self, to: WorkerId, message: P::RelayMessage) {
        let to = usize::from(to.0);
        if let Some(channel) = self.to_messages.get(to) {
            // Fails only when the sibling has ended, as we are about to.
            let _ = channel.send((self.id, message));
            self.ring[to] = true;
        }
    }

    /// To a sibling, unless it is far behind.
    pub(crate) fn packet(&mut self, to: WorkerId, packet: P::RelayPacket) {
        let to = usize::from(to.0);
        match self.to_packets.get_mut(to).and_then(Option::as_mut).map(|ring| ring.push(packet)) {
            Some(Ok(())) => {
                self.counters.relayed += 1;
                self.ring[to] = true;
            }
            Some(Err(_)) | None => self.counters.relays_dropped += 1,
        }
    }

    /// Rings where something was posted.
    pub(crate) fn ring(&mut self) {
        for (posted, bell) in self.ring.iter_mut().zip(self.bells.iter()) {
            if std::mem::take(posted) {
                self.counters.wakes += u64::from(bell.ring());
            }
        }
    }

    /// To whoever listens.
    pub(crate) fn event(&self, event: P::Event) {
        (self.on_event)(event);
    }

    /// Brings the present figures up to date.
    pub(crate) fn measure(&mut self) {
        self.counters.commands = self.commands.len() as u64;
        self.counters.handshakes = self.to_handshakes.len() as u64;
        self.counters.relays_waiting = self.relays.iter().map(|relay| relay.ring.slots() as u64).sum();
    }
}

/// The handshake thread's ends.
pub(crate) struct HandshakePost<P: Plane> {
    pub(crate) inputs: Receiver<(WorkerId, Input<P>)>,
    outputs: Vec<Sender<Output<P>>>,
    bells: Arc<[Doorbell]>,
}

impl<P: Plane> HandshakePost<P> {
    /// To a worker.
    pub(crate) fn output(&self, to: usize, output: Output<P>) {
        // Fails only when the worker has ended.
        let _ = self.outputs[to].send(output);
        self.bells[to].ring();
    }
}

/// The ends of the handle.
pub(crate) struct Entrance<C> {
    commands: Vec<Sender<C>>,
    bells: Arc<[Doorbell]>,
    stop: Arc<AtomicBool>,
}

impl<C> Entrance<C> {
    /// To a worker; given back when its mailbox is full or there is no such worker.
    pub(crate) fn command(&self, to: WorkerId, command: C) -> Result<(), C> {
        let to = usize::from(to.0);
        let Some(mailbox) = self.commands.get(to) else { return Err(command) };
        mailbox.try_send(command).map_err(|error| match error {
            TrySendError::Full(command) | TrySendError::Disconnected(command) => command,
        })?;
        self.bells[to].ring();
        Ok(())
    }

    /// Ends all workers after what they have in their mailboxes.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        for bell in self.bells.iter() {
            bell.ring();
        }
    }
}

/// Joins as many workers as there are wakers.
pub(crate) fn mesh<P: Plane>(wakers: Vec<Waker>, on_event: Arc<dyn Fn(P::Event) + Send + Sync>) -> (Vec<Post<P>>, HandshakePost<P>, Entrance<P::Command>) {
    let count = wakers.len();
    let bells: Arc<[Doorbell]> = wakers.into_iter().map(Doorbell::new).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let (to_handshakes, inputs) = unbounded();
    let (to_messages, messages): (Vec<_>, Vec<_>) = (0..count).map(|_| unbounded()).unzip();
    let (outputs, handshakes): (Vec<_>, Vec<_>) = (0..count).map(|_| unbounded()).unzip();
    let (to_commands, commands): (Vec<_>, Vec<_>) = (0..count).map(|_| bounded(COMMANDS)).unzip();
    let mut producers: Vec<Vec<_>> = Vec::new();
    let mut consumers: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
    for from in 0..count {
        let row = (0..count).map(|to| {
            (from != to).then(|| {
                let (producer, consumer) = RingBuffer::new((RELAYS / count).clamp(128, 1_024));
                consumers[to].push(Relay { from: WorkerId(from as u8), ring: consumer, waiting: 0 });
                producer
            })
        });
        producers.push(row.collect());
    }
    let ends = commands.into_iter().zip(handshakes).zip(messages).zip(consumers.into_iter().zip(producers)).enumerate();
    let posts = ends
        .map(|(index, (((commands, handshakes), messages), (relays, to_packets)))| Post {
            id: WorkerId(index as u8),
            stop: stop.clone(),
            bells: bells.clone(),
            ring: vec![false; count],
            commands,
            handshakes,
            messages,
            relays,
            to_handshakes: to_handshakes.clone(),
            to_messages: to_messages.clone(),
            to_packets,
            on_event: on_event.clone(),
            counters: QueueCounters::default(),
        })
        .collect();
    (posts, HandshakePost { inputs, outputs, bells: bells.clone() }, Entrance { commands: to_commands, bells, stop })
}
