/** What operators' commands do their work with: a process of its own beside a server, with a connection of its own. */
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { createDeps } from '../../src/deps.ts';
import { createProvider } from '../../src/oidc/provider.ts';
import { createLocks } from '../../src/recovery/operators/locks.ts';
import { OperatorRefused } from '../../src/recovery/operators/operator.ts';
import { createOperators } from '../../src/recovery/operators/operators.ts';
import type { TestServer } from './server.ts';

export const KIM = { name: 'kim', passphrase: 'an old oak by the river' };
export const ADA = { name: 'ada', passphrase: 'seven lamps and a lantern' };

/** Both are operators of it. */
export async function operatorsBeside({ config, clock }: Pick<TestServer, 'config' | 'clock'>, db: Connection) {
  const { deps, operators: store } = await createDeps({ config, db, clock, log: pino({ level: 'silent' }), asset: (file) => file });
  const { sessions } = await createProvider({ ...deps, db });
  const operators = createOperators(deps, store);
  for (const operator of [KIM, ADA]) await operators.add(operator);
  return { store, operators, locks: createLocks({ ...deps, sessions }, store) };
}

/** What an operator is told who is refused; fails where they are not. */
export async function refusal(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
  } catch (error) {
    if (error instanceof OperatorRefused) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}
