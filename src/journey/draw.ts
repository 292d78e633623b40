/** Draws the journeys that run, so that the picture in `docs/journeys.md` cannot differ from them. */
import type { Journey } from './journey.ts';

/** A Mermaid diagram and a table of one journey, as Markdown. */
export function draw(journey: Journey): string {
  const { kind, steps, conditional } = journey;
  const id = (name: string) => name.replaceAll('-', '_');
  const node = (name: string) => (conditional.includes(name) ? `  ${id(name)}([${name}])` : `  ${id(name)}[${name}]`);
  const names = steps.map(({ name }) => name);
  const arrows = names.map((name, index) => `  ${index === 0 ? 'start((start))' : id(names[index - 1]!)} --> ${id(name)}`);
  const rows = steps.map((step) => {
    const actions = Object.keys(step.actions).filter((action) => action !== 'submit');
    return `| ${step.name} | ${journey.stageOf(step.name) ?? ''} | ${conditional.includes(step.name) ? 'where it applies' : 'always'} | ${step.revisit ? 'see the step' : 'no'} | ${step.arrive ? 'yes' : 'no'} | ${actions.join(', ')} |`;
  });
  return [
    `## ${kind}`,
    '',
    '```mermaid',
    'flowchart LR',
    ...names.map(node),
    ...arrows,
    `  ${id(names.at(-1)!)} --> finish((finish))`,
    '```',
    '',
    '| step | stage | met | can be opened again | does something on arrival | further buttons |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** The whole of `docs/journeys.md`. `nist`: the journeys of that profile, which are fewer. */
export const drawAll = (journeys: readonly Journey[], nist: readonly Journey[]): string =>
  [
    '# Journeys',
    '',
    'Drawn from the journeys that run (`npm run docs`); a test compares. Rounded steps are met by some people only.',
    `In the profile \`nist\` there is no ${absentFrom(nist, journeys).join(' and no ')}.`,
    '',
    ...journeys.map(draw),
  ].join('\n');

/** Journeys and steps that the first list does not have. */
const absentFrom = (some: readonly Journey[], all: readonly Journey[]): readonly string[] =>
  all.flatMap(({ kind, steps }) => {
    const there = some.find((journey) => journey.kind === kind);
    if (!there) return [`\`${kind}\``];
    return steps.flatMap(({ name }) => (there.steps.some((step) => step.name === name) ? [] : [`step \`${name}\` in \`${kind}\``]));
  });
