import { isWithin, reachOf } from '../access/access';
import type { Action } from '../access/table';
import type { Region } from '../generated/api';
import { session } from '../office/desk';
import { regionName, treeOf } from './regions';

interface Props {
  /** Only where this may be done. */
  action: Action;
  regions: readonly Region[];
  value: string;
  onChange: (id: string) => void;
  disabled?: boolean;
  /** None may be chosen too, under this name. */
  none?: string;
  test?: string;
}

/** One of the regions that the person may change things in, from the largest down. */
export function RegionSelect({ action, regions, value, onChange, disabled, none, test }: Props) {
  const reach = session.value ? reachOf(session.value, action, regions) : null;
  return (
    <select value={value} disabled={disabled === true} onChange={(event) => onChange(event.currentTarget.value)} data-test={test}>
      {none !== undefined && <option value="">{none}</option>}
      {treeOf(regions)
        .filter(({ region: { id } }) => isWithin(reach, id) || id === value)
        .map((placed) => (
          <option key={placed.region.id} value={placed.region.id}>
            {regionName(placed)}
          </option>
        ))}
    </select>
  );
}
