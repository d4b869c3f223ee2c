// @ts-check
/** Pictures of the results page as SVG: quality against epsilon, one panel per score. They follow the reader's theme. */
import { summarise } from './result-lines.mjs';

/** @typedef {import('./runs.mjs').Run} Run */

const PANELS = [
  { score: 'tvd3', title: '3-way distance (less is better)' },
  { score: 'cramer_mad', title: 'V error (less is better)' },
  { score: 'tstr_auc', title: 'AUC (more is better)' },
];
const PANEL = { width: 300, height: 190, left: 46, top: 34, gap: 24 };
const LEGEND_LINE = 18;
const LEGEND_COLUMNS = 4;

/** Colours that hold on white and on black; own models are solid, rivals dashed, and dashes and dots change when colours repeat. */
const COLOURS = ['#3b6fb6', '#c2571a', '#2a8c57', '#8d55a6', '#a58400', '#1292a3', '#c2417c', '#7a828e'];

const DASHES = ['5 3', '2 2', '9 3 2 3', '1 4'];

/** Outlines of the dots, one per turn of the colours, around the origin: circle, square, triangle, diamond. */
const DOTS = [
  'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z',
  'M-3 -3h6v6h-6Z',
  'M0 -4l4 7h-8Z',
  'M0 -4.5l4 4.5l-4 4.5l-4 -4.5Z',
];

const STYLE = `text{font:11px system-ui,sans-serif;fill:#333}.quiet{fill:#666}.grid{stroke:#ccc;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#ddd}.quiet{fill:#aaa}.grid{stroke:#444}}`;

/** @param {string} text */
const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param {number} value */
const short = (value) => String(Number(value.toPrecision(2)));

/**
 * Mean of a score over the runs of each system and epsilon, privately measured ones only.
 *
 * @param {readonly Run[]} runs of one table
 * @param {string} score
 * @returns {Map<string, [epsilon: number, mean: number][]>} points by system, epsilon ascending
 */
export function pointsOf(runs, score) {
  /** @type {Map<string, Map<number, number[]>>} */
  const systems = new Map();
  for (const { system, setting, epsilon, scores } of runs) {
    const value = scores[score];
    if (epsilon <= 0 || value === undefined) continue;
    const name = setting === '' ? system : `${system} (${setting})`;
    const byEpsilon = systems.get(name) ?? new Map();
    systems.set(name, byEpsilon.set(epsilon, [...(byEpsilon.get(epsilon) ?? []), value]));
  }
  const meansOf = (/** @type {Map<number, number[]>} */ byEpsilon) =>
    [...byEpsilon]
      .map(([epsilon, values]) => /** @type {[number, number]} */ ([epsilon, summarise(values).mean]))
      .sort(([a], [b]) => a - b);
  return new Map([...systems].map(([name, byEpsilon]) => [name, meansOf(byEpsilon)]));
}

/**
 * One table as a picture.
 *
 * @param {string} title
 * @param {readonly Run[]} runs of that table
 * @returns {string} SVG text
 */
export function drawTable(title, runs) {
  const names = [...pointsOf(runs, 'tvd3').keys()].sort(
    (a, b) => Number(!a.startsWith('tabveil')) - Number(!b.startsWith('tabveil')) || (a < b ? -1 : 1),
  );
  const legendTop = PANEL.top + PANEL.height + 44;
  const width = PANELS.length * (PANEL.width + PANEL.left + PANEL.gap);
  const height = legendTop + LEGEND_LINE * Math.ceil(names.length / LEGEND_COLUMNS) + 6;
  const panels = PANELS.map(({ score, title: panelTitle }, index) =>
    drawPanel(pointsOf(runs, score), { names, title: panelTitle, x: index * (PANEL.width + PANEL.left + PANEL.gap) }),
  );
  const legend = names.map((name, place) => {
    const x = 8 + (place % LEGEND_COLUMNS) * (width / LEGEND_COLUMNS);
    const y = legendTop + LEGEND_LINE * Math.floor(place / LEGEND_COLUMNS);
    return `<path d="M${x} ${y}h24" ${strokeOf(name, place)}/>${drawDot(x + 12, y, place)}<text x="${x + 30}" y="${y + 4}">${escapeXml(name)}</text>`;
  });
  const words = `Quality against epsilon on ${title} for ${names.join(', ')}; the tables below hold the numbers.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(words)}"><style>${STYLE}</style>
${panels.join('\n')}
${legend.join('\n')}
</svg>
`;
}

/**
 * @param {string} name
 * @param {number} place
 */
function strokeOf(name, place) {
  const pattern = DASHES[Math.floor(place / COLOURS.length) % DASHES.length];
  const dash = name.startsWith('tabveil') ? '' : ` stroke-dasharray="${pattern}"`;
  return `stroke="${COLOURS[place % COLOURS.length]}" stroke-width="2" fill="none"${dash}`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} place of the system
 */
function drawDot(x, y, place) {
  const outline = DOTS[Math.floor(place / COLOURS.length) % DOTS.length];
  return `<path transform="translate(${x.toFixed(1)} ${y.toFixed(1)})" d="${outline}" fill="${COLOURS[place % COLOURS.length]}"/>`;
}

/**
 * @param {ReturnType<typeof pointsOf>} points
 * @param {{ names: readonly string[], title: string, x: number }} panel
 */
function drawPanel(points, { names, title, x }) {
  const all = [...points.values()].flat();
  const epsilons = [...new Set(all.map(([epsilon]) => epsilon))].sort((a, b) => a - b);
  const values = all.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) * 0.06 || 0.01;
  const [bottom, top] = [low - margin, high + margin];
  const left = x + PANEL.left;
  // Budgets are read as steps, so they stand at equal distances.
  const across = (/** @type {number} */ epsilon) =>
    left + 20 + ((PANEL.width - 40) * epsilons.indexOf(epsilon)) / Math.max(epsilons.length - 1, 1);
  const up = (/** @type {number} */ value) => PANEL.top + PANEL.height * (1 - (value - bottom) / (top - bottom));
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = bottom + share * (top - bottom);
    const y = up(value).toFixed(1);
    return `<path class="grid" d="M${left} ${y}h${PANEL.width}"/><text class="quiet" x="${left - 6}" y="${Number(y) + 4}" text-anchor="end">${short(value)}</text>`;
  });
  const ticks = epsilons.map(
    (epsilon) =>
      `<text class="quiet" x="${across(epsilon)}" y="${PANEL.top + PANEL.height + 18}" text-anchor="middle">ε = ${epsilon}</text>`,
  );
  const curves = names.map((name, place) => {
    const own = points.get(name) ?? [];
    const at = own.map(([epsilon, value]) => `${across(epsilon).toFixed(1)} ${up(value).toFixed(1)}`);
    const dots = own.map(([epsilon, value]) => drawDot(across(epsilon), up(value), place));
    return at.length === 0 ? '' : `<path d="M${at.join('L')}" ${strokeOf(name, place)}/>${dots.join('')}`;
  });
  return `<text x="${left}" y="20" font-weight="600">${escapeXml(title)}</text>${lines.join('')}${ticks.join('')}${curves.join('')}`;
}
