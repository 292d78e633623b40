/** Writes `docs/journeys.md` from the journeys that run. */
import { writeFileSync } from 'node:fs';
import { JOURNEYS, journeysUnder } from '../src/app.ts';
import { drawAll } from '../src/journey/draw.ts';

writeFileSync(new URL('../docs/journeys.md', import.meta.url), drawAll(JOURNEYS, journeysUnder({ profile: 'nist' })));
