// Random loss of UDP packets to and from some ports of this machine, by iptables. Needs root, or sudo without a password.

import { spawnSync } from 'node:child_process';

const become = process.getuid() === 0 ? [] : ['sudo', '-n'];

function iptables(...words) {
  const [program, ...rest] = [...become, 'iptables', '-w', '5', ...words];
  return spawnSync(program, rest, { encoding: 'utf8' });
}

/** Whether this machine lets us lose packets; otherwise why not. */
export function refusal() {
  const tried = iptables('-L', 'INPUT', '-n');
  return tried.status === 0 ? null : `packets cannot be lost here: ${(tried.error ?? tried.stderr).toString().trim()}`;
}

/** Loses `share` (0…1) of the UDP packets in both directions and refuses TCP on those ports, so that nobody gets around; the returned function ends it. */
export function losePackets(first, last, share) {
  const ports = `${first}:${last}`;
  const rules = [
    ...['--dport', '--sport'].map((side) => ['-p', 'udp', side, ports, '-m', 'statistic', '--mode', 'random', '--probability', `${share}`, '-j', 'DROP']),
    ['-p', 'tcp', '--dport', ports, '-j', 'REJECT', '--reject-with', 'tcp-reset'],
  ];
  const end = () => {
    for (const rule of rules) iptables('-D', 'INPUT', ...rule);
    process.off('exit', end);
  };
  process.on('exit', end);
  for (const rule of rules) {
    const done = iptables('-I', 'INPUT', ...rule);
    if (done.status !== 0) {
      end();
      throw new Error(`iptables: ${done.stderr}`);
    }
  }
  return end;
}
