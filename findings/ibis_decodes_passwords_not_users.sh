#!/usr/bin/env bash
# One would guess: in the address of a database user and password are written alike, with %40 for an @, and both come
# back as they were.
# What happens: Ibis 12.0.0 decodes the password alone, and as a web form does: a + becomes a blank. The name of the user
# reaches the driver with its %40, so that "reader@shop", as some hosted databases call a user, cannot be written in an
# address at all; and a password with a plus must be written with %2B, which is not needed by the drivers themselves.
# Why it matters: the database answers "authentication failed" for an address that is right, and whoever looks for the
# fault looks at the password. `ibis.connect(address, user=...)` is the way around.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[postgres]==12.0.0" "psycopg[binary]==3.2.13" \
    "packaging==25.0" # the extra named postgres does not bring it, though every backend of SQL imports it
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from urllib.parse import urlparse

import ibis
import psycopg
from ibis.backends.postgres import Backend
from psycopg.conninfo import conninfo_to_dict


class Listening(Backend):
    """Keeps what would be handed to the driver."""

    def connect(self, **settings):
        return settings


address = "postgres://reader%40shop:one+two@127.0.0.1:5432/shop"
ours, drivers = Listening()._from_url(urlparse(address)), conninfo_to_dict(address.replace("postgres:", "postgresql:"))
print("ibis", ibis.__version__, "psycopg", psycopg.__version__)
for name in ("user", "password"):
    print(f"{name:10} Ibis: {ours[name]!r:20} the driver itself: {drivers[name]!r}")
override = Listening()._from_url(urlparse(address), user="reader@shop")["user"]
print("with user= beside the address:", override)
if (ours["user"], ours["password"]) != ("reader%40shop", "one two") or override != "reader@shop":
    raise SystemExit("the behaviour has changed")
if (drivers["user"], drivers["password"]) != ("reader@shop", "one+two"):
    raise SystemExit("the driver has changed")
PYTHON
