//! Builds metric families from plain numbers.

use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// The families of one scrape.
#[derive(Default)]
pub(super) struct Families(pub(super) Vec<MetricFamily>);

impl Families {
    pub(super) fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.push(name, help, MetricType::COUNTER, vec![counter(value)]);
    }

    pub(super) fn counters(&mut self, name: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'static str, u64)>) {
        let metrics = values.into_iter().map(|(which, value)| labelled(counter(value), label, which)).collect();
        self.push(name, help, MetricType::COUNTER, metrics);
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.gauge_of(name, help, value as f64);
    }

    pub(super) fn gauge_of(&mut self, name: &str, help: &str, value: f64) {
        self.push(name, help, MetricType::GAUGE, vec![gauge(value)]);
    }

    pub(super) fn gauges(&mut self, name: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'static str, u64)>) {
        let metrics = values.into_iter().map(|(which, value)| labelled(gauge(value as f64), label, which)).collect();
        self.push(name, help, MetricType::GAUGE, metrics);
    }

    /// `counts` has one bucket more than `bounds`: what is above the last bound. The sum is taken as if all of a bucket were at its upper bound (the last
    /// one's at the last bound), for counters that keep no sum.
    pub(super) fn histogram_without_sum(&mut self, name: &str, help: &str, bounds: &[f64], counts: &[u64]) {
        let last = bounds.last().copied().unwrap_or_default();
        let sum = counts.iter().zip(bounds.iter().chain(std::iter::repeat(&last))).map(|(count, bound)| *count as f64 * bound).sum();
        self.push(name, help, MetricType::HISTOGRAM, vec![histogram(bounds, counts, sum)]);
    }

    /// One histogram an entry of `values` (counts as in [`Families::histogram_without_sum`], and their sum), labelled by its number.
    pub(super) fn histograms<'a>(&mut self, name: &str, help: &str, label: &str, bounds: &[f64], values: impl Iterator<Item = (&'a [u64], f64)>) {
        let metrics = values.enumerate().map(|(index, (counts, sum))| labelled(histogram(bounds, counts, sum), label, &index.to_string())).collect();
        self.push(name, help, MetricType::HISTOGRAM, metrics);
    }

    fn push(&mut self, name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) {
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family.set_help(help.to_owned());
        family.set_field_type(kind);
        family.set_metric(metrics);
        self.0.push(family);
    }
}

fn counter(value: u64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value as f64);
    let mut metric = Metric::default();
    metric.set_counter(counter);
    metric
}

fn gauge(value: f64) -> Metric {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    Metric::from_gauge(gauge)
}

fn histogram(bounds: &[f64], counts: &[u64], sum: f64) -> Metric {
    let mut cumulative = 0;
    let buckets = bounds.iter().zip(counts).map(|(bound, count)| {
        cumulative += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(*bound);
        bucket.set_cumulative_count(cumulative);
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(counts.iter().sum());
    histogram.set_sample_sum(sum);
    let mut metric = Metric::default();
    metric.set_histogram(histogram);
    metric
}

fn labelled(mut metric: Metric, name: &str, value: &str) -> Metric {
    let mut label = LabelPair::default();
    label.set_name(name.to_owned());
    label.set_value(value.to_owned());
    metric.set_label(vec![label]);
    metric
}
