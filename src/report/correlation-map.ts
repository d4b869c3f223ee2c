import { type Chart, INK, LINE, QUIET } from './chart.ts';

/** Correlations to draw: symmetric; null where there is none. */
export interface CorrelationTable {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  /** Standard errors, written under the numbers. */
  readonly errors?: readonly (readonly number[])[];
}

/** Longest column name on an axis. */
const MOST_LETTERS = 18;

const shorten = (name: string) => (name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name);

/** Columns up to which cells show their number. */
const MOST_NUMBERED = 16;

/**
 * The lower triangle of a correlation matrix: one colour for positive, another for negative, stronger is denser; numbers
 * in the cells as long as they fit.
 */
export function correlationMap(
  words: { readonly name: string; readonly title: string; readonly what: string },
  { columns, values, errors }: CorrelationTable,
): Chart {
  const size = columns.length;
  const isNumbered = size <= MOST_NUMBERED;
  const cell = isNumbered ? (errors ? 48 : 40) : 20;
  const pairs = columns.flatMap((_, row) =>
    columns.slice(0, row).map((_, column) => ({
      ...{ row, column, value: values[row]?.[column] ?? null },
      error: errors?.[row]?.[column],
    })),
  );
  const known = pairs.filter((pair) => pair.value !== null).sort((a, b) => Math.abs(b.value!) - Math.abs(a.value!));
  const strongest = known
    .slice(0, 3)
    .map(
      ({ row, column, value, error }) =>
        `${columns[row]} with ${columns[column]} ${value!.toFixed(2)}${error === undefined ? '' : ` ± ${error.toFixed(2)}`}`,
    );
  const { what, ...named } = words;
  const axis = {
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { show: false },
    splitLine: { show: false },
  };
  return {
    ...named,
    alternative: `${what}, from -1 to 1. Strongest: ${strongest.join('; ')}.`,
    width: Math.max(360, 190 + cell * (size - 1)),
    height: Math.max(240, 150 + cell * (size - 1)),
    option: {
      grid: { left: 8, right: 8, top: 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        type: 'category',
        data: columns.slice(0, -1).map(shorten),
        ...axis,
        axisLabel: { rotate: 60, color: QUIET, interval: 0 },
      },
      yAxis: {
        type: 'category',
        data: columns.slice(1).map(shorten),
        inverse: true,
        ...axis,
        axisLabel: { color: QUIET, interval: 0 },
      },
      series: [
        {
          type: 'custom',
          encode: { x: 0, y: 1 },
          data: known.map(({ row, column, value, error }) => [column, row - 1, value, error ?? -1]),
          renderItem: drawCell(isNumbered),
        },
      ],
    },
  };
}

interface CellApi {
  readonly value: (dimension: number) => number;
  readonly coord: (point: readonly number[]) => readonly number[];
  readonly size: (extent: readonly number[]) => readonly number[];
}

/** Opacity from which on the number in a cell needs the colour of the paper. */
const DENSE = 0.55;

function drawCell(isNumbered: boolean): (params: unknown, api: CellApi) => object {
  return (_params, api) => {
    const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
    const [width = 0, height = 0] = api.size([1, 1]);
    const [value, error] = [api.value(2), api.value(3)];
    const opacity = 0.05 + 0.95 * Math.abs(value);
    const rect = {
      type: 'rect',
      shape: { x: x - width / 2, y: y - height / 2, width: width - 1, height: height - 1 },
      style: { fill: value < 0 ? 'var(--synthetic)' : 'var(--scale-high)', opacity },
    };
    if (!isNumbered) return rect;
    const text = {
      type: 'text',
      style: {
        x,
        y,
        text: `${value.toFixed(2).replace('-', '−')}${error < 0 ? '' : `\n±${error.toFixed(2).replace(/^0/, '')}`}`,
        align: 'center',
        verticalAlign: 'middle',
        fontSize: 11,
        fill: opacity > DENSE ? 'var(--paper)' : INK,
      },
    };
    return { type: 'group', children: [rect, text] };
  };
}
