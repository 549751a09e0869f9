import type { Region } from '../generated/api';
import { session } from '../office/desk';
import { managedRegions, regionName, treeOf } from './regions';

interface Props {
  regions: readonly Region[];
  value: string;
  onChange: (id: string) => void;
  disabled?: boolean;
  /** None may be chosen too, under this name. */
  none?: string;
  test?: string;
}

/** One of the regions that the person may change things in, from the largest down. */
export function RegionSelect({ regions, value, onChange, disabled, none, test }: Props) {
  const managed = session.value ? managedRegions(session.value, regions) : null;
  return (
    <select value={value} disabled={disabled === true} onChange={(event) => onChange(event.currentTarget.value)} data-test={test}>
      {none !== undefined && <option value="">{none}</option>}
      {treeOf(regions)
        .filter(({ region: { id } }) => managed === null || managed.has(id) || id === value)
        .map((placed) => (
          <option key={placed.region.id} value={placed.region.id}>
            {regionName(placed)}
          </option>
        ))}
    </select>
  );
}
