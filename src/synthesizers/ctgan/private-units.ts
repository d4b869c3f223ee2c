import type { Codes } from '../../marginals/count-source.ts';

/** Private rows by unit of privacy; it stays behind the door. */
export interface PrivateUnits {
  /** Codes of all rows, one array per column. */
  readonly codes: readonly Codes[];
  /** Number of units; as secret as the rows. */
  readonly units: number;
  /** The rows of the given units: at most as many of each as its cap allows. */
  rowsOf(units: Int32Array): Int32Array;
}

/** Every row is a unit of its own. */
export function unitPerRow(codes: readonly Codes[]): PrivateUnits {
  return { codes, units: codes[0]?.length ?? 0, rowsOf: (units) => units };
}

/**
 * Rows by entity.
 *
 * **Privacy**: rows of an entity depend on this entity alone. The cap was applied when the table was bounded; here it is
 * applied once more, because the bound on an entity's gradient rests on it.
 * @param entities number of the entity of every row, from 0; negative for rows of none, which are in no unit.
 */
export function unitPerEntity(codes: readonly Codes[], entities: Int32Array, maxRows: number): PrivateUnits {
  const groups: number[][] = [];
  for (const [row, entity] of entities.entries()) {
    if (entity < 0) continue;
    const group = groups[entity] ?? [];
    groups[entity] = group;
    if (group.length < maxRows) group.push(row);
  }
  return {
    codes,
    units: groups.length,
    rowsOf: (units) => Int32Array.from([...units].flatMap((unit) => groups[unit] ?? [])),
  };
}
