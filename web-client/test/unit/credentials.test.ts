import { expect, test } from 'vitest';
import { Credentials, type Store, tokenOf } from '../../src/credentials';

function store(): Store & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value), removeItem: (key) => void map.delete(key) };
}

function address(hash: string) {
  return {
    hash,
    cleared: 0,
    clear() {
      this.cleared += 1;
    },
  };
}

test('reads the token of a fragment', () => {
  expect(tokenOf('#token=a.b-c_d')).toBe('a.b-c_d');
  expect(tokenOf('#x=1&token=t')).toBe('t');
  expect([tokenOf(''), tokenOf('#token='), tokenOf('#other=1')]).toEqual([null, null, null]);
});

test('moves the token out of the address; a reload finds it', () => {
  const tab = store();
  const link = address('#token=t1');
  expect(new Credentials('console', tab, null, link).token()).toBe('t1');
  expect(link.cleared).toBe(1);
  const reload = address('');
  expect(new Credentials('console', tab, null, reload).token()).toBe('t1');
  expect(reload.cleared).toBe(0);
});

test('a panel finds it after a power cut, in a new tab', () => {
  const durable = store();
  new Credentials('panel', store(), durable, address('#token=t1')).keepResume('r1');
  const again = new Credentials('panel', store(), durable, address(''));
  expect([again.token(), again.resume()]).toEqual(['t1', 'r1']);
});

test('two panels in two tabs of one browser do not mix', () => {
  const durable = store();
  const [one, two] = [store(), store()];
  new Credentials('panel', one, durable, address('#token=t1')).keepResume('r1');
  new Credentials('panel', two, durable, address('#token=t2')).keepResume('r2');
  const reloaded = new Credentials('panel', one, durable, address(''));
  expect([reloaded.token(), reloaded.resume()]).toEqual(['t1', 'r1']);
});

test('a resume secret counts only beside its token', () => {
  const tab = store();
  new Credentials('console', tab, null, address('#token=t1')).keepResume('r1');
  expect(new Credentials('console', tab, null, address('#token=t1')).resume()).toBe('r1');
  expect(new Credentials('console', tab, null, address('#token=t2')).resume()).toBe(null);
});

test('pages do not see each other’s tokens', () => {
  const tab = store();
  new Credentials('console', tab, null, address('#token=t1'));
  expect(new Credentials('operator', tab, null, address('')).token()).toBe(null);
});

test('a forbidden store leaves the token for as long as the page is open', () => {
  const broken: Store = {
    getItem: () => {
      throw new Error('denied');
    },
    setItem: () => {
      throw new Error('full');
    },
    removeItem: () => {
      throw new Error('denied');
    },
  };
  const credentials = new Credentials('console', broken, null, address('#token=t1'));
  credentials.keepResume('r1');
  expect([credentials.token(), credentials.resume()]).toEqual(['t1', 'r1']);
});
