//! RTP headers and header extensions; what is read from one packet must survive being written into another.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::rtp::{ExtensionKind, ExtensionMap, OutHeader, RtpHeader, header_len, is_rtcp, is_rtp_or_rtcp, write_header};

fuzz_target!(|data: &[u8]| {
    let Some((ids, packet)) = data.split_at_checked(ExtensionKind::COUNT) else { return };
    let mut map = ExtensionMap::default();
    for (kind, id) in ExtensionKind::ALL.into_iter().zip(ids) {
        map.set(kind, *id);
    }
    assert!(is_rtp_or_rtcp(packet) || !is_rtcp(packet));
    let Ok(header) = RtpHeader::parse(packet) else { return };
    let found = map.read(packet, &header);
    assert!(header.payload(packet).len() + header.header_len + header.padding == packet.len());

    let number = found.transport_cc.unwrap_or_default().to_be_bytes();
    let values = [
        (ExtensionKind::Mid, found.mid),
        (ExtensionKind::Rid, found.rid),
        (ExtensionKind::TransportCc, found.transport_cc.map(|_| &number[..])),
        (ExtensionKind::DependencyDescriptor, found.dependency_descriptor),
        (ExtensionKind::VideoLayersAllocation, found.video_layers_allocation),
    ];
    let elements: Vec<_> = values.into_iter().filter_map(|(kind, value)| Some((map.id(kind)?, value?))).collect();
    let mut out = vec![0xFF; header_len(&elements)];
    let written =
        OutHeader { marker: header.marker, payload_type: header.payload_type, sequence: header.sequence, timestamp: header.timestamp, ssrc: header.ssrc };
    assert_eq!(write_header(&mut out, &written, &elements, false), out.len());
    let again = RtpHeader::parse(&out).unwrap();
    assert_eq!((again.ssrc, again.sequence, again.timestamp, again.marker), (header.ssrc, header.sequence, header.timestamp, header.marker));
    let read = map.read(&out, &again);
    assert_eq!((read.mid, read.rid, read.transport_cc), (found.mid, found.rid, found.transport_cc));
    assert_eq!((read.dependency_descriptor, read.video_layers_allocation), (found.dependency_descriptor, found.video_layers_allocation));
});
