//! Which worker a transport goes to.

/// Transports a room's worker may have more than the idlest before the room spills over: handing packets to a sibling costs a copy each, less than an
/// unequal load costs everybody on the busy core.
const SLACK: usize = 48;

/// What a worker carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Transports in all.
    pub(crate) transports: usize,
    /// Those of the room in question.
    pub(crate) of_room: usize,
}

/// The index of the worker for the next transport of a room: where most of the room is, unless that worker has [`SLACK`] more than the idlest.
pub(crate) fn choose(loads: &[Load]) -> usize {
    let idlest = loads.iter().map(|load| load.transports).min().unwrap_or(0);
    let home =
        (0..loads.len()).filter(|worker| loads[*worker].of_room > 0 && loads[*worker].transports < idlest + SLACK).max_by_key(|worker| loads[*worker].of_room);
    home.or_else(|| (0..loads.len()).min_by_key(|worker| loads[*worker].transports)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(transports: usize, of_room: usize) -> Load {
        Load { transports, of_room }
    }

    #[test]
    fn a_small_room_stays_together_on_the_idlest_worker() {
        assert_eq!(choose(&[load(10, 0), load(4, 0)]), 1);
        assert_eq!(choose(&[load(10, 0), load(20, 3)]), 1);
    }

    #[test]
    fn a_large_room_spreads() {
        let mut loads = vec![load(0, 0); 2];
        for _ in 0..200 {
            let worker = choose(&loads);
            loads[worker].transports += 1;
            loads[worker].of_room += 1;
        }
        assert!(loads.iter().all(|load| load.transports >= 70), "{loads:?}");
    }
}
