interface Props {
  value: string;
  onSearch: (text: string) => void;
  label: string;
  /** How many of how many are shown. */
  shown: string;
  /** What tests call the field and the count. */
  test: { field: string; shown: string };
}

/** A search field with how much it left. */
export function SearchLine({ value, onSearch, label, shown, test }: Props) {
  return (
    <div class="table-tools">
      <input
        type="search"
        value={value}
        placeholder={label}
        aria-label={label}
        onInput={(event) => onSearch(event.currentTarget.value)}
        data-test={test.field}
      />
      <span class="muted small-text" data-test={test.shown}>
        {shown}
      </span>
    </div>
  );
}
