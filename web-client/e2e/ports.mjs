// Ports for the tests' own servers.

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below what a system gives to outgoing connections (Linux: 32768 and up): none of those takes a port before its server has it, or while that is away. */
const [LOWEST, HIGHEST] = [12_000, 32_000];

function udp(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', () => resolve(false));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

function tcp(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The first of `count` consecutive ports that are free now, for UDP and for TCP. */
export async function freePorts(count = 1) {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if ((await Promise.all(ports.flatMap((port) => [udp(port), tcp(port)]))).every(Boolean)) return first;
  }
}
