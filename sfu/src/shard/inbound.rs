//! From the socket to a room: STUN by ufrag, everything else by authenticated address.

use super::Shard;
use crate::counters::DropReason;
use crate::dtls::{HandshakeInput, HandshakeRequest};
use crate::event::Output;
use crate::ice::{IceEvent, StunDrop, peek_ufrag};
use crate::nack::Arrival;
use crate::packet::{Passing, Stream};
use crate::path::Path;
use crate::report::Reception;
use crate::rtp::{ExtensionMap, Extensions, RtpHeader, is_rtcp};
use crate::srtp::SrtpDrop;
use crate::transport::{Binding, encoding_by_rid};
use bytes::Bytes;
use std::time::Instant;

/// How far a retransmission may lead what came: browsers probe with what they sent last.
const MAX_RTX_AHEAD: u64 = 64;

impl From<StunDrop> for DropReason {
    fn from(drop: StunDrop) -> DropReason {
        match drop {
            StunDrop::UnknownUfrag => DropReason::StunUnknownUfrag,
            StunDrop::BadIntegrity | StunDrop::BadFingerprint => DropReason::StunUnauthorized,
            _ => DropReason::StunMalformed,
        }
    }
}

impl From<SrtpDrop> for DropReason {
    fn from(drop: SrtpDrop) -> DropReason {
        match drop {
            SrtpDrop::BadTag => DropReason::SrtpTag,
            SrtpDrop::Replay | SrtpDrop::TooOld => DropReason::SrtpReplay,
            _ => DropReason::SrtpMalformed,
        }
    }
}

impl Shard {
    pub(super) fn stun(&mut self, now: Instant, path: Path, packet: &[u8]) -> Result<(), DropReason> {
        let ufrag = peek_ufrag(packet).ok_or(DropReason::StunMalformed)?;
        let index = *self.by_ufrag.get(ufrag).ok_or(DropReason::StunUnknownUfrag)?;
        let mut reply = std::mem::take(&mut self.scratch);
        reply.clear();
        let result = self.transports[index].ice.receive(now, path, packet, &mut reply);
        if !reply.is_empty()
            && let Err(reason) = self.egress.push_raw(path, &reply)
        {
            self.counters.drop(reason);
        }
        self.scratch = reply;
        let event = result?;
        self.counters.stun_in += 1;
        match event {
            IceEvent::Checked => {}
            IceEvent::NewPath(path) | IceEvent::Selected { path, .. } => self.follow(index, path),
        }
        self.start_handshake(index);
        Ok(())
    }

    /// Believes an address from now on; one that another transport had before is this one's now (a NAT gave it out again).
    fn follow(&mut self, index: usize, path: Path) {
        if let Some(before) = self.by_path.insert(path, index)
            && before != index
        {
            self.transports[before].ice.path_closed(path);
        }
        // The responder remembers few addresses; those it forgot are believed no longer.
        let ice = &self.transports[index].ice;
        self.by_path.retain(|known, owner| *owner != index || ice.is_authenticated(*known));
    }

    pub(super) fn dtls(&mut self, path: Path, packet: &[u8]) -> Result<(), DropReason> {
        let index = *self.by_path.get(&path).ok_or(DropReason::UnknownPath)?;
        self.transports[index].handshake_path = Some(path);
        let kind = HandshakeRequest::Datagram(Bytes::copy_from_slice(packet));
        self.outputs.push_back(Output::Handshake(HandshakeInput { transport: self.transports[index].id, kind }));
        Ok(())
    }

    pub(super) fn media(&mut self, now: Instant, path: Path, packet: &mut [u8]) -> Result<(), DropReason> {
        let index = *self.by_path.get(&path).ok_or(DropReason::UnknownPath)?;
        let srtp = self.transports[index].srtp.as_mut().ok_or(DropReason::NoKeys)?;
        if is_rtcp(packet) {
            let compound = srtp.receiver.open_rtcp(packet)?;
            return self.rtcp(now, index, compound);
        }
        let opened = srtp.receiver.open_rtp(packet)?;
        self.rtp(now, index, &mut packet[..opened.len])
    }

    fn rtp(&mut self, now: Instant, index: usize, packet: &mut [u8]) -> Result<(), DropReason> {
        let header = RtpHeader::parse(packet).map_err(|_| DropReason::RtpMalformed)?;
        let transport = &mut self.transports[index];
        let map = transport.extensions;
        let extensions = map.read(packet, &header);
        self.counters.rtp_in += 1;
        transport.traffic.up += packet.len() as u64;
        if let Some(seq) = extensions.transport_cc {
            transport.twcc.record(now, seq, header.ssrc);
        }
        let binding = match transport.binding(header.ssrc) {
            Some(binding) => binding,
            None => self.bind(index, &header, &extensions)?,
        };
        match binding {
            Binding::Media { track, encoding } => {
                let clock_rate = self.tracks[track].clock_rate();
                let state = &mut self.tracks[track].encodings[usize::from(encoding)];
                if state.ssrc != Some(header.ssrc) {
                    // Another took its place, until that falls silent.
                    if state.is_active(now) {
                        return Err(DropReason::TooOld);
                    }
                    state.restart(header.ssrc, Reception::new(header.ssrc, clock_rate));
                }
                let seq = state.unwrapper.unwrap(header.sequence);
                if let Some(reception) = &mut state.reception {
                    reception.receive(now, seq, header.timestamp, packet.len());
                }
                arrival(state.nack.receive(now, seq))?;
                let (stream, generation) = (Stream { track, encoding }, state.generation);
                self.forward(now, &Passing { stream, generation, seq, bytes: packet, map: &map })
            }
            Binding::Rtx { track, encoding } => self.retransmission(now, (track, encoding), &header, packet, &map),
        }
    }

    /// Takes a retransmission (RFC 4588) for the packet it repeats.
    fn retransmission(&mut self, now: Instant, at: (usize, u8), header: &RtpHeader, packet: &mut [u8], map: &ExtensionMap) -> Result<(), DropReason> {
        let (track, encoding) = at;
        let body = packet.len() - header.header_len - header.padding;
        if body < 2 {
            return Err(DropReason::Padding);
        }
        self.counters.rtx_in += 1;
        let payload_type = self.tracks[track].repaired(header.payload_type).ok_or(DropReason::RtpUnknownPayloadType)?;
        let state = &mut self.tracks[track].encodings[usize::from(encoding)];
        let ssrc = state.ssrc.ok_or(DropReason::RtpUnknownSsrc)?;
        let original = [packet[header.header_len], packet[header.header_len + 1]];
        // The header moves up over the original sequence number; then the packet is what was lost.
        packet.copy_within(..header.header_len, 2);
        let packet = &mut packet[2..];
        packet[1] = (packet[1] & 0x80) | payload_type;
        packet[2..4].copy_from_slice(&original);
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        // What it repeats came, or was missed among others that came; else it is of an SSRC that another took the place of.
        let seq = state.unwrapper.unwrap_within(u16::from_be_bytes(original), MAX_RTX_AHEAD).ok_or(DropReason::TooOld)?;
        arrival(state.nack.receive(now, seq))?;
        let (stream, generation) = (Stream { track, encoding }, state.generation);
        self.forward(now, &Passing { stream, generation, seq, bytes: packet, map })
    }

    /// Learns what an SSRC is from its first packet.
    fn bind(&mut self, index: usize, header: &RtpHeader, extensions: &Extensions<'_>) -> Result<Binding, DropReason> {
        let transport = &mut self.transports[index];
        let published = transport.match_source(header.ssrc, header.payload_type, extensions).ok_or(DropReason::RtpUnknownSsrc)?;
        let track = published.track;
        let (_, is_rtx) = self.tracks[track].codec(header.payload_type).ok_or(DropReason::RtpUnknownPayloadType)?;
        let rid = if is_rtx { extensions.repaired_rid.or(extensions.rid) } else { extensions.rid };
        let rid = if published.spec.rids.is_empty() { None } else { Some(rid.ok_or(DropReason::RtpUnknownSsrc)?) };
        let encoding = encoding_by_rid(&published.spec.rids, rid).ok_or(DropReason::RtpUnknownSsrc)?;
        let binding = if is_rtx { Binding::Rtx { track, encoding } } else { Binding::Media { track, encoding } };
        if !transport.bind(header.ssrc, binding) {
            return Err(DropReason::SrtpSsrcs);
        }
        if !is_rtx {
            let clock_rate = self.tracks[track].clock_rate();
            self.tracks[track].encodings[usize::from(encoding)].restart(header.ssrc, Reception::new(header.ssrc, clock_rate));
        }
        tracing::debug!(%index, ssrc = header.ssrc, ?binding, "new source bound");
        Ok(binding)
    }
}

fn arrival(arrival: Arrival) -> Result<(), DropReason> {
    match arrival {
        Arrival::New | Arrival::Recovered => Ok(()),
        Arrival::Duplicate => Err(DropReason::Duplicate),
        Arrival::TooOld => Err(DropReason::TooOld),
    }
}
