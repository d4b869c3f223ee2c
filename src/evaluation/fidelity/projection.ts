import type { Stream } from '../../random/stream.ts';
import type { AlignedTables, TableRole } from '../aligned-tables.ts';
import { sampleRows } from '../sampling.ts';
import { type DesignMatrix, fitDesign } from '../usefulness/design-matrix.ts';

/** Rows of each table in the picture. */
const POINTS = 400;
/** Real rows behind the axes. */
const MAX_ROWS = 5000;
/** Power iterations per axis: the picture needs two or three digits. */
const ITERATIONS = 60;

/** A point of the picture. */
export type Point = readonly [x: number, y: number];

/** Rows of every table on the two directions in which the real rows vary most. **Privacy**: private. */
export type Projection = Readonly<Partial<Record<TableRole, readonly Point[]>>>;

/**
 * Projects a sample of every table on the first two principal components of the real rows (numbers standardised by the real
 * table, one feature per real category).
 * @source Pearson, Philosophical Magazine 2 (1901) 559-572; by power iteration with deflation.
 */
export function projectTables(tables: AlignedTables, stream: Stream): Projection {
  const count = (role: TableRole) => tables.rowCounts[role] ?? 0;
  const rows = sampleRows(count('real'), MAX_ROWS, stream.split('axes'));
  const encoder = fitDesign(tables.columns, 'real', rows);
  const design = encoder.encode('real', rows);
  if (design.width < 2) return {};
  const means = featureMeans(design);
  const first = principalAxis(design, means, []);
  const second = principalAxis(design, means, [first]);
  const entries = tables.roles.map((role) => {
    const shown = encoder.encode(role, sampleRows(count(role), POINTS, stream.split('points', role)));
    const [x, y] = [multiply(shown, means, first), multiply(shown, means, second)];
    return [role, Array.from(x, (value, at): Point => [value, y[at] as number])] as const;
  });
  return Object.fromEntries(entries);
}

function featureMeans(design: DesignMatrix): Float64Array {
  const means = new Float64Array(design.width);
  forEachEntry(design, (_, feature, value) => {
    means[feature]! += value / design.rows;
  });
  return means;
}

function forEachEntry(design: DesignMatrix, visit: (row: number, feature: number, value: number) => void): void {
  for (const slot of design.slots) {
    for (let row = 0; row < design.rows; row += 1) {
      const feature = slot.kind === 'dense' ? slot.feature : (slot.features[row] as number);
      if (feature >= 0) visit(row, feature, slot.kind === 'dense' ? (slot.values[row] as number) : 1);
    }
  }
}

/** Centred rows times a direction. */
function multiply(design: DesignMatrix, means: Float64Array, axis: Float64Array): Float64Array {
  const centre = means.reduce((total, mean, feature) => total + mean * (axis[feature] as number), 0);
  const out = new Float64Array(design.rows).fill(-centre);
  forEachEntry(design, (row, feature, value) => {
    out[row]! += value * (axis[feature] as number);
  });
  return out;
}

/** Direction of largest variance that is orthogonal to `found`. */
function principalAxis(design: DesignMatrix, means: Float64Array, found: readonly Float64Array[]): Float64Array {
  // A fixed start: any vector that is not orthogonal to the answer will do.
  let axis = Float64Array.from({ length: design.width }, (_, feature) => 1 + (feature % 7) / 7);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const scores = multiply(design, means, axis);
    const next = new Float64Array(design.width);
    forEachEntry(design, (row, feature, value) => {
      next[feature]! += value * (scores[row] as number);
    });
    for (const other of found) {
      const overlap = next.reduce((total, value, feature) => total + value * (other[feature] as number), 0);
      other.forEach((value, feature) => {
        next[feature]! -= overlap * value;
      });
    }
    const norm = Math.hypot(...next);
    if (norm === 0) break;
    axis = next.map((value) => value / norm);
  }
  // The sign is arbitrary; fixed so that pictures of one table look alike.
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}
