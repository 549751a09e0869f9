//! Puts the handshake messages of a DTLS flight back together and in order (RFC 6347 §4.2.2, §4.2.3) before the state machine sees them.
//!
//! `dimpl` joins fragments only where they meet exactly, looks only at the first message of a record, and loses its way when a message is repeated that it
//! still keeps for later. But Firefox cuts a repeated flight otherwise than the first time, BoringSSL packs several messages into a record, and lines lose
//! one datagram of a flight and not the others. So fragments are collected here by byte range, and every message is handed on whole, once, in order, in a
//! record of its own.

use crate::counters::DropReason;
use std::collections::VecDeque;

/// Bytes of a record's header.
const RECORD_HEADER: usize = 13;
/// Bytes of a handshake message's header.
const MESSAGE_HEADER: usize = 12;
/// The content type of handshake records.
const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER_SPEC: u8 = 20;
/// The content types of DTLS 1.2: those two, alerts and application data.
const CONTENT_TYPES: std::ops::RangeInclusive<u8> = 20..=23;
/// The first byte of the version in every record: 254.255 in the first hello, then 254.253.
const VERSION_MAJOR: u8 = 254;
/// The longest message that is put together, in bytes; browsers' are below 2,000.
const MAX_MESSAGE: usize = 16 * 1024;
/// Messages that are not complete or not yet in turn. The longest flight has five.
const MAX_PENDING: usize = 6;
/// Encrypted records that wait for messages before them, the latest ones: a Finished is all that can be of use.
const MAX_HELD: usize = 2;
/// The longest of them, in bytes.
const MAX_HELD_RECORD: usize = 200;

/// The fragments of one peer's handshake.
#[derive(Debug, Default)]
pub(super) struct Defragmenter {
    /// The number of the next message.
    next: u16,
    pending: Vec<Message>,
    /// What came behind a message that is still missing: ChangeCipherSpec, and encrypted records.
    change_cipher_spec: Option<Vec<u8>>,
    encrypted: VecDeque<Vec<u8>>,
    /// The handshake is over: nothing more is put together.
    finished: bool,
    /// Why something of the datagram was thrown away. Taken by who counts it.
    pub(super) dropped: Option<DropReason>,
    out: Vec<u8>,
}

impl Defragmenter {
    /// The datagram's records with whole messages only, in order; empty if none is left.
    pub(super) fn apply(&mut self, datagram: &[u8]) -> &[u8] {
        self.out.clear();
        let mut rest = datagram;
        while !rest.is_empty() {
            let Some((record, tail)) = split_record(rest).filter(|(record, _)| CONTENT_TYPES.contains(&record[0]) && record[1] == VERSION_MAJOR) else {
                self.dropped = Some(DropReason::DtlsMalformed);
                break;
            };
            rest = tail;
            if is_plain_handshake(record) {
                self.handshake(record);
            } else if self.pending.is_empty() {
                self.out.extend_from_slice(record);
            } else {
                self.hold(record);
            }
        }
        if self.pending.is_empty() {
            self.out.extend(self.change_cipher_spec.take().into_iter().flatten());
            self.out.extend(self.encrypted.drain(..).flatten());
        }
        &self.out
    }

    /// Keeps a record until the messages before it are there.
    fn hold(&mut self, record: &[u8]) {
        if is_change_cipher_spec(record) {
            self.change_cipher_spec = Some(record.to_vec());
        } else if record.len() <= MAX_HELD_RECORD {
            if self.encrypted.len() >= MAX_HELD {
                self.encrypted.pop_back();
                self.dropped = Some(DropReason::DtlsUnused);
            }
            self.encrypted.push_front(record.to_vec());
        } else {
            self.dropped = Some(DropReason::DtlsUnused);
        }
    }

    /// The handshake is over.
    pub(super) fn finish(&mut self) {
        self.finished = true;
        self.pending = Vec::new();
        self.change_cipher_spec = None;
        self.encrypted = VecDeque::new();
    }

    fn handshake(&mut self, record: &[u8]) {
        let mut rest = &record[RECORD_HEADER..];
        loop {
            let Some((fragment, tail)) = Fragment::split(rest) else {
                self.dropped = Some(DropReason::DtlsMalformed);
                return;
            };
            self.fragment(record, &fragment);
            if tail.is_empty() {
                return;
            }
            rest = tail;
        }
    }

    fn fragment(&mut self, record: &[u8], fragment: &Fragment<'_>) {
        if fragment.sequence < self.next {
            // The beginning of a message once more is how a peer asks for our flight again.
            if fragment.offset == 0 {
                write_record(&mut self.out, record, &[fragment.header, fragment.body]);
            }
            return;
        }
        if fragment.sequence == self.next && fragment.is_whole() && !self.finished {
            self.pending.retain(|message| message.sequence != fragment.sequence);
            self.next += 1;
            write_record(&mut self.out, record, &[fragment.header, fragment.body]);
        } else {
            match self.message_of(fragment) {
                Ok(message) => message.add(fragment),
                Err(reason) => self.dropped = Some(reason),
            }
        }
        while let Some(at) = self.pending.iter().position(|message| message.sequence == self.next && message.missing == 0) {
            let message = self.pending.swap_remove(at);
            self.next += 1;
            write_record(&mut self.out, record, &[&message.header(), &message.body]);
        }
    }

    /// The message that a fragment belongs to, unless there are too many, or it does not fit what was said before.
    fn message_of(&mut self, fragment: &Fragment<'_>) -> Result<&mut Message, DropReason> {
        let at = match self.pending.iter().position(|message| message.sequence == fragment.sequence) {
            Some(at) => at,
            None if self.finished || self.pending.len() >= MAX_PENDING || fragment.total > MAX_MESSAGE => return Err(DropReason::DtlsUnused),
            None => {
                self.pending.push(Message::new(fragment));
                self.pending.len() - 1
            }
        };
        let message = &mut self.pending[at];
        let fits = message.kind == fragment.kind && message.body.len() == fragment.total;
        if fits { Ok(message) } else { Err(DropReason::DtlsMalformed) }
    }
}

/// A message of which something is missing, or that is not yet in turn.
#[derive(Debug)]
struct Message {
    kind: u8,
    sequence: u16,
    body: Vec<u8>,
    have: Vec<bool>,
    missing: usize,
}

impl Message {
    fn new(fragment: &Fragment<'_>) -> Message {
        let total = fragment.total;
        Message { kind: fragment.kind, sequence: fragment.sequence, body: vec![0; total], have: vec![false; total], missing: total }
    }

    fn add(&mut self, fragment: &Fragment<'_>) {
        for (at, &byte) in (fragment.offset..).zip(fragment.body) {
            if !self.have[at] {
                self.have[at] = true;
                self.body[at] = byte;
                self.missing -= 1;
            }
        }
    }

    fn header(&self) -> [u8; MESSAGE_HEADER] {
        let [_, a, b, c] = (self.body.len() as u32).to_be_bytes();
        let [d, e] = self.sequence.to_be_bytes();
        [self.kind, a, b, c, d, e, 0, 0, 0, a, b, c]
    }
}

/// One fragment, which may be a whole message.
struct Fragment<'a> {
    kind: u8,
    total: usize,
    sequence: u16,
    offset: usize,
    header: &'a [u8],
    body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// The first fragment, if it is well-formed, and what follows.
    fn split(bytes: &'a [u8]) -> Option<(Fragment<'a>, &'a [u8])> {
        let (header, rest) = bytes.split_at_checked(MESSAGE_HEADER)?;
        let (body, rest) = rest.split_at_checked(be24(header, 9))?;
        let (total, offset) = (be24(header, 1), be24(header, 6));
        if offset + body.len() > total {
            return None;
        }
        let sequence = u16::from_be_bytes([header[4], header[5]]);
        Some((Fragment { kind: header[0], total, sequence, offset, header, body }, rest))
    }
}

impl Fragment<'_> {
    fn is_whole(&self) -> bool {
        self.offset == 0 && self.body.len() == self.total
    }
}

/// The first record with its header, and what follows; none if there is no whole one.
pub(super) fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = bytes.get(..RECORD_HEADER)?;
    bytes.split_at_checked(RECORD_HEADER + usize::from(u16::from_be_bytes([header[11], header[12]])))
}

/// A handshake record of epoch 0.
pub(super) fn is_plain_handshake(record: &[u8]) -> bool {
    record[0] == HANDSHAKE && record[3..5] == [0, 0]
}

pub(super) fn is_change_cipher_spec(record: &[u8]) -> bool {
    record[0] == CHANGE_CIPHER_SPEC
}

/// Writes a record with the header of another and the given contents, together less than 64 KiB.
fn write_record(out: &mut Vec<u8>, like: &[u8], parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&like[..RECORD_HEADER - 2]);
    out.extend_from_slice(&(len as u16).to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn be24(bytes: &[u8], at: usize) -> usize {
    usize::from(bytes[at]) << 16 | usize::from(bytes[at + 1]) << 8 | usize::from(bytes[at + 2])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn record(contents: &[u8]) -> Vec<u8> {
        let mut record = vec![HANDSHAKE, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9];
        record.extend((contents.len() as u16).to_be_bytes());
        record.extend(contents);
        record
    }

    /// Bytes `from..to` of a message of 200 bytes, each of which is its own number.
    fn fragment(sequence: u16, from: u8, to: u8) -> Vec<u8> {
        let mut fragment = vec![1, 0, 0, 200];
        fragment.extend(sequence.to_be_bytes());
        fragment.extend([0, 0, from, 0, 0, to - from]);
        fragment.extend(from..to);
        fragment
    }

    fn whole(sequence: u16) -> Vec<u8> {
        record(&fragment(sequence, 0, 200))
    }

    #[test]
    fn overlapping_fragments_in_any_order_make_the_message_once() {
        let mut defragmenter = Defragmenter::default();
        for (from, to) in [(150, 200), (0, 100), (0, 60), (90, 120)] {
            assert!(defragmenter.apply(&record(&fragment(0, from, to))).is_empty());
        }
        assert_eq!(defragmenter.apply(&record(&fragment(0, 110, 170))), whole(0));
        assert!(defragmenter.pending.is_empty());
        let repeated = record(&fragment(0, 0, 100));
        assert_eq!(defragmenter.apply(&repeated), repeated, "asks for our flight again");
        assert!(defragmenter.apply(&record(&fragment(0, 100, 200))).is_empty());
    }

    #[test]
    fn packed_messages_get_records_of_their_own() {
        let packed = record(&[fragment(0, 0, 200), fragment(1, 0, 200)].concat());
        let change_cipher_spec = [20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 1];
        let encrypted = [22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 7, 8, 9];
        let mut defragmenter = Defragmenter::default();
        let datagram = [packed.as_slice(), &change_cipher_spec, &encrypted].concat();
        assert_eq!(defragmenter.apply(&datagram), [whole(0).as_slice(), &whole(1), &change_cipher_spec, &encrypted].concat());
    }

    #[test]
    fn records_wait_for_their_turn() {
        let change_cipher_spec = [20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 1];
        let encrypted = |number| [22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, number, 0, 3, 7, 8, 9];
        let mut defragmenter = Defragmenter::default();
        assert!(defragmenter.apply(&whole(2)).is_empty());
        for number in 0..10 {
            assert!(defragmenter.apply(&[&encrypted(number)[..], &change_cipher_spec].concat()).is_empty());
        }
        assert_eq!(defragmenter.apply(&whole(0)), whole(0));
        let all = [whole(1).as_slice(), &whole(2), &change_cipher_spec, &encrypted(9), &encrypted(8)].concat();
        assert_eq!(defragmenter.apply(&whole(1)), all);
        assert_eq!(defragmenter.apply(&whole(2)), whole(2), "repeated");
    }

    #[test]
    fn what_is_no_record_or_no_fragment_is_dropped() {
        let mut defragmenter = Defragmenter::default();
        let unknown = [99, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7];
        let other_version = [23, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7];
        for odd in [&b"abc"[..], &[22; 40], &whole(0)[..100], &record(&[]), &unknown, &other_version] {
            assert!(defragmenter.apply(odd).is_empty());
            assert_eq!(defragmenter.dropped.take(), Some(DropReason::DtlsMalformed), "{odd:?}");
        }
        let tail = [&whole(0)[..], b"abc"].concat();
        assert_eq!(defragmenter.apply(&tail), whole(0), "what came before the odd bytes is of use");
        assert_eq!(defragmenter.dropped.take(), Some(DropReason::DtlsMalformed));
        let mut beyond = fragment(0, 100, 200);
        beyond[8] = 150;
        assert!(defragmenter.apply(&record(&beyond)).is_empty(), "reaches past the message's end");
        assert!(defragmenter.pending.is_empty());
        assert_eq!(defragmenter.dropped.take(), Some(DropReason::DtlsMalformed));
    }

    #[test]
    fn memory_is_bounded() {
        let mut defragmenter = Defragmenter::default();
        for sequence in 0..1000_u16 {
            let mut fragment = fragment(sequence, 0, 10);
            fragment[1..4].copy_from_slice(&[0, 0x40, u8::from(sequence % 2 == 1)]);
            defragmenter.apply(&record(&fragment));
        }
        assert_eq!(defragmenter.pending.len(), MAX_PENDING);
        assert!(defragmenter.pending.iter().all(|message| message.body.len() <= MAX_MESSAGE));
        assert_eq!(defragmenter.dropped.take(), Some(DropReason::DtlsUnused));
        defragmenter.finish();
        assert!(defragmenter.apply(&whole(0)).is_empty() && defragmenter.pending.is_empty());
    }

    #[test]
    fn a_fragment_that_contradicts_the_first_is_dropped() {
        let mut defragmenter = Defragmenter::default();
        defragmenter.apply(&record(&fragment(0, 0, 100)));
        let mut other = fragment(0, 100, 200);
        other[0] = 2;
        assert!(defragmenter.apply(&record(&other)).is_empty());
        let mut longer = fragment(0, 100, 200);
        longer[3] = 201;
        assert!(defragmenter.apply(&record(&longer)).is_empty());
        assert_eq!(defragmenter.dropped.take(), Some(DropReason::DtlsMalformed));
        assert_eq!(defragmenter.apply(&record(&fragment(0, 100, 200))), whole(0));
    }
}
