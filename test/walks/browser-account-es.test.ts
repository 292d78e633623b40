import { walkAccount } from '../support/account-walk.ts';

walkAccount('es');
