import type { RowBatch } from '../../neural/clipped-gradients.ts';
import type { Stream } from '../../random/stream.ts';
import type { CellLayout } from './conditions.ts';

/**
 * Draws rows from random components of the generator, as a discriminator takes them: one exact draw per head.
 *
 * **Privacy**: a fixed number of rows, from released values and a public stream.
 * @param shares head probabilities, components × width.
 * @param asked the cell each component was asked for.
 */
export function drawFakes(
  layout: CellLayout,
  { shares, asked }: { readonly shares: Float32Array; readonly asked: Int32Array },
  { count, stream }: { readonly count: number; readonly stream: Stream },
): RowBatch {
  const { sizes, starts, width } = layout;
  const cells = new Int32Array(count * (sizes.length + 1));
  for (let fake = 0; fake < count; fake++) {
    const component = stream.below(asked.length);
    const base = fake * (sizes.length + 1);
    for (const [column, size] of sizes.entries()) {
      let rest = stream.nextFloat32();
      let cell = 0;
      for (; cell < size - 1; cell++) {
        rest -= shares[component * width + starts[column]! + cell]!;
        if (rest < 0) break;
      }
      cells[base + column] = starts[column]! + cell;
    }
    cells[base + sizes.length] = width + asked[component]!;
  }
  return {
    count,
    write: (row, out) => {
      for (let place = 0; place <= sizes.length; place++) out[cells[row * (sizes.length + 1) + place]!] = 1;
    },
  };
}
