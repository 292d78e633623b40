/**
 * Makes an account at a provider that runs in development, and prints as JSON what a program needs to sign in with it.
 *
 *   npm run test-account -- --help
 */
import { Command } from 'commander';

interface Options {
  readonly issuer: string;
  readonly email?: string;
  readonly password?: string;
  readonly phone?: string;
  readonly methods?: string;
  readonly language?: string;
  readonly membership?: readonly string[];
}

const program = new Command('test-account')
  .description('Makes an account for trying sign-ins by a program; a provider in production has no such thing.')
  .option('--issuer <url>', 'the provider', process.env['ISSUER'] || 'http://localhost:3000')
  .option('--email <address>', 'a new one of example.org, when left out')
  .option('--password <password>')
  .option('--phone <number>', 'for text messages, which arrive in /dev/inbox')
  .option('--methods <list>', 'how it gets codes, of email,text,app (email,app when left out)')
  .option('--language <language>', 'of its mails: en or es')
  .option('--membership <service=type...>', 'its account type at a service, e.g. myuscis=applicant')
  .action(async ({ issuer, methods, membership, ...plain }: Options) => {
    const asked = fetch(new URL('/dev/accounts.json', issuer), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...plain,
        ...(methods && { methods: methods.split(',') }),
        ...(membership && { memberships: Object.fromEntries(membership.map((one) => one.split('='))) }),
      }),
    });
    const response = await asked.catch(() => program.error(`No provider answers at ${issuer}: is it started, with npm start?`));
    if (response.status === 404) program.error(`${issuer} has no test accounts: it does not run in development.`);
    const answer = (await response.json()) as { readonly error?: string };
    if (response.status !== 201) program.error(answer.error ?? `The provider answered ${response.status}.`);
    process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  });

await program.parseAsync();
