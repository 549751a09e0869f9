//! Starting and ending the threads, for any plane.

use crate::config::{IoConfig, MAX_WORKERS, MailboxFull, StartError};
use crate::handshakes;
use crate::plane::Plane;
use crate::post::{Entrance, mesh};
use crate::sys::prefer_this_thread;
use crate::udp::UdpSocket;
use crate::worker::{Ports, Snapshot, Worker};
use core_affinity::CoreId;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use mio::net::TcpListener;
use sfu::id::WorkerId;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What [`Fleet::stop`] waits for the threads to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a plane needs to know of its worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) worker: WorkerId,
    pub(crate) workers: u8,
    pub(crate) now: Instant,
    pub(crate) max_segments: u16,
}

/// The workers of a process and their handshake thread.
pub(crate) struct Fleet<P: Plane> {
    entrance: Entrance<P::Command>,
    published: Vec<Arc<Mutex<Snapshot<P::Counters>>>>,
    candidates: Vec<Vec<(SocketAddr, bool)>>,
    threads: Mutex<Vec<Thread>>,
}

/// A thread, and a channel that closes when it ends.
struct Thread {
    name: String,
    ended: Receiver<()>,
}

impl<P: Plane> Fleet<P> {
    /// Binds everything, then starts everything. Planes are made in their own threads, so that their memory is near.
    pub(crate) fn start(
        config: &IoConfig,
        plane: impl Fn(Place) -> P + Send + Sync + 'static,
        handshaker: impl Fn() -> P::Handshaker,
        on_event: Arc<dyn Fn(P::Event) + Send + Sync>,
    ) -> Result<Fleet<P>, StartError> {
        let cores = core_affinity::get_core_ids().unwrap_or_default();
        let workers = if config.workers == 0 { cores.len().clamp(1, MAX_WORKERS) } else { config.workers };
        check(config, workers)?;
        let (mut ports, mut wakers, mut candidates) = (Vec::new(), Vec::new(), Vec::new());
        for worker in 0..workers {
            let (udp, tcp) = bind(config, worker)?;
            let tcp_candidates = tcp.iter().map(|listener| listener.local_addr().map(|address| (address, true)));
            let own: Result<Vec<_>, _> = udp.iter().map(|socket| Ok((socket.local(), false))).chain(tcp_candidates).collect();
            candidates.push(own.map_err(StartError::Poll)?);
            let (own, waker) = Ports::new(udp, tcp).map_err(StartError::Poll)?;
            ports.push(own);
            wakers.push(waker);
        }
        let (posts, handshake_post, entrance) = mesh::<P>(wakers, on_event);
        let published: Vec<Arc<Mutex<Snapshot<P::Counters>>>> = (0..workers).map(|_| Arc::default()).collect();
        let handshakers: Vec<_> = (0..workers).map(|_| handshaker()).collect();
        let mut threads = vec![spawn("media-dtls".into(), move || handshakes::run::<P>(handshakers, &handshake_post))?];
        let plane = Arc::new(plane);
        let limits = config.tcp;
        let max_segments = config.max_segments.clamp(1, 64);
        for (index, ((ports, post), published)) in ports.into_iter().zip(posts).zip(&published).enumerate() {
            let (plane, published) = (plane.clone(), published.clone());
            let core = (!cores.is_empty()).then(|| cores[index % cores.len()]);
            let thread = spawn(format!("media-{index}"), move || {
                pin(index, core);
                prefer(index);
                let now = Instant::now();
                let max_segments = if ports.gso() { max_segments } else { 1 };
                let place = Place { worker: WorkerId(index as u8), workers: workers as u8, now, max_segments };
                let mut worker = Worker::new(ports, plane(place), post, limits, published, now);
                if let Err(error) = worker.run() {
                    panic!("epoll of media worker {index} failed: {error}");
                }
            });
            match thread {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    entrance.stop();
                    return Err(error);
                }
            }
        }
        Ok(Fleet { entrance, published, candidates, threads: Mutex::new(threads) })
    }

    pub(crate) fn command(&self, worker: WorkerId, command: P::Command) -> Result<(), MailboxFull> {
        self.entrance.command(worker, command).map_err(|_| MailboxFull(worker.0))
    }

    pub(crate) fn candidates(&self, worker: WorkerId) -> &[(SocketAddr, bool)] {
        self.candidates.get(usize::from(worker.0)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn count(&self) -> usize {
        self.candidates.len()
    }

    pub(crate) fn snapshots(&self) -> impl Iterator<Item = Snapshot<P::Counters>> {
        self.published.iter().map(|snapshot| snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Ends all threads, after the commands they hold. Returns whether all ended in time.
    pub(crate) fn stop(&self) -> bool {
        self.entrance.stop();
        let deadline = Instant::now() + FAREWELL;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let mut all = true;
        for thread in threads {
            if thread.ended.recv_deadline(deadline) == Err(RecvTimeoutError::Timeout) {
                tracing::error!(thread = thread.name, "a media thread does not end; leaving it behind");
                all = false;
            }
        }
        all
    }
}

impl<P: Plane> Drop for Fleet<P> {
    fn drop(&mut self) {
        self.entrance.stop();
    }
}

fn check(config: &IoConfig, workers: usize) -> Result<(), StartError> {
    if config.addresses.is_empty() {
        return Err(StartError::NoAddress);
    }
    if config.addresses.len() > 255 {
        return Err(StartError::TooManyAddresses(config.addresses.len()));
    }
    if let Some(address) = config.addresses.iter().find(|address| address.is_unspecified()) {
        return Err(StartError::Unspecified(*address));
    }
    if workers > MAX_WORKERS {
        return Err(StartError::TooManyWorkers(workers));
    }
    if config.first_port != 0 && usize::from(config.first_port) + workers > 65_536 {
        return Err(StartError::Ports { first_port: config.first_port, workers });
    }
    Ok(())
}

fn bind(config: &IoConfig, worker: usize) -> Result<(Vec<UdpSocket>, Vec<TcpListener>), StartError> {
    let port = if config.first_port == 0 { 0 } else { config.first_port + worker as u16 };
    let addresses = config.addresses.iter().map(|ip| SocketAddr::new(*ip, port));
    let (mut udp, mut tcp) = (Vec::new(), Vec::new());
    for address in addresses {
        let failed = |protocol| move |source| StartError::Bind { protocol, address, source };
        udp.push(UdpSocket::bind(address, config.offload).map_err(failed("UDP"))?);
        tcp.push(TcpListener::bind(address).map_err(failed("TCP"))?);
    }
    Ok((udp, tcp))
}

fn pin(worker: usize, core: Option<CoreId>) {
    if !core.is_some_and(core_affinity::set_for_current) {
        tracing::warn!(worker, ?core, "the worker is not pinned to a core: the system refuses; going on without");
    }
}

fn prefer(worker: usize) {
    if let Err(error) = prefer_this_thread() {
        tracing::debug!(worker, %error, "the worker has the usual priority: allow it a niceness of -10 (LimitNICE=-10 in systemd) so that packets do not wait for the server’s other threads");
    }
}

/// Starts a thread whose panic ends the process.
///
/// A worker that panicked leaves its transports, tracks and relays in pieces, and the lessons of its siblings hang on them. The server is made to come back
/// within seconds of a restart with nothing lost but those seconds, so the whole starts anew rather than limping on.
fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<Thread, StartError> {
    struct AbortOnPanic;
    impl Drop for AbortOnPanic {
        fn drop(&mut self) {
            if std::thread::panicking() {
                tracing::error!(thread = std::thread::current().name(), "a media thread panicked; ending the process, to be started anew");
                std::process::abort();
            }
        }
    }
    let (ends, ended): (Sender<()>, _) = bounded(0);
    let run = move || {
        let _ends = ends;
        let _abort = AbortOnPanic;
        body();
    };
    std::thread::Builder::new().name(name.clone()).spawn(run).map_err(StartError::Thread)?;
    Ok(Thread { name, ended })
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
