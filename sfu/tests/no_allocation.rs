//! The packet path asks for no memory: neither through Rust's allocator nor, by way of the crypto library, from C's.
//!
//! The C functions themselves are replaced, because Rust's system allocator calls them too; that takes glibc, which keeps the real ones under other names.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code, clippy::unwrap_used)]

use rtc_stun::message::{BINDING_REQUEST, Message};
use sfu::ice::{IceLite, StunDrop, peek_ufrag};
use sfu::path::{Link, Path};
use sfu::spec::IceCredentials;
use sfu::srtp::{KeySalt, SrtpDrop, SrtpProfile, SrtpReceiver, SrtpSender};
use std::cell::Cell;
use std::ffi::c_void;
use std::time::Instant;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
}

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

/// Counts, and hands on to glibc.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    count();
    // SAFETY: the arguments are the caller's, and glibc's function has the same contract.
    unsafe { __libc_malloc(size) }
}

/// Counts, and hands on to glibc.
#[unsafe(no_mangle)]
extern "C" fn calloc(number: usize, size: usize) -> *mut c_void {
    count();
    // SAFETY: as above.
    unsafe { __libc_calloc(number, size) }
}

/// Counts, and hands on to glibc.
///
/// # Safety
/// `old` is null or was allocated and not freed.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    count();
    // SAFETY: as above.
    unsafe { __libc_realloc(old, size) }
}

/// Counts, and hands on to glibc.
///
/// # Safety
/// `out` can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> i32 {
    count();
    // SAFETY: as above; the caller's `out` is valid by this function's contract.
    unsafe {
        *out = __libc_memalign(align, size);
        if (*out).is_null() { 12 } else { 0 }
    }
}

/// Allocations of this thread in the course of `run`.
fn allocations(run: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    run();
    ALLOCATIONS.with(Cell::get) - before
}

const PROFILES: [SrtpProfile; 3] = [SrtpProfile::Aes128Gcm, SrtpProfile::Aes256Gcm, SrtpProfile::Aes128CmSha1_80];

fn ends(profile: SrtpProfile) -> (SrtpSender, SrtpReceiver) {
    let key = KeySalt::new(profile, &[7; 32][..profile.key_len()], &[9; 14][..profile.salt_len()]).unwrap();
    (SrtpSender::new(profile, &key).unwrap(), SrtpReceiver::new(profile, &key).unwrap())
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(vec![0_u8; 100]))) > 0);
    assert!(allocations(|| drop(std::hint::black_box(ends(SrtpProfile::Aes128CmSha1_80)))) > 0);
}

#[test]
fn sealing_and_opening_rtp_allocates_nothing() {
    for profile in PROFILES {
        let (sender, mut receiver) = ends(profile);
        let mut packet = vec![0; 1200 + sender.rtp_overhead()];
        let mut round = |index: u64| {
            packet[..12].copy_from_slice(&[0x80, 96, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
            packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
            assert_eq!(sender.seal_rtp(&mut packet, 12, 1200, index), packet.len());
            assert_eq!(receiver.open_rtp(&mut packet).unwrap().len, 1200);
        };
        // The first packet of an SSRC makes its window.
        round(0);
        assert_eq!(allocations(|| (1..1000).for_each(&mut round)), 0, "{profile:?}");
    }
}

#[test]
fn sealing_and_opening_rtcp_allocates_nothing() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = ends(profile);
        let mut packet = Vec::with_capacity(200);
        let mut round = |_| {
            packet.clear();
            packet.extend_from_slice(&[0x81, 201, 0, 7, 1, 2, 3, 4]);
            packet.resize(32, 5);
            sender.seal_rtcp(&mut packet);
            assert_eq!(receiver.open_rtcp(&mut packet).unwrap().len(), 32);
        };
        round(0);
        assert_eq!(allocations(|| (1..1000).for_each(&mut round)), 0, "{profile:?}");
    }
}

#[test]
fn dropping_allocates_nothing() {
    for profile in PROFILES {
        let (_, mut receiver) = ends(profile);
        let mut packet = vec![0; 200];
        let mut round = |ssrc: u32| {
            packet[0] = 0x80;
            packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
            assert_eq!(receiver.open_rtp(&mut packet), Err(SrtpDrop::BadTag));
        };
        // The crypto library sets up a thread's error queue at its first error.
        round(0);
        assert_eq!(allocations(|| (1..1000).for_each(&mut round)), 0, "{profile:?}");
    }
}

#[test]
fn rejecting_a_check_allocates_nothing() {
    let now = Instant::now();
    let credentials = IceCredentials { local_ufrag: "ours".into(), local_pwd: "password".into(), remote_ufrag: "theirs".into(), remote_pwd: "unused".into() };
    let mut ice = IceLite::new(credentials, now);
    let path = Path { remote: ([192, 0, 2, 1], 40_000).into(), link: Link::Udp(0) };
    let mut message = Message::new();
    message.set_type(BINDING_REQUEST);
    message.write_header();
    message.add(rtc_stun::attributes::ATTR_USERNAME, b"ours:theirs");
    message.add(rtc_stun::attributes::ATTR_MESSAGE_INTEGRITY, &[1; 20]);
    rtc_stun::message::Setter::add_to(&rtc_stun::fingerprint::FINGERPRINT, &mut message).unwrap();
    let mut reply = Vec::with_capacity(128);
    let rejected = allocations(|| {
        for _ in 0..1000 {
            assert_eq!(peek_ufrag(&message.raw), Some("ours"));
            assert_eq!(ice.receive(now, path, &message.raw, &mut reply), Err(StunDrop::BadIntegrity));
        }
    });
    assert_eq!(rejected, 0);
}
