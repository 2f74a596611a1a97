#!/usr/bin/env python3
"""Checks the proof that somebody is in an exposure, without Rollcall.

Written from docs/exposure-format.md; needs nothing but Python's standard library.

usage: verify_proof.py FILE [DIGEST]     DIGEST: the one that was published
"""

import hashlib
import re
import sys

HEX32, HEX64, NUMBER = "([0-9a-f]{32})", "([0-9a-f]{64})", "(0|[1-9][0-9]{0,18})"
FORM = re.compile(
    "rollcall-exposure-proof 2\n"
    f"digest {HEX64}\npeople {NUMBER}\ncells {NUMBER}\nperson {NUMBER}\n"
    "((?:element [^\x00-\x20\x7f]+ (?:BELIEVED|CONFIRMED)\n)+)"
    f"salt {HEX32}\nleaf {NUMBER}\n((?:path {HEX64}\n)*)")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaf, position, size, path):
    if size == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if position < left:
        return sha256(b"\1", root(leaf, position, left, path[:-1]), path[-1])
    return sha256(b"\1", path[-1], root(leaf, position - left, size - left, path[:-1]))


def verify(data):
    """Returns (digest, people, person, elements) of a proof that holds; ValueError otherwise."""
    match = FORM.fullmatch(data.replace(b"\r\n", b"\n").decode("utf-8"))
    if not match:
        raise ValueError("this is not the text of a proof")
    digest, salt = match[1], bytes.fromhex(match[6])
    people, cells, person, position = (int(match[i]) for i in (2, 3, 4, 7))
    if max(people, cells, person, position) >= 1 << 63:
        raise ValueError("a number is too large")
    elements = [line.split(" ")[1:] for line in match[5].splitlines()]
    names = [name.encode("utf-8") for name, _ in elements]
    if any(a >= b for a, b in zip(names, names[1:])):
        raise ValueError("the elements do not ascend")
    set_hash = sha256(*(len(name).to_bytes(4, "big") + name + bytes([1 + (word == "CONFIRMED")])
                        for name, (_, word) in zip(names, elements)))
    if position >= people:
        raise ValueError("the position is not among the people")
    path = [bytes.fromhex(line.split(" ")[1]) for line in match[8].splitlines()]
    top = root(sha256(b"\0", salt, person.to_bytes(8, "big"), set_hash), position, people, path)
    made = sha256(b"\2rollcall.exposure.v2\0", people.to_bytes(8, "big"),
                  cells.to_bytes(8, "big"), top)
    if made.hex() != digest:
        raise ValueError(f"the proof leads to {made.hex()}, not to its digest")
    return digest, people, person, elements


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        with open(sys.argv[1], "rb") as file:
            digest, people, person, elements = verify(file.read())
        if len(sys.argv) == 3 and sys.argv[2] != digest:
            raise ValueError("the proof is of another digest")
    except ValueError as error:
        sys.exit(f"NOT PROVEN: {error}")
    print(f"OK: number {person} is one of {people} people under {digest}, with "
          + ", ".join(f"{name} ({word})" for name, word in elements))


if __name__ == "__main__":
    main()
