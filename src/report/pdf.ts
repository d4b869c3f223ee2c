import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TabveilError } from '../errors.ts';
import { unwritableReport } from './write-report.ts';

/** Names of Chromium and its relatives on PATH, and where macOS keeps Chrome. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'] as const;
const FIXED_PLACES = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'] as const;
/** Names a browser in place of those on PATH. */
const VARIABLE = 'TABVEIL_CHROMIUM';
/** A dossier takes seconds; a browser that hangs must not hang us. */
const MAX_MILLISECONDS = 120_000;

/**
 * Path of a Chromium on this machine: that of the environment variable `TABVEIL_CHROMIUM`, or the first one on PATH.
 * @returns undefined when there is none.
 */
export async function findChromium(environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const named = environment[VARIABLE];
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = named
    ? [named]
    : [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...FIXED_PLACES];
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return undefined;
}

/**
 * Path of a Chromium, for callers that cannot do without.
 * @throws TabveilError (input) that says how to get one.
 */
export async function requireChromium(): Promise<string> {
  const found = await findChromium();
  if (found !== undefined) return found;
  throw new TabveilError(
    'input',
    'report.no-chromium',
    `PDF: no Chromium or Chrome was found on PATH; install one, name one in ${VARIABLE}, or write HTML and print it from a browser.`,
  );
}

/**
 * Prints a self-contained HTML text to a PDF file with the system's Chromium. Pages and temporary files stay in a folder of
 * their own beside the result that only the owner can read; the browser resolves no host name.
 * @throws TabveilError (input) when the file cannot be written or the browser fails.
 */
export async function writePdf(path: string, page: string, signal?: AbortSignal): Promise<void> {
  const browser = await requireChromium();
  const folder = await mkdtemp(join(dirname(resolve(path)), '.tabveil-')).catch((error: unknown) => {
    throw unwritableReport(path, error);
  });
  try {
    const [source, printed] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    await writeFile(source, page, { mode: 0o600 });
    await print({ browser, folder, source, printed, signal });
    const file = await open(printed, 'r+').catch(() => {
      throw failed(browser);
    });
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(printed, path).catch((error: unknown) => {
      throw unwritableReport(path, error);
    });
  } finally {
    // The browser's own processes may still be closing files for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface PrintJob {
  readonly browser: string;
  readonly folder: string;
  readonly source: string;
  readonly printed: string;
  readonly signal: AbortSignal | undefined;
}

function print({ browser, folder, source, printed, signal }: PrintJob): Promise<void> {
  const flags = [
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--no-pdf-header-footer',
    `--user-data-dir=${join(folder, 'profile')}`,
    `--print-to-pdf=${printed}`,
    // Chromium's sandbox refuses to run as root; the page is our own, holds no script and loads nothing.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    pathToFileURL(source).href,
  ];
  return new Promise((done, fail) => {
    const child = spawn(browser, flags, { stdio: 'ignore', timeout: MAX_MILLISECONDS, ...(signal && { signal }) });
    child.once('error', (error) => fail(signal?.aborted ? error : failed(browser)));
    child.once('exit', (code) => (code === 0 ? done() : fail(signal?.aborted ? signal.reason : failed(browser))));
  });
}

function failed(browser: string): TabveilError {
  return new TabveilError(
    'input',
    'report.chromium-failed',
    `PDF: ${browser} did not print the page; try another browser in ${VARIABLE}, or write HTML and print it from a browser.`,
  );
}
