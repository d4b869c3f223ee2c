import { type Chart, INK, LINE, QUIET, SERIES_COLOUR } from './chart.ts';
import type { ChartWords } from './charts.ts';

/** One line of an interval chart. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly interval: readonly [number, number] | null;
  readonly baseline: number | null;
}

interface ItemApi {
  readonly value: (dimension: number) => number;
  readonly coord: (point: readonly number[]) => readonly number[];
}

/** Half the height of a whisker's end, in pixels. */
const CAP = 5;

/**
 * Values with their intervals as dots and whiskers, the baseline as a hollow dot, a reference line where the good value is.
 * `limit` cuts the axis so that one wide interval does not hide the rest.
 */
export function intervalChart(
  words: ChartWords,
  data: {
    readonly rows: readonly IntervalRow[];
    readonly unit: string;
    readonly reference?: number;
    readonly limit?: number;
  },
): Chart {
  const highs = data.rows.map((row) => row.interval?.[1] ?? row.value);
  const largest = Math.max(...highs, data.reference ?? 0, ...data.rows.map((row) => row.baseline ?? 0));
  const maximum = Math.min(largest * 1.05 || 1, data.limit ?? Number.POSITIVE_INFINITY);
  const clip = (value: number) => Math.min(value, maximum);
  return {
    ...words,
    width: 680,
    height: 70 + data.rows.length * 26,
    option: {
      grid: { left: 8, right: 24, top: 12, bottom: 34, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        type: 'value',
        max: maximum,
        name: data.unit,
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: { color: QUIET },
        axisLabel: { color: QUIET, showMaxLabel: false },
        splitLine: { lineStyle: { color: LINE } },
      },
      yAxis: {
        type: 'category',
        data: data.rows.map((row) => (row.label.length > 40 ? `${row.label.slice(0, 39)}…` : row.label)),
        inverse: true,
        axisLabel: { color: INK, interval: 0 },
        axisLine: { lineStyle: { color: LINE } },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'custom',
          data: data.rows.map((row, index) => [
            clip(row.value),
            index,
            clip(row.interval?.[0] ?? row.value),
            clip(row.interval?.[1] ?? row.value),
            row.baseline === null ? -1 : clip(row.baseline),
          ]),
          encode: { x: 0, y: 1 },
          renderItem: drawRow,
          ...(data.reference === undefined ? {} : { markLine: referenceLine(data.reference) }),
        },
      ],
    },
  };
}

function referenceLine(at: number): object {
  return {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: INK, type: 'dashed' },
    data: [{ xAxis: at }],
  };
}

/** Whisker, dot and hollow baseline dot of one row. */
function drawRow(_params: unknown, api: ItemApi): object {
  const y = api.value(1);
  const [x = 0, middle = 0] = api.coord([api.value(0), y]);
  const [low = 0] = api.coord([api.value(2), y]);
  const [high = 0] = api.coord([api.value(3), y]);
  const [base = 0] = api.coord([api.value(4), y]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: SERIES_COLOUR.synthetic, lineWidth: 2 },
  });
  const baseline = {
    type: 'circle',
    shape: { cx: base, cy: middle, r: 5 },
    style: { fill: 'none', stroke: INK, lineWidth: 1.5 },
  };
  return {
    type: 'group',
    children: [
      line(low, middle, high, middle),
      line(low, middle - CAP, low, middle + CAP),
      line(high, middle - CAP, high, middle + CAP),
      { type: 'circle', shape: { cx: x, cy: middle, r: 5 }, style: { fill: SERIES_COLOUR.synthetic } },
      ...(api.value(4) >= 0 ? [baseline] : []),
    ],
  };
}
