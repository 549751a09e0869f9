/** Whether every word of `text` stands in one of the texts, whatever the case. */
export function matches(text: string, ...within: readonly (string | null | undefined)[]): boolean {
  const hay = within
    .filter((part) => part)
    .join(' ')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}
