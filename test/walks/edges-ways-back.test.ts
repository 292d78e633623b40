import { walkEdges } from './edges-cells.ts';

walkEdges('ways back, and changes');
