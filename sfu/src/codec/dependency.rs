//! The dependency descriptor header extension (RTP Payload Format for AV1, appendix A).

use super::bits::Bits;

/// `MAX_TEMPLATES` of the specification, by the width of a template id.
const MAX_TEMPLATES: usize = 64;
/// By the width of `dt_cnt_minus_one`.
const MAX_TARGETS: usize = 32;
/// A frame's decode target indication: whoever decodes it may go on with that target (appendix A.8.2).
const SWITCH: u32 = 2;

/// What a template says of the frames that use it.
#[derive(Clone, Copy, Debug, Default)]
struct Template {
    spatial: u8,
    temporal: u8,
    /// Mask of temporal layers that may be begun after such a frame, in its own spatial layer.
    frees: u8,
}

/// The template dependency structure last attached to a frame of an encoding.
#[derive(Clone, Debug)]
pub(super) struct Templates {
    offset: u8,
    count: u8,
    targets: u8,
    templates: [Template; MAX_TEMPLATES],
    /// Layers of each decode target: (spatial, temporal).
    target_layers: [(u8, u8); MAX_TARGETS],
}

impl Default for Templates {
    fn default() -> Self {
        Templates { offset: 0, count: 0, targets: 0, templates: [Template::default(); MAX_TEMPLATES], target_layers: [(0, 0); MAX_TARGETS] }
    }
}

/// What a descriptor says of its packet's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Its first packet.
    pub(super) start: bool,
    /// A structure is attached: a key frame.
    pub(super) structure: bool,
    pub(super) spatial: u8,
    pub(super) temporal: u8,
    /// Mask of temporal layers that may be begun after it.
    pub(super) frees: u8,
}

/// The frame number of a descriptor: counts the frames of the stream modulo 2^16.
pub fn frame_number(descriptor: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes([*descriptor.get(1)?, *descriptor.get(2)?]))
}

/// Overwrites the frame number of a descriptor; one shorter than 3 bytes is left alone.
pub fn set_frame_number(descriptor: &mut [u8], number: u16) {
    if let Some(field) = descriptor.get_mut(1..3) {
        field.copy_from_slice(&number.to_be_bytes());
    }
}

impl Templates {
    /// Reads a descriptor, taking over a structure it carries. None where it is malformed or refers to a template that is not known.
    pub(super) fn read(&mut self, descriptor: &[u8]) -> Option<Frame> {
        let mut bits = Bits::new(descriptor);
        let start = bits.flag()?;
        let _end = bits.flag()?;
        let id = bits.read(6)? as u8;
        let _number = bits.read(16)?;
        let (mut structure, mut custom_indications) = (false, false);
        if descriptor.len() > 3 {
            structure = bits.flag()?;
            let active_targets = bits.flag()?;
            custom_indications = bits.flag()?;
            let _custom_differences_and_chains = bits.read(2)?;
            if structure {
                *self = parse_structure(&mut bits)?;
            }
            if active_targets {
                bits.read(usize::from(self.targets))?;
            }
        }
        let index = (id + 64 - self.offset) % 64;
        let mut template = *self.templates[..usize::from(self.count)].get(usize::from(index))?;
        if custom_indications {
            template.frees = self.read_frees(&mut bits, template.spatial)?;
        }
        Some(Frame { start, structure, spatial: template.spatial, temporal: template.temporal, frees: template.frees })
    }

    /// Reads one frame's decode target indications.
    fn read_frees(&self, bits: &mut Bits<'_>, spatial: u8) -> Option<u8> {
        let mut frees = 0;
        for (target_spatial, temporal) in &self.target_layers[..usize::from(self.targets)] {
            if bits.read(2)? == SWITCH && *target_spatial == spatial {
                frees |= 1 << temporal;
            }
        }
        Some(frees)
    }
}

/// `template_dependency_structure()`.
fn parse_structure(bits: &mut Bits<'_>) -> Option<Templates> {
    let mut parsed = Templates { offset: bits.read(6)? as u8, targets: bits.read(5)? as u8 + 1, ..Templates::default() };
    let max_spatial = parse_layers(bits, &mut parsed)?;
    let indications = parse_indications(bits, &mut parsed)?;
    let targets = usize::from(parsed.targets);
    for (template, row) in parsed.templates[..usize::from(parsed.count)].iter_mut().zip(&indications) {
        for (target, indication) in row[..targets].iter().enumerate() {
            let (spatial, temporal) = parsed.target_layers[target];
            if u32::from(*indication) == SWITCH && spatial == template.spatial {
                template.frees |= 1 << temporal;
            }
        }
    }
    skip_differences(bits, parsed.count)?;
    skip_chains(bits, parsed.count, parsed.targets)?;
    if bits.flag()? {
        for _ in 0..=max_spatial {
            bits.read(32)?; // render width and height
        }
    }
    Some(parsed)
}

/// `template_layers()`; gives the highest spatial layer.
fn parse_layers(bits: &mut Bits<'_>, parsed: &mut Templates) -> Option<u8> {
    let (mut spatial, mut temporal) = (0, 0);
    loop {
        let slot = parsed.templates.get_mut(usize::from(parsed.count))?;
        *slot = Template { spatial, temporal, frees: 0 };
        parsed.count += 1;
        match bits.read(2)? {
            0 => {}
            1 => temporal += 1,
            2 => (spatial, temporal) = (spatial + 1, 0),
            _ => return Some(spatial),
        }
        if spatial > 3 || temporal > 7 {
            return None;
        }
    }
}

/// `template_dtis()`, and from them the layers of the decode targets.
fn parse_indications(bits: &mut Bits<'_>, parsed: &mut Templates) -> Option<[[u8; MAX_TARGETS]; MAX_TEMPLATES]> {
    let mut indications = [[0; MAX_TARGETS]; MAX_TEMPLATES];
    for (template, row) in parsed.templates[..usize::from(parsed.count)].iter().zip(&mut indications) {
        for (indication, layers) in row.iter_mut().zip(&mut parsed.target_layers[..usize::from(parsed.targets)]) {
            *indication = bits.read(2)? as u8;
            if *indication != 0 {
                *layers = (layers.0.max(template.spatial), layers.1.max(template.temporal));
            }
        }
    }
    Some(indications)
}

/// `template_fdiffs()`.
fn skip_differences(bits: &mut Bits<'_>, templates: u8) -> Option<()> {
    for _ in 0..templates {
        while bits.flag()? {
            bits.read(4)?;
        }
    }
    Some(())
}

/// `template_chains()`.
fn skip_chains(bits: &mut Bits<'_>, templates: u8, targets: u8) -> Option<()> {
    let chains = bits.below(u32::from(targets) + 1)?;
    if chains == 0 {
        return Some(());
    }
    for _ in 0..targets {
        bits.below(chains)?;
    }
    for _ in 0..u32::from(templates) * chains {
        bits.read(4)?;
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Writes fields of (value, width) to bytes.
    fn pack(fields: &[(u32, usize)]) -> Vec<u8> {
        let bits: Vec<u8> = fields.iter().flat_map(|&(value, width)| (0..width).rev().map(move |bit| (value >> bit & 1) as u8)).collect();
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | bit << (7 - at))).collect()
    }

    /// A key frame with the structure of one spatial and three temporal layers, in five templates: key, T0, T1, T2, T2.
    pub(in super::super) fn l1t3() -> Vec<u8> {
        let mut fields = vec![(1, 1), (1, 1), (0, 6), (100, 16), (0b10000, 5), (0, 6), (2, 5)];
        // Layers: same, +T, +T, same, end; in order of templates 0 and 1: T0; 2: T1; 3 and 4: T2.
        fields.extend([(0, 2), (1, 2), (1, 2), (0, 2), (3, 2)]);
        // SSS, SSS, -DS, --D, --D
        for row in [[2, 2, 2], [2, 2, 2], [0, 1, 2], [0, 0, 1], [0, 0, 1]] {
            fields.extend(row.map(|indication| (indication, 2)));
        }
        // No difference in the key frame; one of 4, 2, 1 and 1 in the others.
        fields.push((0, 1));
        for difference in [4, 2, 1, 1] {
            fields.extend([(1, 1), (difference - 1, 4), (0, 1)]);
        }
        // One chain over all three targets (`ns(4)` and `ns(1)`).
        fields.push((1, 2));
        fields.extend([0, 4, 2, 1, 3].map(|difference| (difference, 4)));
        fields.extend([(1, 1), (1280 - 1, 16), (720 - 1, 16)]);
        pack(&fields)
    }

    /// A frame of one packet that uses a template.
    pub(in super::super) fn later(template: u8, number: u16) -> Vec<u8> {
        let [high, low] = number.to_be_bytes();
        vec![0xC0 | template, high, low]
    }

    #[test]
    fn reads_a_structure_and_frames_after_it() {
        let mut templates = Templates::default();
        assert_eq!(templates.read(&later(0, 1)), None, "no structure yet");
        let key = templates.read(&l1t3()).unwrap();
        assert!(key.start && key.structure);
        assert_eq!((key.spatial, key.temporal, key.frees), (0, 0, 0b111));
        assert_eq!(templates.target_layers[..3], [(0, 0), (0, 1), (0, 2)]);
        let t1 = templates.read(&later(2, 2)).unwrap();
        assert_eq!((t1.temporal, t1.frees, t1.structure), (1, 0b100, false));
        assert_eq!(templates.read(&later(4, 3)).unwrap().temporal, 2);
        assert_eq!(templates.read(&later(5, 4)), None, "there are five templates");
    }

    #[test]
    fn custom_indications_replace_the_template_s() {
        let mut templates = Templates::default();
        templates.read(&l1t3()).unwrap();
        let frame = templates.read(&pack(&[(1, 1), (1, 1), (1, 6), (5, 16), (0b00100, 5), (1, 2), (2, 2), (1, 2)])).unwrap();
        assert_eq!(frame.frees, 0b010);
        let after_mask = pack(&[(1, 1), (1, 1), (1, 6), (5, 16), (0b01100, 5), (0b011, 3), (1, 2), (1, 2), (2, 2)]);
        assert_eq!(templates.read(&after_mask).unwrap().frees, 0b100, "the mask of active targets comes first");
    }

    #[test]
    fn a_truncated_structure_changes_nothing() {
        let whole = l1t3();
        for len in 4..whole.len() {
            let mut templates = Templates::default();
            assert_eq!(templates.read(&whole[..len]), None, "{len} bytes");
            assert_eq!(templates.count, 0);
        }
    }

    #[test]
    fn layers_past_the_specification_s_are_refused() {
        let mut fields = vec![(1, 1), (1, 1), (0, 6), (0, 16), (0b10000, 5), (0, 6), (0, 5)];
        fields.extend([(1, 2); 8]);
        fields.push((0, 32));
        assert_eq!(Templates::default().read(&pack(&fields)), None);
    }

    #[test]
    fn frame_numbers_are_overwritten() {
        let mut descriptor = l1t3();
        assert_eq!(frame_number(&descriptor), Some(100));
        set_frame_number(&mut descriptor, 0xFFFE);
        assert_eq!(frame_number(&descriptor), Some(0xFFFE));
        assert!(Templates::default().read(&descriptor).is_some());
        set_frame_number(&mut [1, 2], 9);
        assert_eq!(frame_number(&[1, 2]), None);
    }
}
