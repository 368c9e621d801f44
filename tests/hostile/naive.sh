#!/usr/bin/env bash
# naive.sh STORE - reads names from a store and trusts everything in it.
exec sqlite3 "$1" 'SELECT path FROM name; DELETE FROM tag'
