import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openProgressDisplay, tellTimeLeft } from '../../src/cli/progress.ts';

/** A stream that collects what is written, as a terminal or not. */
function fakeStream(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo() {},
    moveCursor() {},
    clearLine() {},
  });
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

async function showTwoPhases(isTTY: boolean): Promise<string> {
  const { stream, text } = fakeStream(isTTY);
  const display = await openProgressDisplay(stream);
  display.show({ phase: 'read', done: 0, total: 2 });
  display.show({ phase: 'read', done: 2, total: 2 });
  display.show({ phase: 'fit', done: 1, total: 8, error: 1.23456 });
  display.stop();
  display.stop();
  return text();
}

describe('progress', () => {
  it('a terminal sees every phase', async () => {
    const text = await showTwoPhases(true);
    expect(text).toContain('read [');
    expect(text).toContain('fit [');
    expect(text).toContain('1/8 error 1.23');
    expect(text).not.toContain('2/2 error');
  });

  it('the time left is told where it is known', async () => {
    const { stream, text } = fakeStream(true);
    const display = await openProgressDisplay(stream);
    display.show({ phase: 'fit', done: 1, total: 8, secondsLeft: 41.2 });
    display.stop();
    expect(text()).toContain('1/8, about 42 s left');
    expect(tellTimeLeft({})).toBe('');
    expect(tellTimeLeft({ secondsLeft: 0 })).toBe(', about 1 s left');
  });

  it('a pipe sees nothing', async () => {
    expect(await showTwoPhases(false)).toBe('');
  });
});
