// This browser's stores and the way to ask the service, as the parts of a panel share them.
import { Api } from '../api/client';
import { storeOf } from '../credentials';
import type { Stores } from './device';

export const stores: Stores = { tab: storeOf('sessionStorage'), durable: storeOf('localStorage') };
export const api = new Api();
