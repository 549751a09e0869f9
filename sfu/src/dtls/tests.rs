#![allow(clippy::unwrap_used)]

use super::world::*;
use super::*;
use crate::srtp::SrtpProfile;
use rand::Rng;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const CHROMIUM: &[u8] = include_bytes!("../../tests/fixtures/dtls-ch-chromium.bin");
const FIREFOX: &[u8] = include_bytes!("../../tests/fixtures/dtls-ch-firefox.bin");

/// A browser's ClientHello is two datagrams of a record each.
fn datagrams(fixture: &'static [u8]) -> [Bytes; 2] {
    let len = 13 + usize::from(u16::from_be_bytes([fixture[11], fixture[12]]));
    [Bytes::from_static(&fixture[..len]), Bytes::from_static(&fixture[len..])]
}

fn waiting() -> (Handshaker, Instant) {
    let now = Instant::now();
    let mut handshaker = Handshaker::new(Certificate::generate().unwrap());
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![1; 32] };
    handshaker.receive(now, HandshakeInput { transport: ID, kind: HandshakeRequest::Start { active: false, fingerprint } });
    (handshaker, now)
}

fn feed(handshaker: &mut Handshaker, now: Instant, datagram: &Bytes) -> Vec<HandshakeProgress> {
    handshaker.receive(now, HandshakeInput { transport: ID, kind: HandshakeRequest::Datagram(datagram.clone()) });
    std::iter::from_fn(|| handshaker.poll()).map(|output| output.kind).collect()
}

/// The profile in the ServerHello that begins our flight, found by the `use_srtp` extension (type 14, RFC 5764 §4.1.1).
fn profile_of_flight(outputs: &[HandshakeProgress]) -> u16 {
    let [HandshakeProgress::Datagram(first), ..] = outputs else { panic!("no flight: {outputs:?}") };
    assert_eq!((first[0], first[13]), (22, 2), "a handshake record with a ServerHello");
    let extension = first.windows(9).find(|at| at[..6] == [0, 14, 0, 5, 0, 2] && at[8] == 0).unwrap();
    u16::from_be_bytes([extension[6], extension[7]])
}

#[test]
fn a_clean_handshake_takes_two_round_trips() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    assert_eq!(world.elapsed(), Duration::from_millis(80));
    world.assert_same_keys(false);
    assert_eq!(world.keys.as_ref().unwrap().profile, SrtpProfile::Aes256Gcm);
    world.run(SECOND, |_| false);
    assert_eq!(world.handshaker.next_timeout(), None, "nothing to wait for any more");
    assert_eq!(world.handshaker.len(), 1);
}

#[test]
fn the_last_flight_may_be_lost_twice_without_a_repetition_of_the_peers() {
    let patient = |line| World::with(1, line, Config::builder().flight_start_rto(SECOND).dangerously_set_rng_seed(1).build().unwrap(), false);
    let mut world = patient(clean());
    assert!(world.run(SECOND, |world| world.keys.is_some()));
    let last = world.sent_to_peer.len() - 1;
    assert!(world.connect(SECOND));
    let clean_time = world.elapsed();
    let mut world = patient(Box::new(move |to, nth, _| if to == Way::ToPeer && (last..last + 2).contains(&nth) { vec![] } else { vec![Duration::ZERO] }));
    assert!(world.connect(SECOND));
    assert_eq!(world.elapsed(), clean_time + Duration::from_millis(40));
    let sent = world.sent_by_peer.len();
    world.run(SECOND, |_| false);
    assert_eq!((world.sent_to_peer.len(), world.sent_by_peer.len()), (last + 3, sent), "three copies, and whoever has one is silent");
    assert!(world.sent_to_peer[last..].iter().all(|copy| *copy == world.sent_to_peer[last]), "the same to the bit");
    world.assert_same_keys(false);
}

#[test]
fn any_datagram_may_be_lost_once() {
    for way in [Way::ToServer, Way::ToPeer] {
        for lost in 0..4 {
            let mut world = World::new(1, Box::new(move |to, nth, _| if (to, nth) == (way, lost) { vec![] } else { vec![Duration::ZERO] }));
            assert!(world.connect(SECOND), "datagram {lost} {way:?}");
            world.assert_same_keys(false);
        }
    }
}

#[test]
fn everything_may_come_twice() {
    let mut world = World::new(1, Box::new(|_, _, _| vec![Duration::ZERO, Duration::from_millis(3)]));
    assert!(world.connect(SECOND));
    world.run(SECOND, |_| false);
    assert!(world.ended.is_none());
    world.assert_same_keys(false);
}

#[test]
fn datagrams_may_overtake_each_other() {
    for seed in 0..30 {
        let config = browser().mtu(200).build().unwrap();
        let line: Line = Box::new(|_, _, random| vec![Duration::from_millis(random.random_range(0..60))]);
        let mut world = World::with(seed, line, config, false);
        assert!(world.connect(3 * SECOND), "seed {seed}");
        world.assert_same_keys(false);
    }
}

/// The time until both ends had keys, for so many seeds.
fn times(seeds: u64, make: impl Fn(u64) -> World) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..seeds)
        .map(|seed| {
            let mut world = make(seed);
            assert!(world.connect(30 * SECOND), "seed {seed} stalled: {:?} {:?}", world.ended, world.keys);
            world.assert_same_keys(false);
            world.elapsed()
        })
        .collect();
    times.sort();
    times
}

#[test]
fn a_fifth_lost_delays_nobody_for_long() {
    let times = times(1000, |seed| World::new(seed, lossy(0.2)));
    assert!(times[500] < SECOND && times[999] < 5 * SECOND, "median {:?}, worst {:?}", times[500], times[999]);
}

#[test]
fn a_fifth_lost_with_packed_records() {
    let times = times(100, |seed| {
        let mut world = World::new(seed, lossy(0.2));
        world.recut = Some(pack());
        world
    });
    assert!(times[99] < 5 * SECOND, "median {:?}, worst {:?}", times[50], times[99]);
}

#[test]
fn a_fifth_lost_with_fragments_cut_anew_each_time() {
    let times = times(40, |seed| {
        let mut world = World::new(seed, lossy(0.2));
        world.recut = Some(cut());
        world
    });
    assert!(times[39] < 10 * SECOND, "median {:?}, worst {:?}", times[20], times[39]);
}

#[test]
fn we_can_be_the_client() {
    for seed in 0..20 {
        let mut world = World::with(seed, if seed == 0 { clean() } else { lossy(0.2) }, browser().build().unwrap(), true);
        assert!(world.connect(10 * SECOND), "seed {seed}");
        world.assert_same_keys(true);
        assert_eq!(world.handshaker.next_timeout(), None, "the last flight is the peer's");
    }
}

#[test]
fn a_wrong_fingerprint_gives_no_keys() {
    let mut world = World::new(1, clean());
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![0; 32] };
    world.input(HandshakeRequest::Start { active: false, fingerprint });
    world.run(SECOND, |world| world.ended.is_some());
    assert!(matches!(world.ended, Some(HandshakeProgress::Failed(HandshakeError::FingerprintMismatch))));
    assert!(world.keys.is_none() && world.peer.keys.is_none());
    assert!(world.handshaker.is_empty() && world.handshaker.next_timeout().is_none());
}

#[test]
fn longer_fingerprints_are_compared_with_their_own_hash() {
    use aws_lc_rs::digest::{SHA384, SHA512, digest};
    for (algorithm, hash) in [(FingerprintAlgorithm::Sha384, &SHA384), (FingerprintAlgorithm::Sha512, &SHA512)] {
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let bytes = digest(hash, &certificate.certificate).as_ref().to_vec();
        let mut world = World::new(1, clean());
        world.peer.dtls = dimpl::Dtls::new_12(Arc::new(browser().build().unwrap()), certificate, world.now);
        world.peer.dtls.set_active(true);
        world.input(HandshakeRequest::Start { active: false, fingerprint: Fingerprint { algorithm, bytes } });
        assert!(world.connect(SECOND), "{algorithm:?}");
    }
}

#[test]
fn browsers_hellos_draw_a_flight_with_gcm_in_any_order() {
    for fixture in [CHROMIUM, FIREFOX] {
        for order in [[0, 1], [1, 0]] {
            let (mut handshaker, now) = waiting();
            let parts = datagrams(fixture);
            assert!(feed(&mut handshaker, now, &parts[order[0]]).is_empty());
            let outputs = feed(&mut handshaker, now, &parts[order[1]]);
            assert_eq!(profile_of_flight(&outputs), 8, "AEAD_AES_256_GCM, though Chromium lists AES-CM first");
        }
    }
}

#[test]
fn a_repeated_hello_draws_the_flight_again() {
    let (mut handshaker, now) = waiting();
    let [first, second] = datagrams(CHROMIUM);
    feed(&mut handshaker, now, &first);
    assert!(!feed(&mut handshaker, now, &second).is_empty());
    let later = now + Duration::from_millis(100);
    let again = [feed(&mut handshaker, later, &first), feed(&mut handshaker, later, &second)].concat_all();
    profile_of_flight(&again);
}

trait ConcatAll {
    fn concat_all(self) -> Vec<HandshakeProgress>;
}

impl ConcatAll for [Vec<HandshakeProgress>; 2] {
    fn concat_all(self) -> Vec<HandshakeProgress> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn a_hello_cut_anew_after_a_loss_is_put_together() {
    let (mut handshaker, now) = waiting();
    let [first, second] = datagrams(FIREFOX);
    assert!(feed(&mut handshaker, now, &first).is_empty());
    // The second half was lost; the repetition is cut at byte 700, and its first half is lost.
    let body = [&first[25..], &second[25..]].concat();
    let mut fragment = second[..13].to_vec();
    fragment[11..13].copy_from_slice(&((body.len() - 700 + 12) as u16).to_be_bytes());
    fragment.extend(&first[13..19]);
    fragment.extend(&700_u32.to_be_bytes()[1..]);
    fragment.extend(&((body.len() - 700) as u32).to_be_bytes()[1..]);
    fragment.extend(&body[700..]);
    profile_of_flight(&feed(&mut handshaker, now, &fragment.into()));
}

#[test]
fn aes_cm_is_taken_where_gcm_is_not_offered() {
    let (mut handshaker, now) = waiting();
    let [first, second] = datagrams(FIREFOX);
    // The list of profiles, all of them replaced by AES-CM and such as nobody knows.
    let replace = |part: &Bytes| {
        let mut part = part.to_vec();
        let at = part.windows(6).position(|at| at[..3] == [0, 14, 0] && at[4] == 0 && at[3] == at[5] + 3);
        if let Some(at) = at {
            let profiles = usize::from(part[at + 5]);
            let unknown = [0, 0xff].repeat(profiles / 2 - 1);
            part[at + 6..at + 6 + profiles].copy_from_slice(&[&unknown[..], &[0, 1]].concat());
        }
        Bytes::from(part)
    };
    feed(&mut handshaker, now, &replace(&first));
    assert_eq!(profile_of_flight(&feed(&mut handshaker, now, &replace(&second))), 1);
}

#[test]
fn strangers_datagrams_make_no_session() {
    let mut handshaker = Handshaker::new(Certificate::generate().unwrap());
    let now = Instant::now();
    for part in datagrams(CHROMIUM) {
        assert!(matches!(feed(&mut handshaker, now, &part)[..], [HandshakeProgress::Dropped(DropReason::DtlsNoSession)]));
    }
    assert_eq!(handshaker.len(), 0);
    assert_eq!(handshaker.next_timeout(), None);
}

#[test]
fn a_handshake_that_does_not_end_fails_after_30_s() {
    for hello in [false, true] {
        let (mut handshaker, start) = waiting();
        if hello {
            for part in datagrams(CHROMIUM) {
                feed(&mut handshaker, start, &part);
            }
        }
        let mut flights = 0;
        let mut now = start;
        while let Some(at) = handshaker.next_timeout() {
            assert!(at > now, "time goes on");
            now = at;
            handshaker.timeout(now);
            while let Some(output) = handshaker.poll() {
                match output.kind {
                    HandshakeProgress::Datagram(_) => flights += 1,
                    HandshakeProgress::Failed(error) => assert_eq!(error, HandshakeError::Timeout),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(now - start, 30 * SECOND);
        assert_eq!(flights, if hello { 30 } else { 0 });
        assert!(handshaker.is_empty());
    }
}

#[test]
fn the_peer_closes() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    world.peer.dtls.close().unwrap();
    assert!(world.run(SECOND, |world| world.ended.is_some()));
    assert!(matches!(world.ended, Some(HandshakeProgress::Closed)));
    assert!(world.handshaker.is_empty());
}

#[test]
fn we_close() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    world.input(HandshakeRequest::Close);
    assert!(world.handshaker.is_empty());
    assert!(world.run(SECOND, |world| world.peer.closed));
    world.input(HandshakeRequest::Close);
    assert!(world.ended.is_none());
}

#[test]
fn a_session_outlives_garbage_and_replays() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    for datagram in world.sent_by_peer.clone() {
        world.input(HandshakeRequest::Datagram(datagram.clone().into()));
        for at in 0..datagram.len() {
            let mut changed = datagram.clone();
            changed[at] ^= 0x55;
            world.input(HandshakeRequest::Datagram(changed.into()));
            world.input(HandshakeRequest::Datagram(Bytes::copy_from_slice(&datagram[..at])));
        }
    }
    assert!(world.ended.is_none());
    world.peer.dtls.close().unwrap();
    assert!(world.run(SECOND, |world| world.ended.is_some()), "still listens");
}

#[test]
fn every_datagram_of_garbage_is_counted() {
    use DropReason::{DtlsMalformed, DtlsUnused};
    // Plain and encrypted records of each type, well-formed on the outside.
    let records = (20..=23_u8).flat_map(|kind| (0..=1).map(move |epoch| [&[kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 1, 0, 0, 40][..], &[0x5a; 40]].concat()));
    let records: Vec<Vec<u8>> = records.collect();
    for connected in [false, true] {
        let mut world = World::new(1, clean());
        assert!(!connected || world.connect(SECOND));
        world.dropped.clear();
        let mut garbage = vec![vec![20; 3], vec![22; 400], vec![63; 1200]];
        // In a handshake that has not begun, a ChangeCipherSpec and an alert in the clear may be the peer's.
        garbage.extend(records.iter().filter(|record| connected || !matches!(record[0], 20 | 21)).cloned());
        let count = garbage.len();
        for datagram in garbage {
            world.input(HandshakeRequest::Datagram(datagram.into()));
        }
        assert_eq!(world.dropped.len(), count, "{connected}: {:?}", world.dropped);
        assert_eq!(world.dropped[..3], [DtlsMalformed; 3]);
        let plain_handshakes = world.dropped[3..].iter().filter(|reason| **reason == DtlsMalformed).count();
        assert_eq!((plain_handshakes, world.dropped[3..].iter().filter(|reason| **reason == DtlsUnused).count()), (1, count - 4));
        assert!(world.ended.is_none());
    }
}

#[test]
fn a_clean_handshake_drops_nothing() {
    for recut in [None, Some(pack()), Some(cut())] {
        let mut world = World::new(1, clean());
        world.recut = recut;
        assert!(world.connect(SECOND));
        assert_eq!(world.dropped, []);
    }
}

#[test]
fn a_restart_begins_anew() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    let mut other = World::new(2, clean());
    other.handshaker = world.handshaker;
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![3; 32] };
    other.input(HandshakeRequest::Start { active: false, fingerprint });
    assert_eq!(other.handshaker.len(), 1);
    other.run(SECOND, |world| world.ended.is_some());
    assert!(matches!(other.ended, Some(HandshakeProgress::Failed(HandshakeError::FingerprintMismatch))));
}

#[test]
fn nothing_secret_is_printed() {
    let mut world = World::new(1, clean());
    assert!(world.connect(SECOND));
    let keys = world.keys.unwrap();
    let printed = format!("{:?}", HandshakeProgress::Keys(keys));
    assert_eq!(printed, "Keys(SrtpKeys { profile: Aes256Gcm, local: KeySalt(SRTP_AEAD_AES_256_GCM), remote: KeySalt(SRTP_AEAD_AES_256_GCM) })");
    assert!(format!("{:?}", Certificate::generate().unwrap()).starts_with("Certificate("));
}
