import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram, folderOf, installPackages, printed, type RelyingPartyKind } from './relying-party.ts';

/** Of Debian, of Red Hat, and as Apache itself installs them. */
const MODULES = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/local/apache2/modules'];
const MODULE = 'mod_auth_openidc.so';

export const modAuthOpenidc: RelyingPartyKind = {
  name: 'mod_auth_openidc (C)',
  advice: 'install Apache 2.4 with mod_auth_openidc (Debian: apt-get install apache2-bin libapache2-mod-auth-openidc)',

  find({ env }) {
    const command = findProgram(env, ['apache2', 'httpd']);
    const modules = MODULES.find((folder) => existsSync(path.join(folder, MODULE)));
    const [, server] = (command && /Apache\/(\S+)/.exec(printed(command, ['-v'], env) ?? '')) || [];
    if (!command || !modules || !server) return undefined;
    const [, version] = /mod_auth_openidc-(\d[\d.]*\d)/.exec(readFileSync(path.join(modules, MODULE), 'latin1')) ?? [];
    const asRoot = process.getuid?.() === 0 ? ['-D', 'AS_ROOT'] : [];
    return {
      version: `${version}, Apache ${server}`,
      command,
      args: ['-D', 'FOREGROUND', ...asRoot, '-f', path.join(folderOf('mod-auth-openidc'), 'httpd.conf')],
      env: { MODULES: modules },
    };
  },

  // Not the package apache2, which would start a server of its own.
  install: (installation) => installPackages(installation, ['apache2-bin', 'libapache2-mod-auth-openidc']),
};
