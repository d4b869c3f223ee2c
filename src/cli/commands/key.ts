import { Command } from 'commander';
import { createKey } from '../../tasks/key.ts';
import { renderFacts } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** `tabveil key new`: a key pair for signing certificates. */
export function build(shell: Shell): Command {
  const make = new Command('new')
    .description('Make an Ed25519 key pair: FILE for the officer alone, FILE.pub for everybody.')
    .option('--out <file>', 'private key file', 'tabveil.key')
    .addOption(jsonOption());
  withExample(make, 'tabveil key new --out officer.key');
  make.action(async ({ out, json }: { readonly out: string; readonly json?: boolean }) => {
    const result = await shell.run(() => createKey({ out }));
    const facts: [string, string][] = [
      ['private key', `${result.privateKey} (keep it; only its owner may read it)`],
      ['public key', result.publicKey],
      ['key id', result.keyId],
    ];
    shell.print(result, renderFacts(facts), json);
  });
  return new Command('key').description('Keys that sign certificates.').addCommand(make);
}
