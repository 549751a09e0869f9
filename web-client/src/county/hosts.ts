/** A URL's host: the rest may hold a key of the other service. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
