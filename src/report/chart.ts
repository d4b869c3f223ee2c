import type { EChartsCoreOption } from 'echarts/core';
import { type Html, html, trustedHtml } from './html.ts';

/** Colours of the page as chart colours; they follow the reader's theme. */
export const INK = 'var(--ink)';
export const QUIET = 'var(--quiet)';
export const LINE = 'var(--line)';
export const PAPER = 'var(--paper)';
export const SERIES_COLOUR = { real: 'var(--real)', synthetic: 'var(--synthetic)', holdout: 'var(--holdout)' } as const;

/** A chart with its size in CSS pixels and its words. */
export interface Chart {
  /** Unique within a page: letters, digits and dashes. */
  readonly name: string;
  readonly title: string;
  /** What the picture shows, for those who do not see it. */
  readonly alternative: string;
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

/** Draws charts as inline SVG without a browser. */
export interface ChartRenderer {
  readonly draw: (chart: Chart) => Html;
}

/**
 * Loads the chart library and returns a renderer. The library loads only here, because it is large.
 */
export async function openChartRenderer(): Promise<ChartRenderer> {
  const [core, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  core.use([
    charts.BarChart,
    charts.LineChart,
    charts.ScatterChart,
    charts.CustomChart,
    components.GridComponent,
    components.LegendComponent,
    components.MarkLineComponent,
    renderers.SVGRenderer,
  ]);
  return {
    draw(chart) {
      const { width, height } = chart;
      const instance = core.init(null, null, { renderer: 'svg', ssr: true, width, height });
      try {
        instance.setOption({ animation: false, textStyle: { color: INK, fontFamily: 'sans-serif' }, ...chart.option });
        return frameFigure(chart, tidySvg(instance.renderToSVGString(), chart));
      } finally {
        // An undisposed instance keeps timers alive and the process would not end.
        instance.dispose();
      }
    },
  };
}

/** Makes the SVG reproducible (the library numbers charts and hover styles per process), still and described. */
function tidySvg(svg: string, chart: Chart): string {
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ class="zr[^"]*"/g, '')
    .replace(/zr\d+-/g, `${chart.name}-`)
    .replace(
      /^<svg width="\d+" height="\d+"/,
      `<svg width="${chart.width}" height="${chart.height}" role="img" aria-labelledby="${chart.name}-title ${chart.name}-words"`,
    );
}

function frameFigure(chart: Chart, svg: string): Html {
  return html`<figure${chart.width > 700 ? trustedHtml(' class="wide"') : ''}><h3 id="${chart.name}-title">${chart.title}</h3><div class="scroll" tabindex="0" role="group" aria-label="${chart.title}">${trustedHtml(svg)}</div><figcaption id="${chart.name}-words">${chart.alternative}</figcaption></figure>`;
}
