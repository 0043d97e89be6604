//! Measures what the process takes.

use std::fs::read_to_string;
use std::time::Duration;

use gotemplate::Meter;

/// This process, and the thread that asks. Linux tells in files, and other systems have none of the kind.
#[derive(Clone, Copy, Debug)]
pub struct Process;

/// What a count of ticks in those files stands for, on every machine.
const TICK: Duration = Duration::from_millis(10);

impl Meter for Process {
    fn memory(&self) -> Option<u64> {
        let status = read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes << 10)
    }

    fn time(&self) -> Option<Duration> {
        let status = read_to_string("/proc/thread-self/stat").ok()?;
        // The second field is the program's name, which may hold spaces and brackets.
        let (_, fields) = status.rsplit_once(") ")?;
        let mut fields = fields.split(' ').skip(11).map(|field| field.parse::<u32>().ok());
        let (user, system) = (fields.next()??, fields.next()??);
        Some(TICK * user + TICK * system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_held_is_measured() {
        let before = Process.memory();
        let held = vec![1_u8; 64 << 20];
        let after = Process.memory();
        if let (Some(before), Some(after)) = (before, after) {
            assert!(after >= before + (32 << 20), "{before} {after}");
        }
        assert_eq!(held.last(), Some(&1));
    }

    #[test]
    fn time_passes_while_the_thread_works() {
        let Some(before) = Process.time() else { return };
        let mut turns = 0_u64;
        while Process.time().is_some_and(|now| now < before + 3 * TICK) {
            turns += 1;
            assert!(turns < 100_000_000);
        }
        assert!(turns > 10);
    }
}
