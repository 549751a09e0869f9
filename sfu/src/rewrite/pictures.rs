//! Renumbering of picture ids: in VP8 and VP9 descriptors, and AV1's frame numbers.

use super::Picture;

/// Keeps picture ids, frame numbers and TL0PICIDX going on by one over changes of the input.
///
/// Within an input both keep their steps, but for VP8 pictures that are left out: a VP8 receiver waits for the pictures whose ids it misses. VP9 and AV1
/// receivers do not, and find references by differences of ids. TL0PICIDX counts pictures of the base layer alone, which are not left out.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    offsets: Offsets,
    /// The newest sent.
    last: Option<u16>,
    last_tl0: Option<u8>,
    seen: Seen,
}

/// What an input's ids become, known from its first picture on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offsets {
    /// Added to picture ids, wrapping.
    id: Option<u16>,
    /// Added to TL0PICIDX, wrapping.
    tl0: Option<u8>,
}

impl Offsets {
    /// The ids to send; `dropped` pictures were left out before this one.
    pub(super) fn apply(self, picture: Picture, dropped: u16) -> Picture {
        let id = |id: u16, mask, dropped| id.wrapping_add(self.id.unwrap_or(0)).wrapping_sub(dropped) & mask;
        let tl0 = |tl0: Option<u8>| tl0.map(|tl0| tl0.wrapping_add(self.tl0.unwrap_or(0)));
        match picture {
            Picture::None => Picture::None,
            Picture::Vp8 { picture_id, long, tl0: index } => {
                Picture::Vp8 { picture_id: picture_id.map(|it| id(it, mask(long), dropped)), long, tl0: tl0(index) }
            }
            Picture::Vp9 { picture_id, long, tl0: index } => Picture::Vp9 { picture_id: picture_id.map(|it| id(it, mask(long), 0)), long, tl0: tl0(index) },
            Picture::Av1 { frame_number } => Picture::Av1 { frame_number: id(frame_number, u16::MAX, 0) },
        }
    }
}

impl Pictures {
    /// The next picture is one of another input.
    pub(super) fn restart(&mut self) {
        self.offsets = Offsets::default();
        self.seen = Seen::default();
    }

    /// What the ids of the input at hand become.
    pub(super) fn offsets(&self) -> Offsets {
        self.offsets
    }

    /// The ids to send; `dropped` pictures were left out before this one.
    pub(super) fn forward(&mut self, picture: Picture, dropped: u16) -> Picture {
        if let Picture::Vp8 { picture_id: Some(id), long, .. } = picture {
            self.seen.note(id, long);
        }
        let (id, tl0, _) = ids(picture);
        self.begin(id, tl0, if matches!(picture, Picture::Vp8 { .. }) { dropped } else { 0 });
        let out = self.offsets.apply(picture, dropped);
        let (id, tl0, mask) = ids(out);
        if let Some(id) = id.filter(|id| self.last.is_none_or(|last| is_newer(*id, last, mask))) {
            self.last = Some(id);
        }
        if let Some(tl0) = tl0.filter(|tl0| self.last_tl0.is_none_or(|last| (tl0.wrapping_sub(last) as i8) > 0)) {
            self.last_tl0 = Some(tl0);
        }
        out
    }

    /// Settles the offsets with an input's first ids: it goes on by one.
    fn begin(&mut self, id: Option<u16>, tl0: Option<u8>, dropped: u16) {
        if let Some(id) = id {
            self.offsets.id.get_or_insert_with(|| self.last.map_or(0, |last| last.wrapping_add(1).wrapping_sub(id).wrapping_add(dropped)));
        }
        if let Some(tl0) = tl0 {
            self.offsets.tl0.get_or_insert_with(|| self.last_tl0.map_or(0, |last| last.wrapping_add(1).wrapping_sub(tl0)));
        }
    }

    /// A packet of this picture is left out: whether that leaves out a picture not counted before.
    pub(super) fn skip(&mut self, picture: Picture) -> bool {
        match picture {
            Picture::Vp8 { picture_id: Some(id), long, .. } => self.seen.note(id, long),
            _ => false,
        }
    }
}

/// A picture's id, `TL0PICIDX`, and the mask of its ids.
fn ids(picture: Picture) -> (Option<u16>, Option<u8>, u16) {
    match picture {
        Picture::None => (None, None, 0),
        Picture::Vp8 { picture_id, long, tl0 } | Picture::Vp9 { picture_id, long, tl0 } => (picture_id, tl0, mask(long)),
        Picture::Av1 { frame_number } => (Some(frame_number), None, u16::MAX),
    }
}

fn mask(long: bool) -> u16 {
    if long { 0x7fff } else { 0x7f }
}

fn is_newer(id: u16, than: u16, mask: u16) -> bool {
    let step = id.wrapping_sub(than) & mask;
    step != 0 && step <= mask / 2
}

/// Which of the last 64 pictures of an input were met.
#[derive(Debug, Default)]
struct Seen {
    newest: Option<u16>,
    /// Bit n: the picture n before the newest.
    met: u64,
}

impl Seen {
    /// Whether the picture is met for the first time; false for one too old to know.
    fn note(&mut self, id: u16, long: bool) -> bool {
        let mask = mask(long);
        let Some(newest) = self.newest else {
            (self.newest, self.met) = (Some(id), 1);
            return true;
        };
        if is_newer(id, newest, mask) {
            let step = u32::from(id.wrapping_sub(newest) & mask);
            self.met = self.met.checked_shl(step).unwrap_or(0) | 1;
            self.newest = Some(id);
            return true;
        }
        let back = newest.wrapping_sub(id) & mask;
        let first = back < 64 && self.met & (1 << back) == 0;
        if first {
            self.met |= 1 << back;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vp8(id: u16, long: bool, tl0: u8) -> Picture {
        Picture::Vp8 { picture_id: Some(id), long, tl0: Some(tl0) }
    }

    #[test]
    fn goes_on_by_one_at_a_change_of_input() {
        let mut pictures = Pictures::default();
        assert_eq!(pictures.forward(vp8(0x7fff, true, 255), 0), vp8(0x7fff, true, 255));
        assert_eq!(pictures.forward(vp8(0, true, 255), 0), vp8(0, true, 255));
        pictures.restart();
        assert_eq!(pictures.forward(vp8(300, true, 9), 0), vp8(1, true, 0));
        assert_eq!(pictures.forward(vp8(300, true, 9), 0), vp8(1, true, 0), "another packet of it");
        assert_eq!(pictures.forward(vp8(302, true, 10), 0), vp8(3, true, 1), "a lost one stays missing");
        assert_eq!(pictures.forward(vp8(301, true, 9), 0), vp8(2, true, 0), "until it comes");
        pictures.restart();
        assert_eq!(pictures.forward(vp8(0, true, 0), 0), vp8(4, true, 2));
    }

    #[test]
    fn short_ids_wrap_at_128() {
        let mut pictures = Pictures::default();
        pictures.forward(vp8(126, false, 0), 0);
        pictures.restart();
        assert_eq!(pictures.forward(vp8(5, false, 0), 0), vp8(127, false, 1));
        assert_eq!(pictures.forward(vp8(6, false, 0), 0), vp8(0, false, 1));
        pictures.restart();
        assert_eq!(pictures.forward(vp8(9_000, true, 0), 0), vp8(1, true, 2), "a wider input goes on from there");
    }

    #[test]
    fn ids_that_are_missing_stay_missing_and_numbering_survives_them() {
        let mut pictures = Pictures::default();
        pictures.forward(vp8(10, true, 3), 0);
        pictures.restart();
        assert_eq!(pictures.forward(Picture::None, 0), Picture::None);
        let bare = Picture::Vp8 { picture_id: None, long: false, tl0: None };
        assert_eq!(pictures.forward(bare, 0), bare);
        pictures.restart();
        let vp9 = Picture::Vp9 { picture_id: Some(70), long: true, tl0: Some(1) };
        assert_eq!(pictures.forward(vp9, 0), Picture::Vp9 { picture_id: Some(11), long: true, tl0: Some(4) });
    }

    #[test]
    fn frame_numbers_go_on_over_inputs_and_keep_gaps() {
        let mut pictures = Pictures::default();
        let av1 = |frame_number| Picture::Av1 { frame_number };
        assert_eq!(pictures.forward(av1(0xfffe), 0), av1(0xfffe));
        assert!(!pictures.skip(av1(0xffff)));
        assert_eq!(pictures.forward(av1(0), 0), av1(0));
        pictures.restart();
        assert_eq!(pictures.forward(av1(40_000), 0), av1(1));
        assert_eq!(pictures.forward(av1(40_002), 0), av1(3));
        assert_eq!(pictures.forward(av1(40_001), 0), av1(2));
        pictures.restart();
        assert_eq!(pictures.forward(av1(7), 0), av1(4));
    }

    #[test]
    fn a_left_out_picture_counts_once_and_vp9_ones_never() {
        let mut pictures = Pictures::default();
        pictures.forward(vp8(10, true, 0), 0);
        assert!(!pictures.skip(vp8(10, true, 0)), "a part of it was sent");
        assert!(pictures.skip(vp8(12, true, 0)));
        assert!(!pictures.skip(vp8(12, true, 0)));
        assert!(pictures.skip(vp8(11, true, 0)), "reordered");
        assert!(!pictures.skip(vp8(11, true, 0)));
        assert!(pictures.skip(vp8(300, true, 0)));
        assert!(!pictures.skip(vp8(200, true, 0)), "too old to know");
        assert!(!pictures.skip(Picture::Vp9 { picture_id: Some(400), long: true, tl0: None }));
        assert!(!pictures.skip(Picture::None));
        assert_eq!(pictures.forward(vp8(301, true, 0), 3), vp8(298, true, 0));
    }
}
