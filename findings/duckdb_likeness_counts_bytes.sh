#!/usr/bin/env bash
# One would guess: likeness of texts is counted in letters, and a function of one name means one thing on every database
# (Splink maps its Jaro-Winkler and Damerau-Levenshtein levels to DuckDB's functions, and to functions of its own file on
# Spark). What happens: DuckDB counts the bytes of UTF-8. One wrong character of two in a Chinese name is three slips of
# six, and a name without one character is three slips away; a Latin letter is one. And half a transposition is dropped,
# where other definitions of Jaro keep it: "micthell" and "hollie" are 0.514 alike, not 0.458.
# Why it matters: a linkage that allows one slip allows none in Chinese names, and the same model gives other levels of
# agreement, and match weights several bits away, on another database.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
"$folder/venv/bin/python" - <<'PY'
import duckdb

pairs = [("王伟", "李伟"), ("王小伟", "王伟"), ("wang", "wong")]
for one, other in pairs:
    slips, swaps, alike = duckdb.execute(
        "SELECT levenshtein($1, $2), damerau_levenshtein($1, $2), jaro_similarity($1, $2)", [one, other]
    ).fetchone()
    print(f"duckdb {duckdb.__version__}: {one} and {other}: {slips} slips, {swaps} with swaps, {alike:.3f} alike")
(chinese,) = duckdb.execute("SELECT levenshtein('王小伟', '王伟')").fetchone()
(latin,) = duckdb.execute("SELECT levenshtein('wang', 'wong')").fetchone()
(alike,) = duckdb.execute("SELECT jaro_similarity('micthell', 'hollie')").fetchone()


def jaro(one: str, other: str) -> float:
    """Jaro's likeness with half transpositions kept."""
    window = max(len(one), len(other)) // 2 - 1
    free, first = list(range(len(other))), []
    for place, letter in enumerate(one):
        found = next((at for at in free if abs(at - place) <= window and other[at] == letter), None)
        if found is not None:
            free.remove(found)
            first.append((letter, found))
    matched = [other[at] for at in sorted(at for _, at in first)]
    half = sum(letter != there for (letter, _), there in zip(first, matched)) / 2
    count = len(first)
    return (count / len(one) + count / len(other) + (count - half) / count) / 3


print(f"micthell and hollie: {alike:.3f} by DuckDB, {jaro('micthell', 'hollie'):.3f} with half transpositions kept")
assert (chinese, latin) == (3, 1)
assert abs(alike - 0.513889) < 1e-6 and abs(jaro("micthell", "hollie") - 0.458333) < 1e-6
PY
