//! `rtc-stun` as the other side, and the paths of browsers as they behave.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::path::Link;
use rtc_crypto::default_provider;
use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_SOFTWARE, ATTR_UNKNOWN_ATTRIBUTES, ATTR_USE_CANDIDATE, ATTR_USERNAME,
    AttrType,
};
use rtc_stun::error_code::ErrorCodeAttribute;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Getter, Message, Setter};
use rtc_stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

const PASSWORD: &str = "ours-is-a-password-long-enough";
const HOST: u32 = 0x6e7f_1eff;
const WORSE: u32 = 0x6e7e_1eff;

fn credentials() -> IceCredentials {
    IceCredentials { local_ufrag: "ours".into(), local_pwd: PASSWORD.into(), remote_ufrag: "theirs".into(), remote_pwd: "their-password".into() }
}

fn udp(remote: &str) -> Path {
    Path { remote: remote.parse().unwrap(), link: Link::Udp(0) }
}

fn tcp(remote: &str, connection: u64) -> Path {
    Path { remote: remote.parse().unwrap(), link: Link::Tcp(connection) }
}

/// A request in the making.
struct Make {
    username: &'static str,
    password: &'static str,
    priority: u32,
    nominates: bool,
    extra: Vec<(AttrType, Vec<u8>)>,
}

impl Make {
    fn check() -> Make {
        Make { username: "ours:theirs", password: PASSWORD, priority: HOST, nominates: false, extra: Vec::new() }
    }

    fn nomination() -> Make {
        Make { nominates: true, ..Make::check() }
    }

    fn priority(self, priority: u32) -> Make {
        Make { priority, ..self }
    }

    fn with(mut self, kind: AttrType, value: &[u8]) -> Make {
        self.extra.push((kind, value.to_vec()));
        self
    }

    fn message(&self) -> Message {
        let mut message = Message::new();
        message.set_type(BINDING_REQUEST);
        message.write_header();
        message.new_transaction_id().unwrap();
        message.add(ATTR_USERNAME, self.username.as_bytes());
        message.add(ATTR_PRIORITY, &self.priority.to_be_bytes());
        for (kind, value) in &self.extra {
            message.add(*kind, value);
        }
        if self.nominates {
            message.add(ATTR_USE_CANDIDATE, &[]);
        }
        message
    }

    fn bytes(&self) -> Vec<u8> {
        let mut message = self.message();
        add_integrity(&mut message, self.password);
        FINGERPRINT.add_to(&mut message).unwrap();
        message.raw
    }
}

fn add_integrity(message: &mut Message, password: &str) {
    let provider = default_provider().unwrap();
    MessageIntegrity::new_short_term_integrity_with_provider(password.into(), provider.crypto()).add_to(message).unwrap();
}

/// Decodes a reply and checks integrity and fingerprint.
fn read_reply(reply: &[u8], password: &str) -> Message {
    let mut message = Message::new();
    message.unmarshal_binary(reply).unwrap();
    FINGERPRINT.check(&message).unwrap();
    MessageIntegrity::check(&mut message, password.as_bytes(), default_provider().unwrap().crypto()).unwrap();
    message
}

/// An agent in virtual time.
struct World {
    ice: IceLite,
    start: Instant,
    now: Instant,
    reply: Vec<u8>,
}

impl World {
    fn new() -> World {
        let now = Instant::now();
        World { ice: IceLite::new(credentials(), now), start: now, now, reply: Vec::new() }
    }

    fn at(&mut self, seconds: f64) -> &mut World {
        self.now = self.start + Duration::from_secs_f64(seconds);
        self
    }

    fn receive(&mut self, path: Path, message: &[u8]) -> Result<IceEvent, StunDrop> {
        self.ice.receive(self.now, path, message, &mut self.reply)
    }

    fn make(&mut self, path: Path, make: &Make) -> IceEvent {
        self.receive(path, &make.bytes()).unwrap()
    }

    fn check(&mut self, path: Path) -> IceEvent {
        self.make(path, &Make::check())
    }

    fn nominate(&mut self, path: Path) -> IceEvent {
        self.make(path, &Make::nomination())
    }
}

#[test]
fn the_reply_satisfies_the_oracle() {
    let mut world = World::new();
    for remote in ["192.0.2.7:54321", "[2001:db8::7]:54321"] {
        let request = Make::check().with(ATTR_ICE_CONTROLLING, &[1; 8]).with(AttrType(0xc057), &[0, 3, 0, 10]);
        let bytes = request.bytes();
        world.receive(udp(remote), &bytes).unwrap();
        let reply = read_reply(&world.reply, PASSWORD);
        assert_eq!(reply.typ, BINDING_SUCCESS);
        assert_eq!(reply.transaction_id.0, bytes[8..20]);
        let mut mapped = XorMappedAddress::default();
        mapped.get_from(&reply).unwrap();
        assert_eq!(SocketAddr::new(mapped.ip, mapped.port), remote.parse().unwrap());
    }
}

#[test]
fn an_ipv4_address_from_a_dual_stack_socket_is_told_as_ipv4() {
    let mut world = World::new();
    world.check(udp("[::ffff:192.0.2.7]:54321"));
    let mut mapped = XorMappedAddress::default();
    mapped.get_from(&read_reply(&world.reply, PASSWORD)).unwrap();
    assert_eq!(mapped.ip.to_string(), "192.0.2.7");
}

#[test]
fn strangers_are_told_nothing() {
    let mut world = World::new();
    let mut no_fingerprint = Make::check().message();
    add_integrity(&mut no_fingerprint, PASSWORD);
    let mut no_integrity = Make::check().message();
    FINGERPRINT.add_to(&mut no_integrity).unwrap();
    let mut bad_crc = Make::check().bytes();
    *bad_crc.last_mut().unwrap() ^= 1;
    let mut response = Make::check().bytes();
    response[..2].copy_from_slice(&[1, 1]);
    let mut indication = Make::check().bytes();
    indication[..2].copy_from_slice(&[0, 0x11]);
    let cases = [
        (Make { username: "other:theirs", ..Make::check() }.bytes(), StunDrop::UnknownUfrag),
        (Make { username: "our:theirs", ..Make::check() }.bytes(), StunDrop::UnknownUfrag),
        (Make { username: "ours", ..Make::check() }.bytes(), StunDrop::Malformed),
        (Make { password: "guessed", ..Make::check() }.bytes(), StunDrop::BadIntegrity),
        (no_fingerprint.raw, StunDrop::BadFingerprint),
        (no_integrity.raw, StunDrop::BadIntegrity),
        (bad_crc, StunDrop::BadFingerprint),
        (response, StunDrop::NotRequest),
        (indication, StunDrop::NotRequest),
        (vec![0; 20], StunDrop::Malformed),
        (Vec::new(), StunDrop::Malformed),
    ];
    for (message, reason) in cases {
        world.reply = vec![1, 2, 3];
        assert_eq!(world.receive(udp("192.0.2.7:1"), &message), Err(reason));
        assert!(world.reply.is_empty());
    }
    assert_eq!(world.ice.selected(), None);
    assert_eq!(world.ice.paths().count(), 0);
}

#[test]
fn every_truncation_and_every_flipped_bit_is_dropped() {
    let mut world = World::new();
    let message = Make::nomination().bytes();
    for len in 0..message.len() {
        assert!(world.receive(udp("192.0.2.7:1"), &message[..len]).is_err(), "{len} bytes");
        let _ = peek_ufrag(&message[..len]);
    }
    for bit in 0..message.len() * 8 {
        let mut changed = message.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(world.receive(udp("192.0.2.7:1"), &changed).is_err(), "bit {bit}");
        let _ = peek_ufrag(&changed);
    }
    assert_eq!(world.ice.paths().count(), 0);
}

#[test]
fn what_stands_behind_the_integrity_does_not_count() {
    let mut message = Make::check().message();
    add_integrity(&mut message, PASSWORD);
    message.add(ATTR_USE_CANDIDATE, &[]);
    FINGERPRINT.add_to(&mut message).unwrap();
    let mut world = World::new();
    let path = udp("192.0.2.7:1");
    assert_eq!(world.receive(path, &message.raw), Ok(IceEvent::NewPath(path)), "not nominated by a forged attribute");
}

#[test]
fn the_ufrag_is_found_without_a_check() {
    let make = Make::check().with(ATTR_SOFTWARE, b"odd");
    assert_eq!(peek_ufrag(&make.bytes()), Some("ours"));
    assert_eq!(peek_ufrag(&Make { username: "ours", ..Make::check() }.bytes()), None);
    assert_eq!(peek_ufrag(&[0; 100]), None);
    let mut response = make.bytes();
    response[0] = 1;
    assert_eq!(peek_ufrag(&response), None);
    assert!(is_stun(&make.bytes()));
    assert!(!is_stun(&[0x80; 40]) && !is_stun(&[0; 40]) && !is_stun(&make.bytes()[..19]));
}

#[test]
fn unknown_attributes_are_named() {
    let mut world = World::new();
    let request = Make::check().with(AttrType(0x7123), &[1]).with(AttrType(0x7124), &[]).with(AttrType(0x9123), &[]);
    assert_eq!(world.receive(udp("192.0.2.7:1"), &request.bytes()), Err(StunDrop::UnknownAttribute));
    let reply = read_reply(&world.reply, PASSWORD);
    assert_eq!(reply.typ, BINDING_ERROR);
    assert_eq!(reply.get(ATTR_UNKNOWN_ATTRIBUTES).unwrap(), [0x71, 0x23, 0x71, 0x24]);
    assert!(reply.get(ATTR_ERROR_CODE).is_ok());
    assert_eq!(world.ice.paths().count(), 0);
}

#[test]
fn a_controlled_peer_is_told_to_switch() {
    let mut world = World::new();
    let request = Make::check().with(ATTR_ICE_CONTROLLED, &[9; 8]);
    assert_eq!(world.receive(udp("192.0.2.7:1"), &request.bytes()), Err(StunDrop::RoleConflict));
    let mut code = ErrorCodeAttribute::default();
    code.get_from(&read_reply(&world.reply, PASSWORD)).unwrap();
    assert_eq!(code.code.0, 487);
    assert_eq!(world.ice.selected(), None);
}

#[test]
fn the_first_path_is_used_until_one_is_nominated() {
    let (one, two, stranger) = (udp("192.0.2.7:1"), udp("192.0.2.7:2"), udp("192.0.2.7:3"));
    let mut world = World::new();
    assert_eq!(world.check(one), IceEvent::NewPath(one));
    assert_eq!(world.ice.selected(), Some(one));
    assert_eq!(world.make(two, &Make::check().priority(WORSE)), IceEvent::NewPath(two));
    assert_eq!(world.ice.selected(), Some(one));
    assert_eq!(world.make(two, &Make::nomination().priority(WORSE)), IceEvent::Selected { path: two, previous: Some(one) });
    assert_eq!(world.make(two, &Make::nomination().priority(WORSE)), IceEvent::Checked);
    assert!(world.ice.is_authenticated(one) && world.ice.is_authenticated(two) && !world.ice.is_authenticated(stranger));
}

#[test]
fn a_first_check_may_nominate() {
    let path = udp("192.0.2.7:1");
    let mut world = World::new();
    assert_eq!(world.nominate(path), IceEvent::Selected { path, previous: None });
    assert!(world.ice.is_authenticated(path));
}

#[test]
fn chromium_with_a_changed_nat_mapping_is_followed_at_once() {
    let (before, after) = (udp("192.0.2.7:1000"), udp("192.0.2.7:2000"));
    let mut world = World::new();
    world.nominate(before);
    world.at(2.5).nominate(before);
    assert_eq!(world.at(2.6).nominate(after), IceEvent::Selected { path: after, previous: Some(before) });
}

#[test]
fn chromium_from_udp_to_tcp_and_back() {
    let (udp, tcp) = (udp("192.0.2.7:1000"), tcp("192.0.2.7:2000", 5));
    let mut world = World::new();
    world.nominate(udp);
    world.at(0.5).make(tcp, &Make::check().priority(WORSE));
    assert_eq!(world.ice.selected(), Some(udp));
    // UDP is blocked from 2.5 s on; Chromium gives it up 5 s later.
    world.at(2.5).nominate(udp);
    assert_eq!(world.at(7.5).make(tcp, &Make::nomination().priority(WORSE)), IceEvent::Selected { path: tcp, previous: Some(udp) });
    world.at(18.0).make(tcp, &Make::nomination().priority(WORSE));
    // UDP comes back.
    assert_eq!(world.at(20.0).check(udp), IceEvent::Checked);
    assert_eq!(world.at(20.5).nominate(udp), IceEvent::Selected { path: udp, previous: Some(tcp) });
}

#[test]
fn a_worse_path_is_followed_when_it_is_nominated_twice_in_a_row() {
    let (better, worse) = (udp("192.0.2.7:1000"), udp("198.51.100.7:2000"));
    let worse_nomination = Make::nomination().priority(WORSE);
    let mut world = World::new();
    world.nominate(better);
    assert_eq!(world.at(0.1).make(worse, &worse_nomination), IceEvent::NewPath(worse));
    let again = worse_nomination.bytes();
    assert_eq!(world.at(0.6).receive(worse, &again), Ok(IceEvent::Selected { path: worse, previous: Some(better) }));

    let mut world = World::new();
    world.nominate(better);
    assert_eq!(world.at(0.1).receive(worse, &again), Ok(IceEvent::NewPath(worse)));
    assert_eq!(world.at(0.2).receive(worse, &again), Ok(IceEvent::Checked), "a retransmission is not a second nomination");
}

#[test]
fn aggressive_nomination_settles_on_the_best_path_and_stays() {
    let (tcp, worse, better) = (tcp("192.0.2.7:3000", 1), udp("198.51.100.7:2000"), udp("192.0.2.7:1000"));
    let mut world = World::new();
    let mut moves = 0;
    for round in 0..20 {
        for (path, priority) in [(tcp, HOST + 1), (worse, WORSE), (better, HOST)] {
            let event = world.at(f64::from(round)).make(path, &Make::nomination().priority(priority));
            moves += u32::from(matches!(event, IceEvent::Selected { .. }));
        }
    }
    assert_eq!(world.ice.selected(), Some(better));
    assert_eq!(moves, 3, "once to each, from worse to better");
}

#[test]
fn firefox_with_a_changed_nat_mapping_is_followed_by_its_next_consent_check() {
    let (before, after) = (udp("192.0.2.7:1000"), udp("192.0.2.7:2000"));
    let mut world = World::new();
    world.nominate(before);
    world.at(5.0).check(before);
    assert_eq!(world.at(6.0).check(after), IceEvent::NewPath(after), "the old mapping may be alive");
    assert_eq!(world.at(10.0).check(after), IceEvent::Selected { path: after, previous: Some(before) });
}

#[test]
fn a_silent_path_gives_way_to_any_that_is_checked() {
    let (silent, other) = (udp("192.0.2.7:1000"), tcp("192.0.2.7:2000", 1));
    let other_check = Make::check().priority(WORSE);
    let mut world = World::new();
    world.nominate(silent);
    assert_eq!(world.at(9.0).make(other, &other_check), IceEvent::NewPath(other));
    assert_eq!(world.at(10.0).make(other, &other_check), IceEvent::Selected { path: other, previous: Some(silent) });
}

#[test]
fn udp_is_preferred_before_any_nomination() {
    let (tcp, udp) = (tcp("192.0.2.7:3000", 1), udp("192.0.2.7:1000"));
    let mut world = World::new();
    world.check(tcp);
    assert_eq!(world.make(udp, &Make::check().priority(WORSE)), IceEvent::Selected { path: udp, previous: Some(tcp) });
    assert_eq!(world.check(tcp), IceEvent::Checked);
    assert_eq!(world.ice.selected(), Some(udp));
}

#[test]
fn consent_expires() {
    let path = udp("192.0.2.7:1");
    let mut world = World::new();
    let (before, at) = (world.start + Duration::from_millis(14_999), world.start + NOMINATION_TIMEOUT);
    assert!(!world.ice.consent_expired(before) && world.ice.consent_expired(at));
    world.at(10.0).nominate(path);
    assert_eq!(world.ice.consent_deadline(), world.start + Duration::from_secs(40));
    world.at(39.0).check(path);
    let _ = world.at(60.0).receive(path, &Make { password: "guessed", ..Make::check() }.bytes());
    let (before, at) = (world.start + Duration::from_millis(68_999), world.start + Duration::from_secs(69));
    assert!(!world.ice.consent_expired(before) && world.ice.consent_expired(at));
}

#[test]
fn a_closed_path_is_replaced_by_the_one_checked_last() {
    let (one, two, three) = (tcp("192.0.2.7:1", 1), udp("192.0.2.7:2"), udp("192.0.2.7:3"));
    let mut world = World::new();
    world.at(0.0).check(three);
    world.at(1.0).check(two);
    world.at(2.0).nominate(one);
    world.ice.path_closed(one);
    assert_eq!(world.ice.selected(), Some(two));
    assert!(!world.ice.is_authenticated(one));
    world.ice.path_closed(two);
    world.ice.path_closed(three);
    assert_eq!(world.ice.selected(), None);
    assert_eq!(world.at(3.0).check(two), IceEvent::NewPath(two));
    assert_eq!(world.ice.selected(), Some(two));
}

#[test]
fn paths_are_bounded_and_the_selected_one_stays() {
    let selected = udp("192.0.2.7:1");
    let mut world = World::new();
    world.nominate(selected);
    for port in 1000..1100 {
        world.at(0.1).make(udp(&format!("192.0.2.7:{port}")), &Make::check().priority(WORSE));
    }
    assert_eq!(world.ice.paths().count(), selection::MAX_PATHS);
    assert_eq!(world.ice.selected(), Some(selected));
    assert!(world.ice.is_authenticated(selected) && world.ice.is_authenticated(udp("192.0.2.7:1099")));
}

#[test]
fn a_restart_takes_effect_with_its_first_check() {
    let (before, after) = (udp("192.0.2.7:1"), udp("198.51.100.7:2"));
    let new_credentials = IceCredentials { local_ufrag: "anew".into(), local_pwd: "another-password-of-ours".into(), ..credentials() };
    let renewed = Make { username: "anew:theirs2", password: "another-password-of-ours", ..Make::nomination() }.priority(WORSE);
    let mut world = World::new();
    world.nominate(before);
    world.ice.restart(new_credentials.clone());
    assert_eq!(world.at(1.0).nominate(before), IceEvent::Checked, "the old credentials are still valid");
    assert_eq!(world.ice.credentials().local_ufrag, "ours");
    assert_eq!(world.ice.next_credentials(), Some(&new_credentials));
    let forged = Make { password: "guessed", username: "anew:theirs2", ..Make::nomination() };
    assert_eq!(world.receive(after, &forged.bytes()), Err(StunDrop::BadIntegrity));
    assert_eq!(world.ice.credentials().local_ufrag, "ours", "a forged check completes no restart");
    assert_eq!(world.at(1.1).make(after, &renewed), IceEvent::Selected { path: after, previous: Some(before) });
    read_reply(&world.reply, "another-password-of-ours");
    assert_eq!(world.ice.credentials(), &new_credentials);
    assert_eq!(world.ice.next_credentials(), None);
    assert_eq!(world.receive(before, &Make::check().bytes()), Err(StunDrop::UnknownUfrag), "the old ones are not, any more");
}
