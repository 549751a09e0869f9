// Random loss of UDP packets to and from some ports of this machine, by iptables. Needs root, or sudo without a password.

import { spawnSync } from 'node:child_process';

const become = process.getuid() === 0 ? [] : ['sudo', '-n'];
/** IPv6 too: browsers take whichever path answers first, and one without loss would be it. */
const FAMILIES = ['iptables', 'ip6tables'];

function run(family, ...words) {
  const [program, ...rest] = [...become, family, '-w', '5', ...words];
  return spawnSync(program, rest, { encoding: 'utf8' });
}

/** Whether this machine lets us lose packets; otherwise why not. */
export function refusal() {
  for (const family of FAMILIES) {
    const tried = run(family, '-L', 'INPUT', '-n');
    if (tried.status !== 0) return `packets cannot be lost here: ${(tried.error ?? tried.stderr).toString().trim()}`;
  }
  return null;
}

/**
 * Loses `share` (0…1) of the UDP packets in both directions and refuses TCP on those ports, so that nobody gets around; the returned function ends it and
 * returns how many packets were lost.
 */
export function losePackets(first, last, share) {
  const ports = `${first}:${last}`;
  const udp = ['--dport', '--sport'].map((side) => ['-p', 'udp', side, ports, '-m', 'statistic', '--mode', 'random', '--probability', `${share}`, '-j', 'DROP']);
  const rules = [...udp, ['-p', 'tcp', '--dport', ports, '-j', 'REJECT', '--reject-with', 'tcp-reset']];
  const lost = (family) => {
    const lines = run(family, '-L', 'INPUT', '-n', '-v', '-x').stdout.split('\n');
    return lines.filter((line) => line.includes('DROP') && line.includes(ports)).reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
  };
  const end = () => {
    process.off('exit', end);
    const count = FAMILIES.reduce((sum, family) => sum + lost(family), 0);
    for (const family of FAMILIES) for (const rule of rules) run(family, '-D', 'INPUT', ...rule);
    return count;
  };
  process.on('exit', end);
  for (const family of FAMILIES) {
    for (const rule of rules) {
      const done = run(family, '-I', 'INPUT', ...rule);
      if (done.status !== 0) {
        end();
        throw new Error(`${family}: ${done.stderr}`);
      }
    }
  }
  return end;
}
