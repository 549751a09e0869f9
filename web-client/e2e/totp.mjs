// The authenticator app on a phone: time-based codes (TOTP, RFC 6238; 6 digits, SHA-1, 30 s).

import { createHmac } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of a secret in base 32 at a moment, ms since 1970. */
export function totp(secret, now) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const value = mac.readUInt32BE(mac[mac.length - 1] & 0xf) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}

function bytesOf(base32) {
  let bits = '';
  for (const letter of base32.toUpperCase().replace(/[\s=]/g, '')) bits += BASE32.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}
