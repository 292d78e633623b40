import { walkRecovery } from '../support/recovery-walk.ts';

walkRecovery('en');
