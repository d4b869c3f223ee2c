import { type Chart, INK, LINE, QUIET } from '../chart.ts';
import type { ChartWords } from '../charts.ts';

/** One system in a picture. */
export interface Series {
  readonly label: string;
  /** Place of the system among all of the page: decides colour and symbol, so that they are the same in every picture. */
  readonly place: number;
  /** True for what stands beside the systems: held-out rows, the ruler. */
  readonly isReference?: boolean;
  readonly points: readonly (readonly [x: number | string, y: number])[];
}

/** An axis: numbers on a plain or a logarithmic scale, or names in order. */
export interface Axis {
  readonly name: string;
  readonly type: 'value' | 'log' | 'category';
  readonly categories?: readonly string[];
  readonly min?: number | 'dataMin';
}

const COLOURS = 8;
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'arrow'] as const;
const WIDTH = 520;
/** Pixels of a legend's line and of a letter in it, measured generously: text is laid out without a browser. */
const LEGEND_LINE = 22;
const LETTER = 7.6;
const LEGEND_ENTRY = 76;
/** More names than this on an axis stand nearly upright. */
const MANY_NAMES = 6;

/** Lines (or points alone) of several systems over one axis. */
export function seriesChart(
  words: ChartWords,
  data: {
    readonly series: readonly Series[];
    readonly x: Axis;
    readonly y: Axis;
    readonly isLine: boolean;
    readonly width?: number;
  },
): Chart {
  const width = data.width ?? WIDTH;
  const top = 14 + LEGEND_LINE * legendLines(data.series, width);
  return {
    ...words,
    width,
    height: 250 + top,
    option: {
      grid: { left: 34, right: 18, top, bottom: 34, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      legend: { top: 0, left: 0, width: width - 10, textStyle: { color: INK }, itemGap: 18, itemWidth: 22 },
      xAxis: axisOption(data.x, 26),
      yAxis: axisOption(data.y, 44),
      series: data.series.toSorted((a, b) => rankOf(a) - rankOf(b)).map((series) => seriesOption(series, data.isLine)),
    },
  };
}

/** References first, then systems in the order of the page. */
function rankOf({ place, isReference }: Series): number {
  return isReference ? -1 : place;
}

function legendLines(series: readonly Series[], width: number): number {
  let [lines, used] = [1, 0];
  for (const { label } of series) {
    const entry = LEGEND_ENTRY + label.length * LETTER;
    if (used > 0 && used + entry > width) [lines, used] = [lines + 1, 0];
    used += entry;
  }
  return lines;
}

function axisOption({ name, type, categories, min }: Axis, nameGap: number): object {
  return {
    ...{ type, name, nameLocation: 'middle', nameGap },
    ...(categories && { data: [...categories] }),
    ...(min !== undefined && { min }),
    scale: type === 'value',
    nameTextStyle: { color: QUIET },
    axisLabel: {
      color: QUIET,
      ...(type === 'category'
        ? { interval: 0, rotate: (categories?.length ?? 0) > MANY_NAMES ? 70 : 25 }
        : { hideOverlap: true }),
    },
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { lineStyle: { color: LINE } },
    splitLine: { show: type !== 'category', lineStyle: { color: LINE } },
  };
}

function seriesOption({ label, place, points, isReference }: Series, isLine: boolean): object {
  const colour = isReference ? INK : `var(--series-${(place % COLOURS) + 1})`;
  const isDashed = isReference || place >= COLOURS;
  return {
    type: isLine ? 'line' : 'scatter',
    name: label,
    data: points.map((point) => [...point]),
    symbol: isReference ? 'emptyCircle' : SYMBOLS[place % SYMBOLS.length],
    symbolSize: isReference ? 7 : 9,
    itemStyle: { color: colour },
    ...(isLine && { showSymbol: true, lineStyle: { color: colour, width: 2, type: isDashed ? 'dashed' : 'solid' } }),
  };
}
