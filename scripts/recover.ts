/**
 * Support's command, for people who have lost everything they prove themselves with. Runs with the settings of the provider, beside it.
 *
 *   npm run recover -- --help
 */
import { Command } from 'commander';
import { AppError } from '../src/errors.ts';
import { OperatorRefused } from '../src/recovery/operators/operator.ts';
import { createOperators } from '../src/recovery/operators/operators.ts';
import { besideProvider, obey, say } from './beside.ts';
import { operatorOf } from './operator.ts';

type Operators = ReturnType<typeof createOperators>;

const withOperators = (work: (operators: Operators) => Promise<void>) =>
  besideProvider(({ deps, operators }) => work(createOperators(deps, operators)));

const program = new Command('recover').description(
  'Recovery of an account whose owner has nothing left: two different operators, a recorded reason, and the same waiting as for everybody.',
);

const operator = program.command('operator').description('who may request and approve');
operator
  .command('add <name>')
  .description('a new operator; the passphrase is read from OPERATOR_PASSPHRASE or the first line of the input')
  .action(async (name: string) => {
    const added = await operatorOf(name);
    await withOperators((operators) => operators.add(added));
    say(`${name} may request and approve recoveries.`);
  });
operator
  .command('remove <name>')
  .description('takes the right back')
  .action(async (name: string) => {
    await withOperators((operators) => operators.remove(name));
    say(`${name} may do so no longer.`);
  });
operator
  .command('list')
  .description('all names')
  .action(() => withOperators(async (operators) => (await operators.names()).forEach(say)));

program
  .command('request <email>')
  .description('asks for the recovery of an account; another operator has to approve it within 7 days')
  .requiredOption('--operator <name>', 'who asks')
  .requiredOption('--reason <text>', 'why; kept in the history of the account')
  .action(async (email: string, options: { operator: string; reason: string }) => {
    const by = await operatorOf(options.operator);
    await withOperators((operators) => operators.request(email, by, options.reason));
    say('Requested. Another operator has to approve it within 7 days.');
  });

program
  .command('approve <email>')
  .description('approves what another operator has requested, and prints the code to hand to the person')
  .requiredOption('--operator <name>', 'who approves')
  .action(async (email: string, options: { operator: string }) => {
    const by = await operatorOf(options.operator);
    await withOperators(async (operators) => {
      const { code, about, ripeAt, until } = await operators.approve(email, by);
      say(`Code for the person, shown this once: ${code}`);
      say(`It works together with a mailed code, from ${ripeAt.toISOString()} until ${until.toISOString()}.`);
      say('Every address and phone of the account is told.');
      say(
        about === 'operators'
          ? 'The owner can stop it, and any sign-in stops it.'
          : `It settles whose the account is: it is handed to ${email}. Nothing stops it but an operator who cancels it.`,
      );
    });
  });

program
  .command('list')
  .description('what waits for a second operator')
  .action(() =>
    withOperators(async (operators) => {
      for (const { email, operator: name, at, reason } of await operators.list())
        say(`${at.toISOString()}  ${email}  by ${name}: ${reason}`);
    }),
  );

program
  .command('cancel <email>')
  .description('ends every recovery of the account that waits or is under way, and what was requested')
  .requiredOption('--operator <name>', 'who cancels')
  .action(async (email: string, options: { operator: string }) => {
    const by = await operatorOf(options.operator);
    await withOperators((operators) => operators.cancel(email, by));
    say('Cancelled.');
  });

await obey(program, [OperatorRefused, AppError]);
