import { expect } from 'chai';
import brand from '../../config/brand.json' with { type: 'json' };
import development from '../../config/development/services.json' with { type: 'json' };
import policy from '../../config/policy.json' with { type: 'json' };
import questions from '../../config/security-questions.json' with { type: 'json' };
import { brandShape, policyShape, questionsShape, servicesShape } from '../../src/config/shapes.ts';

describe('shapes', () => {
  it('take the files that are shipped', () => {
    brandShape.parse(brand);
    policyShape.parse(policy);
    questionsShape.parse(questions);
    servicesShape.parse(JSON.parse(JSON.stringify(development).replaceAll(/\$\{DEMO_URL\}/g, 'http://localhost:3001')));
  });

  it('takes a nist policy that keeps its rules', () => {
    const nist = { ...policy, profile: 'nist', password: { minLength: 15, maxLength: 128 }, code: { ...policy.code, emailMinutes: 10 } };
    expect(policyShape.safeParse(nist).success).to.equal(true);
  });

  it('refuses what is not there to be configured', () => {
    for (const shape of [brandShape, policyShape]) expect(shape.safeParse({ ...brand, ...policy, more: 1 }).success).to.equal(false);
    expect(servicesShape.safeParse([{ id: 'A b' }]).success).to.equal(false);
  });
});
