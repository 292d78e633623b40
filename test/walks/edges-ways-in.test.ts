import { walkEdges } from './edges-cells.ts';

walkEdges('ways in');
