/** A raised hand; drawn, because not every panel has the sign in its fonts. */
export function HandIcon() {
  return (
    <svg class="icon-hand" viewBox="0 0 24 24" aria-hidden="true">
      <path
        d="M7 13V6.5a1.5 1.5 0 0 1 3 0V11V4.5a1.5 1.5 0 0 1 3 0V11V5.5a1.5 1.5 0 0 1 3 0V12V8.5a1.5 1.5 0 0 1 3 0V15a7 7 0 0 1-7 7c-2.6 0-4.2-1.1-5.4-3L3.7 14.600a1.600 1.600 0 0 1 2.7-1.700z"
        fill="currentColor"
      />
    </svg>
  );
}
