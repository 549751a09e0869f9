//! Joins signaling to the media workers: answers offers, places transports, passes plans down and events up.

mod events;
mod placement;
mod plan;

use crate::config::Config;
use crate::failure::Failure;
use crate::metrics::WorkerFigures;
use futures_util::future::BoxFuture;
use placement::{Load, choose};
use protocol::{ParticipantId, SlotLine};
use rand::Rng;
use rand::distr::Alphanumeric;
use sfu::command::Command;
use sfu::dtls::Certificate;
use sfu::event::Event;
use sfu::id::{Kind, RoomId, TransportId, WorkerId};
use sfu::sdp::{AnswerOptions, Candidate, Negotiated, Protocol, Sources, answer, parse_fragment, write_fragment};
use sfu::spec::{Fingerprint, IceCredentials, TransportSpec};
use sfu_io::{IoConfig, Workers};
use signaling::media::{MediaError, MediaEvent, MediaPlane, OfferAnswer, OfferRequest, RoomPlan};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Events that may wait for signaling; figures come once a second, the rest is rare.
const EVENTS: usize = 4_096;

/// A running media plane.
pub(crate) struct Media {
    /// For signaling.
    pub(crate) plane: Arc<dyn MediaPlane>,
    /// What it reports.
    pub(crate) events: mpsc::Receiver<MediaEvent>,
    /// What its workers counted, one entry each.
    pub(crate) figures: Box<dyn Fn() -> Vec<WorkerFigures> + Send + Sync>,
}

/// Starts it.
///
/// # Errors
/// A socket or a thread could not be had.
pub(crate) fn start(config: &Config) -> Result<Media, Failure> {
    let certificate = Certificate::generate().map_err(Failure::room("making the DTLS certificate"))?;
    let fingerprint = certificate.fingerprint();
    let io = IoConfig { workers: config.workers().into(), ..IoConfig::new(config.media_addresses(), config.media_port) };
    let (sender, events) = mpsc::channel(EVENTS);
    let state: Arc<Mutex<State>> = Arc::default();
    let known = Arc::clone(&state);
    let workers = Workers::start(io, certificate, move |event| report(&known, &sender, event)).map_err(Failure::room("starting the media workers"))?;
    lock(&state).loads = vec![0; workers.count()];
    let counted = workers.clone();
    let figures = move || counted.counters().into_iter().map(|counters| WorkerFigures { shard: counters.shard, io: counters.io }).collect();
    let plane = Plane { workers, fingerprint, public_ips: config.media_public_ips.clone(), state };
    Ok(Media { plane: Arc::new(plane), events, figures: Box::new(figures) })
}

/// The media workers of this node, as signaling sees them.
struct Plane {
    workers: Workers,
    fingerprint: Fingerprint,
    /// Addresses outside a NAT that forwards the ports unchanged.
    public_ips: Vec<IpAddr>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    rooms: HashMap<String, Room>,
    next_transport: u64,
    loads: Vec<usize>,
}

#[derive(Default)]
struct Room {
    plan: Arc<sfu::command::RoomPlan>,
    members: HashMap<String, Member>,
}

struct Member {
    transport: TransportId,
    worker: WorkerId,
    ice: IceCredentials,
    mids: Vec<(Kind, String)>,
}

impl Plane {
    fn candidates(&self, worker: WorkerId, local: Option<IpAddr>) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = self
            .workers
            .candidates(worker)
            .into_iter()
            .map(|(address, tcp)| Candidate { address, protocol: if tcp { Protocol::Tcp } else { Protocol::Udp } })
            .collect();
        // The address that the page was reached at is the likeliest to work for media too.
        let outside: Vec<Candidate> = candidates
            .iter()
            .flat_map(|own| self.public_ips.iter().map(|public| Candidate { address: SocketAddr::new(*public, own.address.port()), protocol: own.protocol }))
            .filter(|public| !candidates.contains(public))
            .collect();
        candidates.extend(outside);
        candidates.dedup();
        candidates.sort_by_key(|candidate| (candidate.protocol == Protocol::Tcp, Some(candidate.address.ip()) != local));
        candidates
    }

    fn post(&self, worker: WorkerId, command: Command) -> Result<(), MediaError> {
        self.workers.command(worker, command).map_err(|error| MediaError::Busy(error.to_string()))
    }

    /// Pure: nothing is placed or made.
    fn negotiate(&self, request: &OfferRequest, transport: TransportId, ice: &(String, String), candidates: &[Candidate]) -> Result<Negotiated, MediaError> {
        let declared: Vec<(String, sfu::id::Source)> = request.sources.iter().map(|line| (line.mid.clone(), plan::source(line.source))).collect();
        let may_send: Vec<sfu::id::Source> = request.may_send.iter().copied().map(plan::source).collect();
        let mut given = HashSet::new();
        let mut ssrcs = || loop {
            let ssrc = rand::rng().random_range(1..u32::MAX);
            if given.insert(ssrc) {
                return ssrc;
            }
        };
        answer(
            &request.sdp,
            AnswerOptions {
                transport,
                room: RoomId::from(request.lesson.as_str()),
                participant: sfu::id::ParticipantId::from(request.participant.0.as_str()),
                local_ufrag: &ice.0,
                local_pwd: &ice.1,
                fingerprint: &self.fingerprint,
                candidates,
                sources: if request.infer_sources { Sources::Inferred } else { Sources::Declared(&declared) },
                may_send: &may_send,
                ssrcs: &mut ssrcs,
                session_id: transport.0,
            },
        )
        .map_err(|error| MediaError::OfferInvalid(error.to_string()))
    }

    fn answer(&self, request: &OfferRequest) -> Result<OfferAnswer, MediaError> {
        let mut state = lock(&self.state);
        let (worker, id) = state.place(request);
        let ice = credentials();
        let candidates = self.candidates(worker, request.local);
        let negotiated = self.negotiate(request, id, &ice, &candidates)?;
        let member = Member { transport: id, worker, ice: negotiated.spec.ice.clone(), mids: mids(&negotiated.spec) };
        let room = state.rooms.entry(request.lesson.clone()).or_default();
        let before = room.members.insert(request.participant.0.clone(), member);
        let plan = Arc::clone(&room.plan);
        if let Some(before) = before {
            state.leave(before.worker);
            // On another worker nothing else would end it.
            if before.worker != worker {
                self.post(before.worker, Command::RemoveTransport(before.transport))?;
            }
        }
        state.loads[usize::from(worker.0)] += 1;
        self.post(worker, Command::AddTransport(Box::new(negotiated.spec)))?;
        self.post(worker, Command::Plan { room: RoomId::from(request.lesson.as_str()), plan })?;
        let slots = negotiated.slots.into_iter().map(|(slot, mid)| SlotLine { slot, mid }).collect();
        Ok(OfferAnswer { sdp: negotiated.sdp, slots, ice_tag: ice.0 })
    }

    fn apply_fragment(&self, lesson: &str, participant: &ParticipantId, text: &str) -> Result<Option<String>, MediaError> {
        let fragment = parse_fragment(text).map_err(|error| MediaError::OfferInvalid(error.to_string()))?;
        let mut state = lock(&self.state);
        let unknown = || MediaError::UnknownTransport(participant.0.clone());
        let member = state.rooms.get_mut(lesson).and_then(|room| room.members.get_mut(&participant.0)).ok_or_else(unknown)?;
        let Some((ufrag, pwd)) = fragment.credentials else { return Ok(None) };
        if ufrag == member.ice.remote_ufrag {
            return Ok(None);
        }
        let (local_ufrag, local_pwd) = credentials();
        member.ice = IceCredentials { local_ufrag, local_pwd, remote_ufrag: ufrag, remote_pwd: pwd };
        let command = Command::RestartIce { transport: member.transport, credentials: member.ice.clone() };
        let (worker, ice, mids) = (member.worker, member.ice.clone(), member.mids.clone());
        drop(state);
        self.post(worker, command)?;
        let mids: Vec<(Kind, &str)> = mids.iter().map(|(kind, mid)| (*kind, mid.as_str())).collect();
        Ok(Some(write_fragment(&ice.local_ufrag, &ice.local_pwd, &self.candidates(worker, None), &mids)))
    }
}

impl MediaPlane for Plane {
    fn check(&self, request: &OfferRequest) -> Result<(), MediaError> {
        self.negotiate(request, TransportId(0), &credentials(), &[]).map(drop)
    }

    fn offer(&self, request: OfferRequest) -> BoxFuture<'_, Result<OfferAnswer, MediaError>> {
        Box::pin(async move { self.answer(&request) })
    }

    fn patch(&self, lesson: &str, participant: &ParticipantId, fragment: String) -> BoxFuture<'_, Result<Option<String>, MediaError>> {
        let result = self.apply_fragment(lesson, participant, &fragment);
        Box::pin(async move { result })
    }

    fn plan(&self, lesson: &str, plan: RoomPlan) {
        let plan = Arc::new(plan::translate(plan));
        let mut state = lock(&self.state);
        let room = state.rooms.entry(lesson.to_owned()).or_default();
        room.plan = Arc::clone(&plan);
        let workers: HashSet<WorkerId> = room.members.values().map(|member| member.worker).collect();
        for worker in workers {
            if let Err(error) = self.post(worker, Command::Plan { room: RoomId::from(lesson), plan: Arc::clone(&plan) }) {
                tracing::error!(%error, lesson, "a plan did not reach a worker");
            }
        }
    }

    fn remove(&self, lesson: &str, participant: &ParticipantId) {
        let mut state = lock(&self.state);
        let Some(member) = state.rooms.get_mut(lesson).and_then(|room| room.members.remove(&participant.0)) else { return };
        state.leave(member.worker);
        if let Err(error) = self.post(member.worker, Command::RemoveTransport(member.transport)) {
            tracing::error!(%error, lesson, "a transport could not be removed; its consent will expire");
        }
    }

    fn close(&self, lesson: &str) {
        let mut state = lock(&self.state);
        let Some(room) = state.rooms.remove(lesson) else { return };
        for member in room.members.values() {
            state.leave(member.worker);
        }
        for worker in 0..self.workers.count() {
            if let Err(error) = self.post(WorkerId(worker as u8), Command::CloseRoom(RoomId::from(lesson))) {
                tracing::error!(%error, lesson, "a room could not be closed; its transports' consent will expire");
            }
        }
    }
}

impl State {
    /// The worker for a participant's transport, and the transport's name.
    fn place(&mut self, request: &OfferRequest) -> (WorkerId, TransportId) {
        self.next_transport += 1;
        let room = self.rooms.get(&request.lesson);
        let loads: Vec<Load> = self
            .loads
            .iter()
            .enumerate()
            .map(|(worker, transports)| Load {
                transports: *transports,
                of_room: room.map_or(0, |room| room.members.values().filter(|member| usize::from(member.worker.0) == worker).count()),
            })
            .collect();
        (WorkerId(choose(&loads) as u8), TransportId(self.next_transport))
    }

    fn leave(&mut self, worker: WorkerId) {
        if let Some(load) = self.loads.get_mut(usize::from(worker.0)) {
            *load = load.saturating_sub(1);
        }
    }
}

/// Passes an event on, from a media thread: never waits.
fn report(state: &Mutex<State>, events: &mpsc::Sender<MediaEvent>, event: Event) {
    if !is_current(state, &event) {
        return;
    }
    if let Err(mpsc::error::TrySendError::Full(event)) = events.try_send(events::translate(event)) {
        tracing::warn!(?event, "signaling is behind; a media event was dropped");
    }
}

/// Whether an event speaks of a transport that still is its participant's; forgets one that was lost.
fn is_current(state: &Mutex<State>, event: &Event) -> bool {
    let (room, participant, transport) = match event {
        Event::Connected { room, participant, transport } | Event::Lost { room, participant, transport, .. } => (room, participant, transport),
        _ => return true,
    };
    let mut state = lock(state);
    let Some(members) = state.rooms.get_mut(&*room.0).map(|room| &mut room.members) else { return false };
    let Some(member) = members.get(&*participant.0).filter(|member| member.transport == *transport) else { return false };
    if matches!(event, Event::Lost { .. }) {
        let worker = member.worker;
        members.remove(&*participant.0);
        state.leave(worker);
    }
    true
}

/// The m-lines of a transport, each once.
fn mids(spec: &TransportSpec) -> Vec<(Kind, String)> {
    let mut mids: Vec<(Kind, String)> = spec.sources.iter().map(|source| (source.source.kind(), source.mid.to_string())).collect();
    let slots = spec.slots.iter().map(|slot| (slot.kind, slot.mid.to_string()));
    for (kind, mid) in slots {
        if !mids.iter().any(|(_, known)| *known == mid) {
            mids.push((kind, mid));
        }
    }
    mids
}

/// Fresh ICE credentials: 48 and 190 bits of randomness, within the bounds of RFC 8839 section 5.4.
fn credentials() -> (String, String) {
    let random = |len: usize| rand::rng().sample_iter(Alphanumeric).take(len).map(char::from).collect();
    (random(8), random(32))
}

/// A panic elsewhere leaves plain data behind; going on with it is better than ending every lesson.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
