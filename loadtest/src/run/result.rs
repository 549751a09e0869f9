//! From counters to a report.

use super::attendance::Attendees;
use super::{Costs, Plan};
use crate::fullstack::Found;
use crate::media::subscriber::Account;
use crate::media::tally::{Tally, histogram};
use crate::reactor::Snapshot;
use crate::report::{Cpu, Milliseconds, Packets, Report};
use crate::rtp::stamp::Flow;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn report(plan: &Plan, attendees: Attendees, reactors: &[Snapshot; 2], stacks: &[Found], costs: Costs) -> Report {
    let mut tally = Tally::new(reactors[0].tally.window.clone());
    reactors.iter().map(|snapshot| &snapshot.tally).chain(stacks.iter().map(|found| &found.tally)).for_each(|one| tally.merge(one));
    let accounts: Vec<&Account> = reactors[1].accounts.values().chain(stacks.iter().map(|found| &found.account)).collect();
    let packets = packets(plan, &tally, &accounts);
    let window = plan.seconds.max(1) as f64;
    let cpu = Cpu {
        server_us_per_packet: costs.server.filter(|_| packets.forwarded > 0).map(|used| used.as_secs_f64() * 1e6 / packets.forwarded as f64),
        server_cores: costs.server.map(|used| used.as_secs_f64() / window),
        generator_cores: costs.generator.as_secs_f64() / window,
    };
    Report {
        lesson: plan.lesson.clone(),
        seconds: plan.seconds,
        classrooms: attendees.classrooms,
        full_stack: attendees.full_stack,
        join_ms: distribution(&attendees.joins),
        picture_ms: distribution(&attendees.pictures),
        latency_ms: Milliseconds::of(&tally.latency),
        arrival_ms: Milliseconds::of(&tally.arrival),
        packets,
        cpu,
        send_late_ms: Milliseconds::of(&reactors[0].tally.lateness),
        srtp: attendees.profiles.into_iter().map(str::to_owned).collect(),
        missed: Vec::new(),
    }
}

/// Delivery by stamps where our host sent, by sequence numbers where it did not. Who is not there lost everything.
fn packets(plan: &Plan, tally: &Tally, accounts: &[&Account]) -> Packets {
    let wanted = [Flow::Audio, Flow::Video(plan.layer)];
    let of = |counts: &BTreeMap<Flow, u64>| wanted.iter().map(|flow| counts.get(flow).copied().unwrap_or(0)).sum::<u64>();
    let receivers = (plan.classrooms + plan.full_stack) as u64;
    let sent = of(&tally.host_sent);
    let delivered: u64 = accounts.iter().map(|account| of(&account.host)).sum();
    let share = |lost: u64, of: u64| if of == 0 { 0.0 } else { lost as f64 / of as f64 };
    let (expected, loss, worst_loss) = if plan.host {
        let expected = sent * receivers;
        let least = accounts.iter().map(|account| of(&account.host)).min().filter(|_| accounts.len() as u64 >= receivers).unwrap_or(0);
        (Some(expected), share(expected.saturating_sub(delivered), expected), share(sent.saturating_sub(least), sent))
    } else {
        let (sequenced, missing) = accounts.iter().fold((0, 0), |sum, account| (sum.0 + account.sequenced, sum.1 + account.missing));
        let worst = accounts.iter().map(|account| share(account.missing, account.sequenced)).fold(0.0, f64::max);
        (None, share(missing, sequenced), worst)
    };
    // Media that carries no stamps (somebody else teaches) is counted by arrival.
    let forwarded = if tally.delivered > 0 { tally.delivered } else { tally.received };
    Packets {
        expected,
        delivered: if plan.host { delivered } else { forwarded },
        loss,
        worst_loss,
        others: if plan.host { tally.delivered.saturating_sub(delivered) } else { 0 },
        forwarded,
        bytes: tally.delivered_bytes,
        duplicates: tally.duplicates,
        out_of_order: tally.out_of_order,
        nacks: tally.nacks,
        repaired: tally.repaired,
        plis: tally.plis,
        retransmitted: tally.retransmitted,
        drops: tally.drops.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
    }
}

fn distribution(durations: &[Duration]) -> Option<Milliseconds> {
    let mut all = histogram();
    durations.iter().for_each(|duration| all.saturating_record(duration.as_nanos() as u64));
    Milliseconds::of(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tally::Window;
    use crate::tokens::Tokens;
    use std::sync::Arc;

    fn plan(classrooms: usize, host: bool) -> Plan {
        Plan {
            url: String::new(),
            lesson: String::new(),
            tokens: Tokens::default(),
            classrooms,
            full_stack: 0,
            publish: 0,
            seconds: 30,
            ramp: Duration::ZERO,
            layer: 2,
            audio_slots: 1,
            host,
            server_pid: None,
        }
    }

    fn account(audio: u64, top: u64, low: u64) -> Account {
        let host = [(Flow::Audio, audio), (Flow::Video(2), top), (Flow::Video(0), low)].into();
        Account { host, ..Account::default() }
    }

    fn tally(delivered: u64) -> Tally {
        let mut tally = Tally::new(Arc::new(Window::default()));
        tally.host_sent = [(Flow::Audio, 50), (Flow::Video(0), 30), (Flow::Video(2), 170)].into();
        tally.delivered = delivered;
        tally
    }

    #[test]
    fn a_lower_layer_is_no_substitute_for_the_one_asked_for() {
        let (full, half) = (account(50, 170, 0), account(50, 60, 30));
        let packets = packets(&plan(2, true), &tally(360), &[&full, &half]);
        assert_eq!((packets.expected, packets.delivered, packets.others), (Some(440), 330, 30));
        assert!((packets.loss - 0.25).abs() < 1e-9 && (packets.worst_loss - 0.5).abs() < 1e-9, "{packets:?}");
    }

    #[test]
    fn who_is_not_there_lost_everything() {
        let full = account(50, 170, 0);
        let packets = packets(&plan(2, true), &tally(220), &[&full]);
        assert_eq!((packets.loss, packets.worst_loss), (0.5, 1.0));
    }

    #[test]
    fn without_our_host_sequence_numbers_tell() {
        let some = Account { sequenced: 200, missing: 10, ..Account::default() };
        let mut tally = tally(0);
        tally.received = 190;
        let packets = packets(&plan(1, false), &tally, &[&some]);
        assert_eq!((packets.expected, packets.forwarded, packets.delivered), (None, 190, 190));
        assert!((packets.loss - 0.05).abs() < 1e-9);
    }
}
