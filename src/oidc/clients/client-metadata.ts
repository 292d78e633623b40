/** What this system adds to client metadata, and the rules that every record is held to, as the library wants them. */
import { type ClientMetadata, type Configuration, errors } from 'oidc-provider';
import { ACCOUNT_PAGES } from '../clients.ts';
import { faultOfRecord, OWN_FIELDS } from './client-rules.ts';

/** Synchronous, as the library demands. It asks for each field, and before its own rules, which rely on some of these. */
export function createClientMetadata(production: boolean): NonNullable<Configuration['extraClientMetadata']> {
  return {
    properties: [...OWN_FIELDS],
    validator(_ctx, field, _value, metadata) {
      if (field !== OWN_FIELDS[0] || metadata.client_id === ACCOUNT_PAGES) return;
      const fault = faultOfRecord(metadata as ClientMetadata & Record<string, unknown>, { production });
      // The library makes `invalid_redirect_uri` of what begins with the name of that field (RFC 7591 3.2.2).
      if (fault) throw new errors.InvalidClientMetadata(`${fault.field} ${fault.reason}`);
    },
  };
}
