//! Signaling's metrics. Labels are bounded: never a participant, a lesson or a client's text. `docs/metrics.md` lists them.

use crate::store::{StoreError, WriterMetrics};
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// Seconds from a few hundred microseconds to ten.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The `code` of a refusal by HTTP that has none of its own.
pub(crate) const UNNAMED: &str = "unnamed";

/// Of HTTP and WebSocket connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) open: IntGauge,
    /// By `reason`: `limit` or `address`.
    pub(crate) refused: IntCounterVec,
}

impl Connections {
    /// Registers both.
    ///
    /// # Errors
    /// Where the registry holds one of the names already.
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let connections = Self {
            open: gauge(registry, "tongke_http_connections", "HTTP and WebSocket connections open.")?,
            refused: counters(registry, "tongke_http_connections_refused_total", "Connections closed as they came, by reason.", &["reason"])?,
        };
        begin(&connections.refused, ["limit", "address"]);
        Ok(connections)
    }
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) registry: Registry,
    /// By `state`.
    pub(crate) lessons: IntGaugeVec,
    /// By `role`.
    pub(crate) participants: IntGaugeVec,
    /// By `outcome`: `joined`, `resumed`, or the code of the refusal.
    pub(crate) joins: IntCounterVec,
    pub(crate) join_seconds: Histogram,
    pub(crate) media_connect_seconds: Histogram,
    pub(crate) connections: IntGauge,
    /// By `type`.
    pub(crate) received: IntCounterVec,
    /// By `type`.
    pub(crate) sent: IntCounterVec,
    /// By `reason`.
    pub(crate) closed: IntCounterVec,
    /// By `code`; [`UNNAMED`] where the refusal has none.
    pub(crate) refused: IntCounterVec,
    pub(crate) rate_limited: IntCounter,
    /// By `reason`.
    pub(crate) dropped: IntCounterVec,
    pub(crate) http: Connections,
    /// By `route` and `status`.
    pub(crate) requests: IntCounterVec,
    /// By `route`.
    pub(crate) request_seconds: HistogramVec,
    pub(crate) plans: IntCounter,
    /// By `outcome`: `accepted` or `refused`.
    pub(crate) sign_ins: IntCounterVec,
    /// By `outcome`: `delivered`, `retried`, `failed` or `dropped`.
    pub(crate) webhooks: IntCounterVec,
    /// By `act`.
    pub(crate) acts: IntCounterVec,
    pub(crate) writer: WriterMetrics,
}

impl Metrics {
    /// Registers all.
    ///
    /// # Errors
    /// Where the registry holds one of the names already.
    pub(crate) fn register(registry: Registry) -> Result<Self, prometheus::Error> {
        let r = &registry;
        let metrics = Self {
            lessons: gauges(r, "tongke_lessons", "Lessons in memory.", &["state"])?,
            participants: gauges(r, "tongke_participants", "Participants online.", &["role"])?,
            joins: counters(r, "tongke_joins_total", "Joins, by what came of them.", &["outcome"])?,
            join_seconds: histogram(r, "tongke_join_seconds", "From reading a join to its welcome.")?,
            media_connect_seconds: histogram(r, "tongke_media_connect_seconds", "From reading an offer to a working transport.")?,
            connections: gauge(r, "tongke_websocket_connections", "WebSockets open.")?,
            received: counters(r, "tongke_messages_received_total", "Messages read from pages.", &["type"])?,
            sent: counters(r, "tongke_messages_sent_total", "Messages handed to pages' queues.", &["type"])?,
            closed: counters(r, "tongke_websocket_closed_total", "WebSockets closed, by reason.", &["reason"])?,
            refused: counters(r, "tongke_refusals_total", "Messages and requests refused.", &["code"])?,
            rate_limited: counter(r, "tongke_rate_limited_total", "Connections closed for sending too fast.")?,
            dropped: counters(r, "tongke_signaling_dropped_total", "Commands and events without effect.", &["reason"])?,
            http: Connections::register(r)?,
            requests: counters(r, "tongke_http_requests_total", "HTTP requests answered.", &["route", "status"])?,
            request_seconds: histograms(r, "tongke_http_request_seconds", "Time to an HTTP response's head.", &["route"])?,
            plans: counter(r, "tongke_room_plans_total", "Plans sent to the media plane.")?,
            sign_ins: counters(r, "tongke_sign_ins_total", "Attempts of people to sign in, by what came of them.", &["outcome"])?,
            webhooks: counters(r, "tongke_webhook_deliveries_total", "Events told to webhooks, by what came of it.", &["outcome"])?,
            acts: counters(r, "tongke_lesson_acts_total", "What hosts and the bell did to lessons.", &["act"])?,
            writer: WriterMetrics {
                seconds: histogram(r, "tongke_store_write_seconds", "Time of a store transaction.")?,
                errors: counters(r, "tongke_store_errors_total", "Store transactions that failed and writes that were lost.", &["kind"])?,
                pending: gauge(r, "tongke_store_pending_writes", "Writes that wait for the store.")?,
            },
            registry,
        };
        for state in protocol::LessonState::ALL {
            metrics.lessons.with_label_values(&[state.name()]).set(0);
        }
        for role in protocol::Role::ALL {
            metrics.participants.with_label_values(&[role.name()]).set(0);
        }
        begin(&metrics.refused, protocol::ErrorCode::ALL.iter().map(|code| code.name()).chain([UNNAMED]));
        begin(&metrics.writer.errors, StoreError::KINDS.into_iter().chain(["queue_full"]));
        Ok(metrics)
    }
}

/// Shows these labels' counters as 0 before anything is counted: an increase is told from a sample before it.
fn begin(counters: &IntCounterVec, labels: impl IntoIterator<Item = &'static str>) {
    for label in labels {
        counters.with_label_values(&[label]);
    }
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let metric = IntGauge::new(name, help)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, prometheus::Error> {
    let metric = IntGaugeVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    let metric = IntCounter::new(name, help)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn histogram(registry: &Registry, name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
    let metric = Histogram::with_opts(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()))?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn histograms(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec, prometheus::Error> {
    let metric = HistogramVec::new(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()), labels)?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
