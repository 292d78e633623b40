import { z } from 'zod';
import { action, advance, type Step, stay } from '../../journey/journey.ts';
import { type FormerProof, type Objection, shown } from './objection.ts';

const form = z.object({ method: z.string({ error: 'problems.former_method_required' }) });

interface Chosen {
  readonly id: string;
}

/** Which of the methods from before gives the proof. Nothing is sent before one is chosen. */
export const formerMethod: Step<'former-method', Objection, Chosen> = {
  name: 'former-method',
  view: 'account-changes/former-method',
  typed: ['method'],
  revisit: () => true,
  show: async (_deps, { answers }) => ({
    methods: answers.from.proofs.map(shown),
    values: { method: (answers as { 'former-method'?: Chosen })['former-method']?.id ?? '' },
  }),
  actions: {
    submit: action(form, async (_deps, { answers }, { method }) => {
      const proof = answers.from.proofs.find(({ id }) => id === method);
      return proof ? advance({ id: proof.id }) : stay({ method: { key: 'problems.former_method_required' } });
    }),
  },
};

/** The one that was chosen; the only one, where there is no choice. */
export const chosenProof = ({
  from,
  'former-method': chosen,
}: Objection & { readonly 'former-method'?: Chosen | undefined }): FormerProof =>
  from.proofs.find(({ id }) => id === chosen?.id) ?? from.proofs[0]!;
