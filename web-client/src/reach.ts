// Tells a network that lets the page in but keeps its media out. No DOM.
import type { Clock } from './clock';
import type { MediaPhase } from './media';

/** Answered, yet without media for so long: it is not only slow. One attempt gives up after `SETUP_MS`, so the second is under way. */
export const UNREACHED_MS = 12_000;

/**
 * The network's fault, with the places of the service that answers named and that media does not get to (`UDP/TCP 7700`; empty where an answer named none); or
 * the browser's, which can make no transport: it is too old, or does not take the service's STUN and TURN servers.
 */
export type Unreached = { readonly why: 'network'; readonly ports: string } | { readonly why: 'browser' };

/** Watches one page's attempts; `tell` is called with null as soon as media connects or is not tried any more. */
export class Reach {
  private timer: number | undefined;
  private readonly protocols = new Set<string>();
  private readonly ports = new Set<number>();

  constructor(
    private readonly clock: Clock,
    private readonly tell: (unreached: Unreached | null) => void,
  ) {}

  /** The service answered with this description. */
  answered(sdp: string): void {
    for (const line of sdp.split(/\r?\n/)) {
      const candidate = /^a=candidate:\S+ \d+ (udp|tcp) \d+ \S+ (\d+) /i.exec(line);
      if (!candidate) continue;
      this.protocols.add(String(candidate[1]).toUpperCase());
      this.ports.add(Number(candidate[2]));
    }
  }

  phase(phase: MediaPhase): void {
    if (phase === 'connected' || phase === 'off') return this.stop();
    // Further attempts do not begin the wait anew.
    if (phase === 'connecting') this.timer ??= this.clock.setTimeout(() => this.tell({ why: 'network', ports: this.named() }), UNREACHED_MS);
  }

  /** The browser can make no transport. */
  unable(): void {
    this.clock.clearTimeout(this.timer ?? 0);
    this.timer = undefined;
    this.tell({ why: 'browser' });
  }

  /** Refused: the network is not what is in the way. */
  stop(): void {
    this.clock.clearTimeout(this.timer ?? 0);
    this.timer = undefined;
    this.tell(null);
  }

  private named(): string {
    if (this.ports.size === 0) return '';
    const order = ['UDP', 'TCP'].filter((protocol) => this.protocols.has(protocol));
    return `${order.join('/')} ${[...this.ports].sort((a, b) => a - b).join(', ')}`;
  }
}
