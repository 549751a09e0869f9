//! `loadtest`: simulated host and classrooms against a running server.

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use loadtest::report::Thresholds;
use loadtest::run::{Phase, Plan, run};
use loadtest::tokens::Tokens;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Simulated host and classrooms over real ICE, DTLS and SRTP: join times, loss, latency, and the server's cost of a packet.
///
/// Exit code 0: all thresholds held and everybody stayed; 1: something was missed (named on stderr); 2: there is no result.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version)]
struct Arguments {
    /// The server, e.g. http://127.0.0.1:8080; default: as in the token file.
    #[arg(long)]
    url: Option<String>,
    /// The lesson's id; default: as in the token file.
    #[arg(long)]
    lesson: Option<String>,
    /// JSON of `tongke demo --json`, {"host": …, "classrooms": […]}, or […] of `tongke token --count`; several add up.
    #[arg(long, required = true)]
    token_file: Vec<PathBuf>,
    /// Light classrooms.
    #[arg(long, default_value_t = 10)]
    classrooms: usize,
    /// Length of the measured window, after everybody has joined.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Nobody of ours teaches; loss is then told by sequence numbers.
    #[arg(long)]
    no_host: bool,
    /// The server's process on this machine, for the cost of a packet.
    #[arg(long)]
    server_pid: Option<u32>,
    /// Whole `webrtc` PeerConnections besides.
    #[arg(long, default_value_t = 0)]
    full_stack: usize,
    /// How many of the light classrooms publish camera and sound.
    #[arg(long, default_value_t = 0)]
    publish: usize,
    /// Joins are spread evenly over so many seconds.
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    ramp: f64,
    /// The layer each asks for: 0 (150 kbit/s), 1 (500 kbit/s), 2 (1.5 Mbit/s).
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    layer: u8,
    /// Receiving audio m-lines of each.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=8))]
    audio_slots: u8,
    /// Highest share of packets lost, 0 to 1.
    #[arg(long)]
    max_loss: Option<f64>,
    /// Highest 99th percentile of the one-way latency, in ms.
    #[arg(long)]
    max_p99_ms: Option<f64>,
    /// Highest 95th percentile of the join time, in ms.
    #[arg(long)]
    max_join_p95_ms: Option<f64>,
    /// Highest cost of the server, in µs of processor time per forwarded packet; needs --server-pid.
    #[arg(long)]
    max_cpu_us: Option<f64>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("must be a number of seconds from 0 to 3600".into()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match measure(&arguments) {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            missed.iter().for_each(|missed| eprintln!("loadtest: missed: {missed}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("loadtest: {error}");
            ExitCode::from(2)
        }
    }
}

fn measure(arguments: &Arguments) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let tokens = Tokens::read(&arguments.token_file)?;
    let named = |given: &Option<String>, read: &Option<String>, flag: &str| {
        given.clone().or_else(|| read.clone()).ok_or_else(|| format!("no {flag}: the token files do not say it, give --{flag}"))
    };
    let plan = Plan {
        url: named(&arguments.url, &tokens.url, "url")?,
        lesson: named(&arguments.lesson, &tokens.lesson, "lesson")?,
        tokens,
        classrooms: arguments.classrooms,
        full_stack: arguments.full_stack,
        publish: arguments.publish,
        seconds: arguments.seconds,
        ramp: Duration::from_secs_f64(arguments.ramp),
        layer: arguments.layer,
        audio_slots: arguments.audio_slots,
        host: !arguments.no_host,
        server_pid: arguments.server_pid,
    };
    let bar = progress_bar();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let shown = bar.clone();
    let report = runtime.block_on(run(plan, Box::new(move |phase| show(&shown, phase))));
    bar.finish_and_clear();
    runtime.shutdown_timeout(Duration::from_secs(1));
    let mut report = report?;
    report.missed = report.check(&Thresholds {
        max_loss: arguments.max_loss,
        max_p99_ms: arguments.max_p99_ms,
        max_join_p95_ms: arguments.max_join_p95_ms,
        max_cpu_us: arguments.max_cpu_us,
    });
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(report.missed)
}

fn progress_bar() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(1), target);
    if let Ok(style) = ProgressStyle::with_template("{msg:>10} [{bar:40}] {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, phase: Phase) {
    let (message, position, length) = match phase {
        Phase::Joining { there, of } => ("joining", there as u64, of as u64),
        Phase::Measuring { elapsed, of } => ("measuring", elapsed, of),
    };
    bar.set_message(message);
    bar.set_length(length);
    bar.set_position(position);
}
