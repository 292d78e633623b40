import { walkRecovery } from '../support/recovery-walk.ts';

walkRecovery('es');
