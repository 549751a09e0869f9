import type { Api } from '../api/client';
import { ApiProblem, problemNamed } from '../api/problem';
import { backOf } from '../api/way';
import type { OidcView } from '../generated/api';
import { useLoad } from '../office/load';
import { w } from './words';

/** The other way in: the district's identity provider, where there is one. Where that cannot be told, passwords are there still, and nothing is said. */
export function Provider({ api }: { api: Api }) {
  const provider = useLoad(() => api.get<OidcView>('/oidc'), []);
  const name = provider.value?.name ?? null;
  if (name === null) return null;
  return (
    <div class="signin-provider">
      <p class="muted">{w('or')}</p>
      <a class="button large" href={startOf(location.search)} data-test="provider">
        {name}
      </a>
    </div>
  );
}

/** Where the way through the provider begins; it comes back to where the sign-in page was to lead. */
export function startOf(search: string): string {
  const back = backOf(search);
  return `/api/v1/oidc/start${back === null ? '' : `?return=${encodeURIComponent(back)}`}`;
}

/** Why one came back without being signed in: `#problem=NAME`. A name that is not known here says no more than that it did not work. */
export function refusalOf(hash: string): ApiProblem | null {
  const name = new URLSearchParams(hash.replace(/^#/, '')).get('problem');
  if (name === null) return null;
  return problemNamed(name) ?? new ApiProblem('server', 0, '');
}
