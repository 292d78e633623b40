#!/bin/sh
# Makes what docker-compose.yml needs and no repository may hold: a certificate authority of this machine's own, one certificate, and
# secrets. Run it again at will: what is there stays.
#
#   sh deploy/prepare.sh [folder]      the folder is the project's when not given
set -eu
umask 077

root="${1:-$(cd "$(dirname "$0")/.." && pwd)}"
out="$root/deploy/generated"
mkdir -p "$out"

if [ ! -f "$out/server.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj '/CN=openid-provider on this machine' \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' -keyout "$out/ca.key" -out "$out/ca.crt" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=account.localhost' \
    -keyout "$out/server.key" -out "$out/server.csr" 2>/dev/null
  printf '%s\n' 'subjectAltName=DNS:account.localhost,DNS:myuscis.localhost,DNS:texts.localhost,DNS:mail' 'extendedKeyUsage=serverAuth' > "$out/server.ext"
  openssl x509 -req -in "$out/server.csr" -CA "$out/ca.crt" -CAkey "$out/ca.key" -CAcreateserial -days 397 -extfile "$out/server.ext" \
    -out "$out/server.crt" 2>/dev/null
  # Nothing else will ever be signed by it.
  rm -f "$out/ca.key" "$out/server.csr" "$out/server.ext" "$out/ca.srl"
  # The processes in the containers are not root.
  chmod 755 "$out"
  chmod 644 "$out/ca.crt" "$out/server.crt"
fi

env="$root/.env"
touch "$env"
for name in ENCRYPTION_KEYS COOKIE_KEYS DEMO_CLIENT_SECRET DEMO_SESSION_SECRET; do
  grep -q "^$name=" "$env" || printf '%s=%s\n' "$name" "$(openssl rand -hex 32)" >> "$env"
done

echo "Ready: certificates in $out, secrets in $env."
