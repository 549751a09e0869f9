// What the teacher chose, kept for a reload of the tab.
import { storeOf } from '../credentials';

export interface Choices {
  entered: boolean;
  camera: string;
  microphone: string;
  speaker: string;
}

const KEY = 'tongke.console.choices';
const NONE: Choices = { entered: false, camera: '', microphone: '', speaker: '' };

export function readChoices(): Choices {
  try {
    const kept: unknown = JSON.parse(storeOf('sessionStorage')?.getItem(KEY) ?? 'null');
    return typeof kept === 'object' && kept !== null ? { ...NONE, ...kept } : NONE;
  } catch {
    return NONE;
  }
}

export function keepChoices(change: Partial<Choices>): void {
  try {
    storeOf('sessionStorage')?.setItem(KEY, JSON.stringify({ ...readChoices(), ...change }));
  } catch {
    // Without a store the next reload asks again.
  }
}
