import { type Chart, INK, LINE, PAPER, QUIET, SERIES_COLOUR } from './chart.ts';

const AXIS = {
  axisLabel: { color: QUIET },
  axisLine: { lineStyle: { color: LINE } },
  axisTick: { lineStyle: { color: LINE } },
  splitLine: { lineStyle: { color: LINE } },
  nameTextStyle: { color: QUIET },
} as const;

/** The grid shrinks until all axis labels are inside the picture. */
const KEEP_LABELS = { outerBoundsMode: 'same', outerBoundsContain: 'all' } as const;

/** Room between entries, because text is measured without a browser and may come out wider. */
const LEGEND = { top: 0, left: 0, textStyle: { color: INK }, icon: 'rect', itemHeight: 10, itemGap: 28 } as const;

/** Words and name that every chart needs. */
export interface ChartWords {
  readonly name: string;
  readonly title: string;
  readonly alternative: string;
}

/** One series of a bar chart. */
export interface BarSeries {
  readonly role: keyof typeof SERIES_COLOUR;
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Horizontal bars, one group per label, first label on top. */
export function barChart(
  words: ChartWords,
  data: { readonly labels: readonly string[]; readonly series: readonly BarSeries[]; readonly unit: string },
): Chart {
  const rows = data.labels.length;
  return {
    ...words,
    width: 680,
    height: 70 + rows * (8 + 12 * data.series.length),
    option: {
      grid: { left: 8, right: 24, top: 34, bottom: 28, ...KEEP_LABELS },
      legend: LEGEND,
      xAxis: { type: 'value', name: data.unit, nameLocation: 'middle', nameGap: 24, ...AXIS },
      yAxis: { type: 'category', data: data.labels.map(shorten), inverse: true, ...AXIS, splitLine: { show: false } },
      series: data.series.map((series) => ({
        type: 'bar',
        name: series.label,
        data: series.values,
        itemStyle: { color: SERIES_COLOUR[series.role] },
        barGap: '10%',
      })),
    },
  };
}

/**
 * A symmetric matrix over columns as a heat map: cells are [column, row, value], the stronger the colour the larger; full
 * colour is `maximum`, or the largest value.
 */
export function heatMap(
  words: ChartWords,
  data: {
    readonly labels: readonly string[];
    readonly cells: readonly (readonly [number, number, number])[];
    readonly maximum?: number;
  },
): Chart {
  const size = Math.max(300, 130 + data.labels.length * 26);
  const largest = data.maximum ?? data.cells.reduce((most, [, , value]) => Math.max(most, value), Number.MIN_VALUE);
  return {
    ...words,
    width: size + 60,
    height: size,
    option: {
      grid: { left: 8, right: 8, top: 8, bottom: 8, ...KEEP_LABELS },
      xAxis: {
        type: 'category',
        data: data.labels.map(shorten),
        ...AXIS,
        axisLabel: { rotate: 60, color: QUIET, interval: 0 },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'category',
        data: data.labels.map(shorten),
        inverse: true,
        ...AXIS,
        axisLabel: { color: QUIET, interval: 0 },
        splitLine: { show: false },
      },
      series: [
        {
          type: 'custom',
          encode: { x: 0, y: 1 },
          data: data.cells.map((cell) => [...cell]),
          renderItem: shadedCell(largest),
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

/** A cell whose opacity is its share of the largest value, so that the colour can follow the theme. */
function shadedCell(largest: number): (params: unknown, api: CellApi) => object {
  return (_params, api) => {
    const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
    const [width = 0, height = 0] = api.size([1, 1]);
    const share = Math.min(1, Math.max(0, api.value(2) / largest));
    return {
      type: 'rect',
      shape: { x: x - width / 2, y: y - height / 2, width: width - 1, height: height - 1 },
      style: { fill: 'var(--scale-high)', opacity: 0.06 + 0.94 * share },
    };
  };
}

/** Share of rows per bin, one line or bar per table. */
export function distributionChart(
  words: ChartWords,
  data: { readonly labels: readonly string[]; readonly series: readonly BarSeries[] },
): Chart {
  return {
    ...words,
    width: 420,
    height: 250,
    option: {
      grid: { left: 8, right: 8, top: 30, bottom: 8, ...KEEP_LABELS },
      legend: LEGEND,
      xAxis: {
        type: 'category',
        data: data.labels.map(shorten),
        ...AXIS,
        axisLabel: { color: QUIET, rotate: 40, fontSize: 10, hideOverlap: true },
      },
      yAxis: { type: 'value', ...AXIS },
      series: data.series.map((series) => ({
        type: 'bar',
        name: series.label,
        data: series.values,
        itemStyle: { color: SERIES_COLOUR[series.role], borderColor: PAPER },
        barGap: '0%',
        barCategoryGap: '20%',
      })),
    },
  };
}

/** One curve of an x-y picture, as points in drawing order. */
export interface CurveSeries {
  readonly role: keyof typeof SERIES_COLOUR;
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Curves over the unit square, for rates against rates. */
export function rateChart(
  words: ChartWords,
  data: { readonly series: readonly CurveSeries[]; readonly xName: string; readonly yName: string },
): Chart {
  const axis = { type: 'value', min: 0, max: 1, nameLocation: 'middle', ...AXIS } as const;
  return {
    ...words,
    width: 420,
    height: 400,
    option: {
      grid: { left: 30, right: 16, top: 34, bottom: 30, ...KEEP_LABELS },
      legend: LEGEND,
      xAxis: { ...axis, name: data.xName, nameGap: 24 },
      yAxis: { ...axis, name: data.yName, nameGap: 32 },
      series: data.series.map((series) => ({
        type: 'line',
        name: series.label,
        data: series.points.map((point) => [...point]),
        showSymbol: false,
        lineStyle: { color: SERIES_COLOUR[series.role], width: 2 },
        itemStyle: { color: SERIES_COLOUR[series.role] },
      })),
    },
  };
}

/** Points of several tables in one plane, axes without scale: only their position to each other means something. */
export function scatterChart(
  words: ChartWords,
  series: readonly {
    readonly role: keyof typeof SERIES_COLOUR;
    readonly points: readonly (readonly [number, number])[];
  }[],
): Chart {
  const axis = { ...AXIS, axisLabel: { show: false }, axisTick: { show: false }, scale: true };
  return {
    ...words,
    width: 560,
    height: 420,
    option: {
      grid: { left: 8, right: 8, top: 30, bottom: 8, ...KEEP_LABELS },
      legend: LEGEND,
      xAxis: { type: 'value', ...axis },
      yAxis: { type: 'value', ...axis },
      series: series.map(({ role, points }) => ({
        type: 'scatter',
        name: role,
        data: points.map((point) => [...point]),
        symbolSize: 4,
        itemStyle: { color: SERIES_COLOUR[role], opacity: 0.55 },
      })),
    },
  };
}

function shorten(label: string): string {
  return label.length > 22 ? `${label.slice(0, 21)}…` : label;
}
