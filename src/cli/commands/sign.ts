import { Command } from 'commander';
import { type SignOptions, signModel } from '../../tasks/sign.ts';
import { renderFacts } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** `tabveil sign`: the officer's signature under a verified model. */
export function build(shell: Shell): Command {
  const command = new Command('sign')
    .description('Verify a model, then sign its certificate. The signature is added to the model folder.')
    .argument('<model>', 'model folder')
    .requiredOption('--key <file>', 'private key file; its permissions must be 600')
    .addOption(jsonOption());
  withExample(command, 'tabveil sign people-model --key officer.key');
  return command.action(async (model: string, { key, json }: { readonly key: string; readonly json?: boolean }) => {
    const options: SignOptions = { model, key };
    const result = await shell.run(() => signModel(options));
    const facts: [string, string][] = [
      ['signed', result.model],
      ['signature', result.signature],
      ['key id', result.keyId],
    ];
    shell.print(result, renderFacts(facts), json);
  });
}
