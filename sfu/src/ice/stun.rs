//! Binding requests and their responses (RFC 8489, RFC 8445 §7): read and written in place, because most of what arrives at an open port is to be thrown
//! away at the least cost.

use super::StunDrop;
use arrayvec::ArrayVec;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use rtc_stun::attributes as attr;
use rtc_stun::fingerprint::fingerprint_value;
use rtc_stun::message::{ATTRIBUTE_HEADER_SIZE, MAGIC_COOKIE, MESSAGE_HEADER_SIZE, TRANSACTION_ID_SIZE};
use std::net::{IpAddr, SocketAddr};

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const INTEGRITY_LEN: usize = 20;
const FINGERPRINT_LEN: usize = 4;

/// Unknown attributes named in a 420 response.
const MAX_UNKNOWN: usize = 8;

pub(super) type Unknown = ArrayVec<u16, MAX_UNKNOWN>;

/// Whether a datagram is STUN: the first byte of RFC 7983, and the magic cookie.
pub fn is_stun(packet: &[u8]) -> bool {
    packet.len() >= MESSAGE_HEADER_SIZE && packet[0] <= 3 && be32(packet, 4) == MAGIC_COOKIE
}

/// Our ufrag in a Binding request's USERNAME, which reads `ours:theirs`: names the transport that a check is for, before anything about it is believed.
/// `None` for everything that is not a well-formed Binding request.
pub fn peek_ufrag(message: &[u8]) -> Option<&str> {
    check_frame(message).ok()?;
    let username = Walk::new(message).find_map(|attribute| attribute.ok().filter(|attribute| attribute.kind == attr::ATTR_USERNAME.0))?;
    std::str::from_utf8(local_part(username.value)?).ok()
}

/// What comes before the colon.
fn local_part(username: &[u8]) -> Option<&[u8]> {
    let colon = username.iter().position(|&byte| byte == b':')?;
    Some(&username[..colon])
}

/// A Binding request, well-formed but not yet authenticated.
#[derive(Debug)]
pub(super) struct Request<'a> {
    message: &'a [u8],
    pub(super) local_ufrag: &'a [u8],
    /// PRIORITY, of the peer-reflexive candidate that the check would make.
    pub(super) priority: Option<u32>,
    pub(super) use_candidate: bool,
    /// The peer holds itself controlled.
    pub(super) controlled: bool,
    /// Comprehension-required attributes that we do not know.
    pub(super) unknown: Unknown,
    integrity: Option<Attribute<'a>>,
    fingerprint: Option<Attribute<'a>>,
}

impl<'a> Request<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Request<'a>, StunDrop> {
        check_frame(message)?;
        let mut request = Request {
            message,
            local_ufrag: &[],
            priority: None,
            use_candidate: false,
            controlled: false,
            unknown: Unknown::new(),
            integrity: None,
            fingerprint: None,
        };
        let mut username = None;
        for attribute in Walk::new(message) {
            let attribute = attribute?;
            if request.fingerprint.is_some() {
                return Err(StunDrop::Malformed);
            }
            // Behind MESSAGE-INTEGRITY nothing counts but FINGERPRINT (RFC 8489 §14.5).
            match attr::AttrType(attribute.kind) {
                attr::ATTR_FINGERPRINT if attribute.value.len() == FINGERPRINT_LEN => request.fingerprint = Some(attribute),
                attr::ATTR_FINGERPRINT => return Err(StunDrop::Malformed),
                _ if request.integrity.is_some() => {}
                attr::ATTR_MESSAGE_INTEGRITY if attribute.value.len() == INTEGRITY_LEN => request.integrity = Some(attribute),
                attr::ATTR_MESSAGE_INTEGRITY => return Err(StunDrop::Malformed),
                attr::ATTR_USERNAME => username = username.or(Some(attribute.value)),
                attr::ATTR_PRIORITY if attribute.value.len() == 4 => request.priority = Some(be32(attribute.value, 0)),
                attr::ATTR_PRIORITY => return Err(StunDrop::Malformed),
                attr::ATTR_USE_CANDIDATE => request.use_candidate = true,
                attr::ATTR_ICE_CONTROLLED => request.controlled = true,
                other if is_required(other) => {
                    let _ = request.unknown.try_push(other.0);
                }
                _ => {}
            }
        }
        request.local_ufrag = username.and_then(local_part).ok_or(StunDrop::Malformed)?;
        Ok(request)
    }

    pub(super) fn transaction(&self) -> [u8; TRANSACTION_ID_SIZE] {
        let mut transaction = [0; TRANSACTION_ID_SIZE];
        transaction.copy_from_slice(&self.message[8..MESSAGE_HEADER_SIZE]);
        transaction
    }

    /// FINGERPRINT must be there (RFC 8445 §7.1) and right. Cheaper than the next, so it comes first.
    pub(super) fn check_fingerprint(&self) -> Result<(), StunDrop> {
        let attribute = self.fingerprint.as_ref().ok_or(StunDrop::BadFingerprint)?;
        let right = fingerprint_value(&self.message[..attribute.start]);
        if be32(attribute.value, 0) == right { Ok(()) } else { Err(StunDrop::BadFingerprint) }
    }

    /// MESSAGE-INTEGRITY must be there and right. It covers the message before it, with a length that ends behind it (RFC 8489 §14.5).
    pub(super) fn check_integrity(&self, key: &hmac::Key) -> Result<(), StunDrop> {
        let attribute = self.integrity.as_ref().ok_or(StunDrop::BadIntegrity)?;
        let len = attribute.start + ATTRIBUTE_HEADER_SIZE + INTEGRITY_LEN - MESSAGE_HEADER_SIZE;
        let mut header = [0; MESSAGE_HEADER_SIZE];
        header.copy_from_slice(&self.message[..MESSAGE_HEADER_SIZE]);
        header[2..4].copy_from_slice(&(len as u16).to_be_bytes());
        let mut mac = hmac::Context::with_key(key);
        mac.update(&header);
        mac.update(&self.message[MESSAGE_HEADER_SIZE..attribute.start]);
        verify_slices_are_equal(mac.sign().as_ref(), attribute.value).map_err(|_| StunDrop::BadIntegrity)
    }
}

/// RFC 8489's own attributes are known even where a Binding request has no use for them.
fn is_required(kind: attr::AttrType) -> bool {
    const KNOWN: [attr::AttrType; 10] = [
        attr::ATTR_MAPPED_ADDRESS,
        attr::ATTR_ERROR_CODE,
        attr::ATTR_UNKNOWN_ATTRIBUTES,
        attr::ATTR_REALM,
        attr::ATTR_NONCE,
        attr::ATTR_XORMAPPED_ADDRESS,
        attr::ATTR_MESSAGE_INTEGRITY_SHA256,
        attr::ATTR_PASSWORD_ALGORITHM,
        attr::ATTR_USER_HASH,
        attr::ATTR_USERNAME,
    ];
    kind.required() && !KNOWN.contains(&kind)
}

/// A Binding request with a length that fits.
fn check_frame(message: &[u8]) -> Result<(), StunDrop> {
    if !is_stun(message) {
        return Err(StunDrop::Malformed);
    }
    if be16(message, 0) != BINDING_REQUEST {
        return Err(StunDrop::NotRequest);
    }
    let len = usize::from(be16(message, 2));
    if len != message.len() - MESSAGE_HEADER_SIZE || len % 4 != 0 {
        return Err(StunDrop::Malformed);
    }
    Ok(())
}

#[derive(Debug)]
struct Attribute<'a> {
    kind: u16,
    /// Offset of its header in the message.
    start: usize,
    value: &'a [u8],
}

/// Walks the attributes of a message whose frame was checked.
struct Walk<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(message: &'a [u8]) -> Walk<'a> {
        Walk { message, at: MESSAGE_HEADER_SIZE }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Attribute<'a>, StunDrop>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let header = self.message.get(start..start + ATTRIBUTE_HEADER_SIZE)?;
        let (kind, len) = (be16(header, 0), usize::from(be16(header, 2)));
        let value = start + ATTRIBUTE_HEADER_SIZE;
        self.at = value + len.next_multiple_of(4);
        match self.message.get(value..value + len) {
            Some(value) => Some(Ok(Attribute { kind, start, value })),
            None => Some(Err(StunDrop::Malformed)),
        }
    }
}

/// Writes a success response with the address the request came from.
pub(super) fn write_success(reply: &mut Vec<u8>, request: &Request<'_>, key: &hmac::Key, from: SocketAddr) {
    begin(reply, BINDING_SUCCESS, request);
    write_xor_mapped(reply, from);
    finish(reply, key);
}

/// Writes an error response. `unknown` goes along with a 420.
pub(super) fn write_error(reply: &mut Vec<u8>, request: &Request<'_>, key: &hmac::Key, code: u16, reason: &str) {
    begin(reply, BINDING_ERROR, request);
    write_header(reply, attr::ATTR_ERROR_CODE, 4 + reason.len());
    reply.extend_from_slice(&[0, 0, (code / 100) as u8, (code % 100) as u8]);
    reply.extend_from_slice(reason.as_bytes());
    pad(reply);
    if !request.unknown.is_empty() {
        write_header(reply, attr::ATTR_UNKNOWN_ATTRIBUTES, 2 * request.unknown.len());
        for kind in &request.unknown {
            reply.extend_from_slice(&kind.to_be_bytes());
        }
        pad(reply);
    }
    finish(reply, key);
}

fn begin(reply: &mut Vec<u8>, kind: u16, request: &Request<'_>) {
    reply.clear();
    reply.extend_from_slice(&kind.to_be_bytes());
    reply.extend_from_slice(&[0, 0]);
    reply.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
    reply.extend_from_slice(&request.transaction());
}

/// XOR-MAPPED-ADDRESS (RFC 8489 §14.2). An IPv4 address in an IPv6 one, as a dual-stack socket reports it, is told as the IPv4 address it is.
fn write_xor_mapped(reply: &mut Vec<u8>, from: SocketAddr) {
    let mut mask = [0; 16];
    mask.copy_from_slice(&reply[4..MESSAGE_HEADER_SIZE]);
    let port = from.port() ^ (MAGIC_COOKIE >> 16) as u16;
    let mut write = |family: u8, address: &[u8]| {
        write_header(reply, attr::ATTR_XORMAPPED_ADDRESS, 4 + address.len());
        reply.extend_from_slice(&[0, family]);
        reply.extend_from_slice(&port.to_be_bytes());
        reply.extend(address.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    };
    match from.ip().to_canonical() {
        IpAddr::V4(address) => write(1, &address.octets()),
        IpAddr::V6(address) => write(2, &address.octets()),
    }
}

/// Appends MESSAGE-INTEGRITY and FINGERPRINT.
fn finish(reply: &mut Vec<u8>, key: &hmac::Key) {
    set_len(reply, ATTRIBUTE_HEADER_SIZE + INTEGRITY_LEN);
    let tag = hmac::sign(key, reply);
    write_header(reply, attr::ATTR_MESSAGE_INTEGRITY, INTEGRITY_LEN);
    reply.extend_from_slice(tag.as_ref());
    set_len(reply, ATTRIBUTE_HEADER_SIZE + FINGERPRINT_LEN);
    let crc = fingerprint_value(reply);
    write_header(reply, attr::ATTR_FINGERPRINT, FINGERPRINT_LEN);
    reply.extend_from_slice(&crc.to_be_bytes());
}

/// Sets the message's length to what is there and `more` bytes.
fn set_len(reply: &mut [u8], more: usize) {
    let len = (reply.len() - MESSAGE_HEADER_SIZE + more) as u16;
    reply[2..4].copy_from_slice(&len.to_be_bytes());
}

fn write_header(reply: &mut Vec<u8>, kind: attr::AttrType, len: usize) {
    reply.extend_from_slice(&kind.0.to_be_bytes());
    reply.extend_from_slice(&(len as u16).to_be_bytes());
}

fn pad(reply: &mut Vec<u8>) {
    reply.resize(reply.len().next_multiple_of(4), 0);
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
