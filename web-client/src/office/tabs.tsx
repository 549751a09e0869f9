import { signal } from '@preact/signals';

/** The values of a fragment `#tab=rooms&code=123456`. */
export function fragment(hash: string): URLSearchParams {
  return new URLSearchParams(hash.replace(/^#/, ''));
}

/** The fragment now shown. */
export const here = signal(fragment(location.hash));
window.addEventListener('hashchange', () => {
  here.value = fragment(location.hash);
});

/** Tabs that stay in the address, so that a reload and a link find them. */
export function Tabs<T extends string>({ tabs, current, label }: { tabs: readonly { id: T; name: string }[]; current: T; label: string }) {
  return (
    <nav class="office-tabs" aria-label={label}>
      {tabs.map(({ id, name }) => (
        <a key={id} href={`#tab=${id}`} class={id === current ? 'current' : ''} aria-current={id === current ? 'true' : undefined} data-test={`tab-${id}`}>
          {name}
        </a>
      ))}
    </nav>
  );
}

/** The tab of the address, or the first. */
export function tabOf<T extends string>(tabs: readonly { id: T }[]): T {
  const wanted = here.value.get('tab');
  return (tabs.find(({ id }) => id === wanted) ?? (tabs[0] as { id: T })).id;
}
