//! Whom the system's scheduler prefers.

use std::io;

/// Before what else runs in the same session, or on the machine where sessions have no share of their own (sched(7), "The autogroup feature"); the other
/// threads of a core that is full still get a tenth of it.
const NICENESS: libc::c_int = -10;

/// Gives the calling thread a niceness of −10. Where it has a core to itself that changes nothing; where it has not, a packet does not wait for a turn of
/// somebody who computes.
///
/// # Errors
/// Where the process may not: it has neither CAP_SYS_NICE nor a limit of niceness (RLIMIT_NICE) that goes so far.
pub(crate) fn prefer_this_thread() -> io::Result<()> {
    // SAFETY: takes three numbers and no memory. Linux keeps a niceness for each thread, and 0 means the one that asks (setpriority(2), "C library/kernel
    // differences").
    let failed = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) } != 0;
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The niceness of the calling thread.
    fn niceness() -> i64 {
        // The 19th field, the 17th after the name in brackets (proc_pid_stat(5)).
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit(')').next().unwrap().split_whitespace().nth(16).unwrap().parse().unwrap()
    }

    #[test]
    fn only_the_thread_that_asks_is_preferred() {
        let before = niceness();
        let (done, after) = std::thread::spawn(|| (prefer_this_thread(), niceness())).join().unwrap();
        match done {
            Ok(()) => assert_eq!(after, i64::from(NICENESS)),
            Err(error) => assert_eq!((error.kind(), after), (io::ErrorKind::PermissionDenied, before)),
        }
        assert_eq!(niceness(), before);
    }
}
