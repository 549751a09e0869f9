//! Processor time of a process (proc(5), `/proc/PID/stat`).

use nix::unistd::{SysconfVar, sysconf};
use std::time::Duration;

/// Why it could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the processor time of process {pid} cannot be read from /proc/{pid}/stat: {reason}; is that the id of a running process on this machine?")]
pub struct CpuError {
    pid: u32,
    reason: String,
}

/// User and system time that the process has used so far, its threads included; in steps of 10 ms.
pub fn used(pid: u32) -> Result<Duration, CpuError> {
    let wrong = |reason: String| CpuError { pid, reason };
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|error| wrong(error.to_string()))?;
    let ticks = parse(&stat).ok_or_else(|| wrong("unexpected text".into()))?;
    let rate = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100).max(1) as u64;
    Ok(Duration::from_micros(ticks * 1_000_000 / rate))
}

/// Fields 14 and 15, counted behind the process name, which may hold anything.
fn parse(stat: &str) -> Option<u64> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn counts_fields_behind_the_name() {
        assert_eq!(parse("7 (a) b 1) S 1 7 7 0 -1 4194560 1 0 0 0 123 45 0 0 20 0 1"), Some(168));
        assert_eq!(parse("7 (a"), None);
        assert_eq!(parse("7 (a) S 1"), None);
    }

    #[test]
    fn reads_its_own_time_and_names_a_process_that_is_not_there() {
        assert!(used(std::process::id()).is_ok());
        let error = used(u32::MAX).unwrap_err().to_string();
        assert!(error.contains("4294967295"), "{error}");
    }
}
