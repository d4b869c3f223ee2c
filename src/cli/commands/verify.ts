import { Command } from 'commander';
import { type VerifyOptions, type VerifyResult, verifyModel } from '../../tasks/verify.ts';
import { formatNumber, renderFacts } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface VerifyFlags {
  readonly key?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** `tabveil verify`: recomputes a model's guarantee without its data and ledger. */
export function build(shell: Shell): Command {
  const command = new Command('verify')
    .description(
      'Verify a released model without its data or ledger: recompute what it cost from its events, compare the hash of every file, check its signature. Exit code 3 names what disagrees.',
    )
    .argument('<model>', 'model folder')
    .option('--key <file>', "the officer's public key (.pub); the model must then be signed by it")
    .option('--html <file>', 'write the certificate as a page for people')
    .addOption(jsonOption());
  withExample(command, 'tabveil verify people-model');
  return command.action(async (model: string, { json, ...flags }: VerifyFlags) => {
    const options: VerifyOptions = { model, ...flags };
    const result = await shell.run((context) => verifyModel(options, context));
    shell.print(result, renderVerify(result), json);
  });
}

function renderVerify(result: VerifyResult): string {
  const signatures = {
    trusted: `signed by the given key (${result.keyId ?? ''})`,
    unchecked: `signed by key ${result.keyId ?? ''}; give --key to check whose it is`,
    none: 'not signed',
  };
  const facts: [string, string][] = [
    ['verified', `${result.model}: ${result.files} files, all as certified`],
    ['guarantee', result.guarantee],
    ['cost', `epsilon ${formatNumber(result.accountedEpsilon, 6)} of ${result.epsilon} at delta ${result.delta}`],
    ['signature', signatures[result.signature]],
  ];
  return renderFacts(facts);
}
