#!/bin/sh
# What the unit starts: the key ceremony at the first start, then the service in the same process. It runs as the
# service's user. Exit code 2 is for what an operator must settle; systemd does not try again (the unit's
# RestartPreventExitStatus).

set -eu
config=/etc/jpki/jpki.toml
data=/var/lib/jpki

if ! [ -e "$data/jpki.toml" ]; then
  if ! grep -Eq '^[[:space:]]*(urls\.)?public[[:space:]]*=' "$config"; then
    echo "jpki: urls.public is not set. It goes into every certificate and cannot be changed later:" \
      "set it in $config, then: systemctl restart jpki" >&2
    exit 2
  fi
  # init refuses where keys or a store are left without a configuration, and says so.
  # The credential jpki-passphrase encrypts the keys, keys.token makes them on a token.
  plain=--no-passphrase
  if [ -e "${CREDENTIALS_DIRECTORY:-/nonexistent}/jpki-passphrase" ] ||
    grep -Eq '^[[:space:]]*(keys\.)?(passphrase_file|token)[[:space:]]*=[[:space:]]*"[^"]' "$config"; then
    plain=
  fi
  # shellcheck disable=SC2086
  /usr/bin/jpki init --data "$data" --config "$config" --quiet $plain || exit 2
  [ -z "$plain" ] || echo "jpki: the keys are plain files: jpki keys protect encrypts them (docs/operations.md, section 11)" >&2
  # From now on every command reads the file that the operator edits.
  ln -sf "$config" "$data/jpki.toml"
fi
exec /usr/bin/jpki serve --data "$data"
