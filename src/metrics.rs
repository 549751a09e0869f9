//! The media plane's counters as Prometheus metrics: read when somebody asks, so that the packet path only ever adds to plain numbers.
//!
//! No metric names a lesson or a participant: their figures go over the HTTP interface, which operators' pages read.

mod family;

use family::Families;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use sfu::counters::{Counters, DropReason, LOSS_BOUNDS_PERCENT, RTT_BOUNDS_MS};
use sfu_io::counters::{IoCounters, TurnTimes};

/// What one worker counted since it began.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkerFigures {
    /// Of its part of the media plane.
    pub(crate) shard: Counters,
    /// Of its thread and sockets.
    pub(crate) io: IoCounters,
}

/// Reads all workers' figures at every scrape.
pub(crate) struct MediaCollector<F> {
    read: F,
    descriptions: Vec<Desc>,
}

impl<F: Fn() -> Vec<WorkerFigures> + Send + Sync> MediaCollector<F> {
    /// `read` gives one entry a worker, in their order.
    pub(crate) fn new(read: F) -> Self {
        let names = families(&[WorkerFigures::default()]);
        let describe = |family: &MetricFamily| Desc::new(family.name().to_owned(), family.help().to_owned(), Vec::new(), Default::default());
        MediaCollector { read, descriptions: names.iter().filter_map(|family| describe(family).ok()).collect() }
    }
}

impl<F: Fn() -> Vec<WorkerFigures> + Send + Sync> Collector for MediaCollector<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        families(&(self.read)())
    }
}

fn families(workers: &[WorkerFigures]) -> Vec<MetricFamily> {
    let mut families = Families::default();
    traffic(&mut families, workers);
    repair(&mut families, workers);
    transports(&mut families, workers);
    sockets(&mut families, workers);
    tcp(&mut families, workers);
    threads(&mut families, workers);
    families.0
}

/// The sum of one figure over all workers.
fn sum(workers: &[WorkerFigures], figure: impl Fn(&WorkerFigures) -> u64) -> u64 {
    workers.iter().map(figure).sum()
}

fn traffic(families: &mut Families, workers: &[WorkerFigures]) {
    let shards = |figure: fn(&Counters) -> u64| sum(workers, |worker| figure(&worker.shard));
    families.counter("tongke_media_received_packets_total", "Packets received, of any kind.", shards(|c| c.packets_in));
    families.counter("tongke_media_received_bytes_total", "Bytes received.", shards(|c| c.bytes_in));
    families.counter("tongke_media_sent_packets_total", "Packets handed over for sending, of any kind.", shards(|c| c.packets_out));
    families.counter("tongke_media_sent_bytes_total", "Bytes handed over for sending.", shards(|c| c.bytes_out));
    families.counter("tongke_media_rtp_received_packets_total", "RTP packets received and authenticated.", shards(|c| c.rtp_in));
    families.counter("tongke_media_forwarded_packets_total", "RTP packets forwarded, one for each subscriber.", shards(|c| c.forwarded));
    families.counter("tongke_media_padding_sent_bytes_total", "Padding added to make runs of equal size.", shards(|c| c.padding_out));
    families.counter("tongke_media_relayed_sent_packets_total", "Packets handed to sibling workers.", shards(|c| c.relayed_out));
    families.counter("tongke_media_relayed_received_packets_total", "Packets taken from sibling workers.", shards(|c| c.relayed_in));
    let drops = DropReason::ALL.iter().map(|reason| (reason.name(), sum(workers, |worker| worker.shard.dropped(*reason))));
    families.counters("tongke_media_dropped_packets_total", "Packets thrown away, by reason.", "reason", drops);
}

fn repair(families: &mut Families, workers: &[WorkerFigures]) {
    let shards = |figure: fn(&Counters) -> u64| sum(workers, |worker| figure(&worker.shard));
    families.counter("tongke_media_retransmitted_sent_packets_total", "Retransmissions sent.", shards(|c| c.rtx_out));
    families.counter("tongke_media_retransmitted_received_packets_total", "Retransmissions received.", shards(|c| c.rtx_in));
    families.counter("tongke_media_nack_received_packets_total", "Packets that subscribers asked for again.", shards(|c| c.nack_in));
    families.counter("tongke_media_nack_sent_packets_total", "Packets asked of publishers again.", shards(|c| c.nack_out));
    families.counter("tongke_media_keyframe_requests_received_total", "Key frame requests of subscribers.", shards(|c| c.pli_in));
    families.counter("tongke_media_keyframe_requests_sent_total", "Key frame requests to publishers.", shards(|c| c.pli_out));
    let rtt = (0..RTT_BOUNDS_MS.len() + 1).map(|bucket| sum(workers, |worker| worker.shard.rtt_ms[bucket])).collect::<Vec<_>>();
    let bounds = RTT_BOUNDS_MS.map(|ms| ms as f64 / 1e3);
    families.histogram_without_sum("tongke_media_rtt_seconds", "Round trips that peers reported (the sum is estimated from the buckets).", &bounds, &rtt);
    let loss = (0..LOSS_BOUNDS_PERCENT.len() + 1).map(|bucket| sum(workers, |worker| worker.shard.loss_percent[bucket])).collect::<Vec<_>>();
    let bounds = LOSS_BOUNDS_PERCENT.map(|percent| percent as f64 / 100.0);
    families.histogram_without_sum(
        "tongke_media_loss_ratio",
        "Shares of lost packets that peers reported (the sum is estimated from the buckets).",
        &bounds,
        &loss,
    );
}

fn transports(families: &mut Families, workers: &[WorkerFigures]) {
    let shards = |figure: fn(&Counters) -> u64| sum(workers, |worker| figure(&worker.shard));
    families.gauge("tongke_media_transports", "Transports held now.", shards(|c| c.transports));
    families.gauge("tongke_media_rooms", "Rooms held now; one that spans workers counts on each.", shards(|c| c.rooms));
    families.gauge("tongke_media_tracks", "Tracks held now, relayed ones included.", shards(|c| c.tracks));
    families.counter("tongke_media_connected_transports_total", "Transports whose ICE and DTLS were completed.", shards(|c| c.connected));
    families.counter("tongke_media_stun_checks_total", "Authenticated connectivity checks.", shards(|c| c.stun_in));
    families.counter("tongke_media_ice_failures_total", "Transports that never connected or whose consent expired.", shards(|c| c.ice_failed));
    families.counter("tongke_media_dtls_failures_total", "Handshakes that failed.", shards(|c| c.dtls_failed));
}

fn sockets(families: &mut Families, workers: &[WorkerFigures]) {
    let io = |figure: fn(&IoCounters) -> u64| sum(workers, |worker| figure(&worker.io));
    let calls = [("receive", io(|c| c.receive.calls)), ("send", io(|c| c.send.calls))];
    families.counters("tongke_media_udp_calls_total", "System calls that received or sent something.", "direction", calls);
    let messages = [("receive", io(|c| c.receive.messages)), ("send", io(|c| c.send.messages))];
    families.counters("tongke_media_udp_messages_total", "Messages of these calls; one may hold several datagrams.", "direction", messages);
    families.counter("tongke_media_udp_segmented_messages_total", "Sent messages that held several datagrams.", io(|c| c.send.segmented));
    families.counter(
        "tongke_media_udp_segmentation_refused_total",
        "Of these, refused by kernel or device and sent one by one.",
        io(|c| c.send.segmentation_refused),
    );
    families.counter("tongke_media_udp_send_waits_total", "Times the loop waited for a full socket.", io(|c| c.send.waits));
    let received = [("truncated", io(|c| c.receive.truncated)), ("malformed", io(|c| c.receive.malformed)), ("error", io(|c| c.receive.errors))];
    families.counters("tongke_media_udp_receive_failures_total", "Datagrams that were not taken in, by reason.", "reason", received);
    let reasons = IoCounters::default().send.drops.by_reason().into_iter().enumerate();
    let drops = reasons.map(|(index, (reason, _))| (reason, sum(workers, |worker| worker.io.send.drops.by_reason()[index].1)));
    families.counters("tongke_media_udp_send_dropped_packets_total", "Datagrams that could not be sent, by reason.", "reason", drops);
    let offloads = [("gro", io(|c| c.receive.gro_sockets)), ("gso", io(|c| c.send.gso_sockets))];
    families.gauges("tongke_media_udp_offload_sockets", "Sockets that use the kernel's offload.", "offload", offloads);
}

fn tcp(families: &mut Families, workers: &[WorkerFigures]) {
    let io = |figure: fn(&IoCounters) -> u64| sum(workers, |worker| figure(&worker.io));
    families.gauge("tongke_media_tcp_connections", "ICE-TCP connections open now.", io(|c| c.tcp.open));
    families.gauge("tongke_media_tcp_queued_bytes", "Bytes that wait for slow ICE-TCP connections.", io(|c| c.tcp.queued_bytes));
    families.counter("tongke_media_tcp_accepted_total", "ICE-TCP connections accepted.", io(|c| c.tcp.accepted));
    let refused = [("full", io(|c| c.tcp.refused.full)), ("address_full", io(|c| c.tcp.refused.address_full)), ("error", io(|c| c.tcp.refused.error))];
    families.counters("tongke_media_tcp_refused_total", "ICE-TCP connections not taken, by reason.", "reason", refused);
    let closed = [
        ("peer", io(|c| c.tcp.closed.peer)),
        ("not_stun", io(|c| c.tcp.closed.not_stun)),
        ("no_stun", io(|c| c.tcp.closed.no_stun)),
        ("frame_too_long", io(|c| c.tcp.closed.frame_too_long)),
        ("idle", io(|c| c.tcp.closed.idle)),
        ("error", io(|c| c.tcp.closed.error)),
        ("ours", io(|c| c.tcp.closed.ours)),
    ];
    families.counters("tongke_media_tcp_closed_total", "ICE-TCP connections closed, by reason.", "reason", closed);
    let dropped = [("queue_full", io(|c| c.tcp.queue_full)), ("no_connection", io(|c| c.tcp.no_connection)), ("too_large", io(|c| c.tcp.too_large))];
    families.counters("tongke_media_tcp_dropped_packets_total", "Packets not written to ICE-TCP connections, by reason.", "reason", dropped);
}

fn threads(families: &mut Families, workers: &[WorkerFigures]) {
    let io = |figure: fn(&IoCounters) -> u64| sum(workers, |worker| figure(&worker.io));
    let bounds = TurnTimes::BOUNDS.map(|us| us as f64 / 1e6);
    let turns = workers.iter().map(|worker| (&worker.io.turns.buckets[..], worker.io.turns.total_ns as f64 / 1e9));
    families.histograms("tongke_media_worker_turn_seconds", "How long turns of a media thread's loop took, without its sleep.", "worker", &bounds, turns);
    let longest = workers.iter().map(|worker| worker.io.turns.longest_ns).max().unwrap_or_default();
    families.gauge_of("tongke_media_worker_longest_turn_seconds", "The longest turn since the start.", longest as f64 / 1e9);
    let waiting = [
        ("commands", io(|c| c.queues.commands)),
        // All workers share one handshake thread.
        ("handshakes", workers.iter().map(|worker| worker.io.queues.handshakes).max().unwrap_or_default()),
        ("relays", io(|c| c.queues.relays_waiting)),
    ];
    families.gauges("tongke_media_queue_length", "What waits now between threads.", "queue", waiting);
    let dropped = [("handshakes", io(|c| c.queues.handshakes_dropped)), ("relays", io(|c| c.queues.relays_dropped))];
    families.counters("tongke_media_queue_dropped_total", "What was dropped because a queue was full.", "queue", dropped);
    families.counter("tongke_media_thread_wakes_total", "Sleeping threads woken by another.", io(|c| c.queues.wakes));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use prometheus::{Registry, TextEncoder};

    fn scrape(workers: Vec<WorkerFigures>) -> String {
        let registry = Registry::new();
        registry.register(Box::new(MediaCollector::new(move || workers.clone()))).unwrap();
        TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
    }

    #[test]
    fn figures_of_all_workers_are_added_up() {
        let mut one = WorkerFigures::default();
        one.shard.forwarded = 40;
        one.shard.drop(DropReason::SrtpReplay);
        one.io.send.drops.would_block = 3;
        let mut two = one.clone();
        two.shard.forwarded = 2;
        let text = scrape(vec![one, two]);
        for line in [
            "tongke_media_forwarded_packets_total 42",
            "tongke_media_dropped_packets_total{reason=\"srtp_replay\"} 2",
            "tongke_media_dropped_packets_total{reason=\"stun_unauthorized\"} 0",
            "tongke_media_udp_send_dropped_packets_total{reason=\"would_block\"} 6",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn histograms_are_cumulative_and_keep_the_last_bucket() {
        let mut worker = WorkerFigures::default();
        worker.shard.rtt_ms = [1, 2, 0, 0, 0, 0, 0, 4];
        worker.io.turns.buckets[0] = 5;
        worker.io.turns.total_ns = 50_000;
        let text = scrape(vec![worker.clone(), WorkerFigures::default()]);
        for line in [
            "tongke_media_rtt_seconds_bucket{le=\"0.01\"} 1",
            "tongke_media_rtt_seconds_bucket{le=\"0.8\"} 3",
            "tongke_media_rtt_seconds_bucket{le=\"+Inf\"} 7",
            "tongke_media_rtt_seconds_count 7",
            "tongke_media_worker_turn_seconds_sum{worker=\"0\"} 0.00005",
            "tongke_media_worker_turn_seconds_count{worker=\"1\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn the_documentation_names_every_metric() {
        let page = include_str!("../docs/metrics.md");
        for family in families(&[WorkerFigures::default()]) {
            assert!(page.contains(&format!("| `{}` |", family.name())), "{} is missing in docs/metrics.md", family.name());
        }
    }

    #[test]
    fn the_documentation_names_every_reason_of_a_drop() {
        let page = include_str!("../docs/metrics.md");
        for reason in DropReason::ALL {
            assert!(page.contains(&format!("| `{}` |", reason.name())), "{} is missing in docs/metrics.md", reason.name());
        }
    }

    #[test]
    fn no_metric_is_there_twice() {
        let families = families(&[WorkerFigures::default()]);
        let mut names: Vec<&str> = families.iter().map(MetricFamily::name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
