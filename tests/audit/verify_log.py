#!/usr/bin/env python3
"""Checks the copy of an audit log, or the proof of one of its entries, without Rollcall.

Written from docs/audit-log-format.md; needs nothing but Python's standard library, which lacks
Ed25519: the few lines of RFC 8032 that checking takes are here.

usage: verify_log.py KEY COPY                  KEY: name+id+key, as 'rollcall audit checkpoint'
       verify_log.py KEY --proof PROOF ENTRY   shows it; ENTRY: file with the bytes of the entry
"""

import base64
import binascii
import hashlib
import json
import sys

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data) != text:
        raise ValueError("base64 with stray bits")
    return data


def add(a, b):
    """The sum of two points in extended coordinates."""
    x, y, z, t = a
    u, v, w, s = b
    e, f = (y - x) * (v - u), (y + x) * (v + u)
    g, h = 2 * t * s * D, 2 * z * w
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, point):
    total = (0, 1, 1, 0)
    for bit in bin(n)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or y >= P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    x, y, z, _ = multiply(s, BASE)
    u, v, w, _ = add(point(signature[:32]), multiply(challenge % ORDER, point(key)))
    return (x * w - u * z) % P == 0 and (y * w - v * z) % P == 0


def checkpoint(note, key):
    """Returns (size, root) of a note that the key signed."""
    name, key_id, raw = key.encode().split(b"+", 2)
    raw = unbase64(raw)
    if raw[:1] != b"\1" or sha256(name, b"\n", raw)[:4].hex() != key_id.decode():
        raise ValueError("not an Ed25519 key")
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    origin, size, root, rest = text.split(b"\n")
    if not signatures.endswith(b"\n") or rest or origin != name or str(int(size)).encode() != size:
        raise ValueError("not a checkpoint of this log")
    good = False
    for line in signatures[:-1].split(b"\n"):
        dash, signer, data = line.split(b" ")
        data = unbase64(data)
        if dash != "\u2014".encode() or len(data) < 5:
            raise ValueError("not a signature line")
        if signer == name and data[:4].hex() == key_id.decode():
            if not signed(raw[1:], text, data[4:]):
                raise ValueError("the signature is wrong")
            good = True
    root = unbase64(root)
    if not good or len(root) != 32:
        raise ValueError("not signed by this key")
    return int(size), root


def top(subtrees):
    """The root over perfect subtrees, (leaves, hash), the largest first."""
    if not subtrees:
        return sha256()
    root = subtrees[-1][1]
    for _, left in reversed(subtrees[:-1]):
        root = sha256(b"\1", left, root)
    return root


def verify(data, key):
    """Returns (size, root) of a copy that is whole; ValueError otherwise."""
    lines = data.split(b"\n")
    if lines[0] != b"rollcall-audit-log 1" or lines[-1] != b"" or len(lines) < 3:
        raise ValueError("not the copy of a log")
    size, subtrees, head = 0, [], None
    for line in lines[1:-1]:
        if line[:2] == b"= ":
            head = checkpoint(unbase64(line[2:]), key)
            if head != (size, top(subtrees)):
                raise ValueError(f"the {size} entries are not those of their checkpoint")
            continue
        leaf, entry = unbase64(line[2:46]), line[47:]
        if line[:2] != b"+ " or line[46:47] != b" " or sha256(b"\0", entry) != leaf:
            raise ValueError(f"entry {size} does not have its hash")
        if json.loads(entry.decode("utf-8"))["index"] != size:
            raise ValueError(f"another entry stands in the place of entry {size}")
        size += 1
        subtrees.append((1, leaf))
        while len(subtrees) > 1 and subtrees[-2][0] == subtrees[-1][0]:
            (count, right), (_, left) = subtrees.pop(), subtrees.pop()
            subtrees.append((2 * count, sha256(b"\1", left, right)))
    if head is None or head[0] != size:
        raise ValueError("no checkpoint covers the last entries")
    return head


def root_of(leaf, index, size, path):
    if size == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return sha256(b"\1", root_of(leaf, index, left, path[:-1]), path[-1])
    return sha256(b"\1", path[-1], root_of(leaf, index - left, size - left, path[:-1]))


def verify_proof(text, entry, key):
    """Returns (index, size) of a proof that holds for the entry; ValueError otherwise."""
    head, note = text.split(b"\n\n", 1)
    first, index, *path = head.split(b"\n")
    size, root = checkpoint(note, key)
    number = int(index[6:])
    if first != b"c2sp.org/tlog-proof@v1" or index != f"index {number}".encode():
        raise ValueError("not the text of a proof")
    if not 0 <= number < size or root_of(sha256(b"\0", entry), number, size,
                                         [unbase64(line) for line in path]) != root:
        raise ValueError("the proof does not lead to its root")
    return number, size


def main():
    def read(name):
        with open(name, "rb") as file:
            return file.read()
    try:
        if len(sys.argv) == 5 and sys.argv[2] == "--proof":
            index, size = verify_proof(read(sys.argv[3]), read(sys.argv[4]), sys.argv[1])
            print(f"OK: entry {index} is one of the {size} of the log")
        elif len(sys.argv) == 3:
            size, root = verify(read(sys.argv[2]), sys.argv[1])
            print(f"OK: {size} entries under {root.hex()}")
        else:
            sys.exit(__doc__)
    except (ValueError, KeyError, TypeError, IndexError, binascii.Error) as error:
        sys.exit(f"BAD: {error}")


if __name__ == "__main__":
    main()
