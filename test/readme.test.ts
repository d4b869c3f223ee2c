import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_TABLE } from '../src/cli/command-table.ts';
import { listSubcommands, type Outcome, runTabveil, startProgram } from './support/cli.ts';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const SCRIPTS = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts);
const home = mkdtempSync(join(tmpdir(), 'tabveil-readme-'));

/** Commands whose examples take minutes; they have tests of their own on smaller work. */
const TAKES_MINUTES = ['audit', 'bench'];

/** A code block of the README. */
interface Block {
  readonly language: string;
  readonly text: string;
}

/** Blocks may be indented, as parts of a list. */
const blocks: readonly Block[] = [...README.matchAll(/^( *)```(\w+)\n(.*?)^ *```/gms)].map(
  ([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }),
);
const npmLines = blocks.flatMap((block) => block.text.split('\n').filter((line) => line.startsWith('npm ')));
const commands = blocks
  .filter((block) => block.language === 'sh')
  .flatMap((block) => block.text.split('\n').filter((line) => line.startsWith('tabveil ')));

/** Runs one line as a reader would type it: `tabveil` is on the path, the tables of the examples are in the folder. */
async function runLine(line: string, cwd: string): Promise<Outcome> {
  const path = [join(home, 'bin'), process.env.PATH ?? ''].join(delimiter);
  const outcome = await startProgram('bash', ['-c', line], { cwd, env: { PATH: path } }).outcome;
  expect(outcome.exitCode, `${line}\n${outcome.stderr}`).toBe(0);
  return outcome;
}

/** Example lines in the help of a command and of its subcommands. */
async function helpExamples(path: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runTabveil([...path, '--help']);
  const own = [...stdout.matchAll(/^ {2}\$ (tabveil .*)$/gm)].map(([, line = '']) => line);
  const nested = await Promise.all(listSubcommands(stdout).map((name) => helpExamples([...path, name])));
  return [...new Set([...own, ...nested.flat()])];
}

/** Metadata of another tool, as `schema import` reads it. */
const SDV_METADATA = {
  METADATA_SPEC_VERSION: 'V1',
  tables: {
    people: {
      columns: { age: { sdtype: 'numerical', computer_representation: 'Int64' }, sex: { sdtype: 'categorical' } },
    },
  },
};

/** A folder as the examples expect it: two tables, their schema, and what comes with the package. */
async function fillFolder(folder: string): Promise<void> {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/tabveil'));
  for (const part of ['models', 'datasets']) symlinkSync(join(ROOT, part), join(folder, part));
  await runLine(`node ${ROOT}/datasets/lending/generate.mjs --rows 1500 --seed 1 --out people.csv`, folder);
  await runLine(`node ${ROOT}/datasets/lending/generate.mjs --rows 500 --seed 2 --out holdout.csv`, folder);
  writeFileSync(join(folder, 'people.schema.json'), readFileSync(join(ROOT, 'datasets/lending/schema.json')));
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify(SDV_METADATA));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
}

const readmeFolder = join(home, 'readme');
const helpFolder = join(home, 'help');

beforeAll(async () => {
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/tabveil'), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/dist/cli/main.js" "$@"\n`);
  chmodSync(join(home, 'bin/tabveil'), 0o755);
  await Promise.all([fillFolder(readmeFolder), fillFolder(helpFolder)]);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('README', () => {
  it('says in its first 40 lines what this is, for whom, what it does not promise, two commands, ten lines of code, links', () => {
    const head = README.split('\n').slice(0, 40).join('\n');
    for (const part of [
      '**For**',
      '**It does not promise**',
      'tabveil train',
      'tabveil sample',
      "from 'tabveil'",
      '](docs/',
    ]) {
      expect(head).toContain(part);
    }
  });

  it('names only npm scripts that exist', () => {
    expect(npmLines.length).toBeGreaterThan(0);
    const named = npmLines.map((line) => /^npm (?:run )?(\S+)/.exec(line)?.[1] ?? line);
    expect(named.filter((name) => !SCRIPTS.includes(name) && name !== 'install')).toEqual([]);
  });

  it('links only to files that exist, and so does the index of documents', () => {
    for (const page of ['README.md', 'docs/index.md', 'models/README.md']) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
      for (const target of targets) expect(existsSync(join(ROOT, page, '..', target)), `${page}: ${target}`).toBe(true);
    }
  });

  it('the index of documents lists all of them', () => {
    const index = readFileSync(join(ROOT, 'docs/index.md'), 'utf8');
    const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md') && name !== 'index.md');
    expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });

  it('shows commands that work as written, in the order of the page', async () => {
    expect(commands.length).toBe(README.match(/^ *tabveil /gm)?.length);
    for (const command of commands) await runLine(command, readmeFolder);
  }, 300_000);

  it('shows library code that prints what the page says it prints', async () => {
    const [code, output] = ['js', 'text'].map((language) => blocks.find((block) => block.language === language)?.text);
    writeFileSync(join(readmeFolder, 'readme.js'), code ?? '');
    const { stdout } = await runLine('node readme.js', readmeFolder);
    expect(stdout).toBe(output);
  });
});

describe('help', () => {
  it('shows examples that work as written, in the order of the commands', async () => {
    const examples = await Promise.all(COMMAND_TABLE.map((entry) => helpExamples([entry.name])));
    const isQuick = (line: string) => !TAKES_MINUTES.some((command) => line.startsWith(`tabveil ${command} `));
    for (const line of examples.flat().filter(isQuick)) await runLine(line, helpFolder);
  }, 600_000);
});
