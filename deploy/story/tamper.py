"""Changes copies of the log as an attacker with the disk would. Layout: docs/formats/store.md."""
import hashlib

import lmdb

MAP_BYTES = 64 << 30
COMMITMENT, SALT_AT, BODY_AT = 32, 32 + 6 + 2, 32 + 6 + 2 + 16
APPLICATION_AT = 52 + 12  # in the body: the number of the application


def sha256(octets):
    return hashlib.sha256(octets).digest()


def sha384_cut(octets):
    return hashlib.sha384(octets).digest()[:32]


HASHES = {1: sha256, 242: sha384_cut}  # by suite


def copy_store(source, target):
    """A consistent copy of a live store, as a backup takes it."""
    import os
    os.makedirs(target, mode=0o700)
    env = lmdb.open(source, readonly=True, max_dbs=32, map_size=MAP_BYTES, create=False)
    env.copy(target)
    env.close()


def open_copy(path):
    return lmdb.open(path, max_dbs=32, map_size=MAP_BYTES, create=False, lock=False)


def key(index):
    return index.to_bytes(8, "big")


def size_of(path):
    env = open_copy(path)
    entries = env.open_db(b"entries", create=False)
    with env.begin() as txn:
        count = txn.stat(entries)["entries"]
    env.close()
    return count


def flip_bit_in_body(path, index):
    env = open_copy(path)
    entries = env.open_db(b"entries", create=False)
    with env.begin(write=True) as txn:
        row = bytearray(txn.get(key(index), db=entries))
        row[BODY_AT + APPLICATION_AT] ^= 1
        txn.put(key(index), bytes(row), db=entries)
    env.close()


def swap_entries(path, first, second):
    env = open_copy(path)
    entries = env.open_db(b"entries", create=False)
    with env.begin(write=True) as txn:
        one, other = bytes(txn.get(key(first), db=entries)), bytes(txn.get(key(second), db=entries))
        txn.put(key(first), other, db=entries)
        txn.put(key(second), one, db=entries)
    env.close()


def remove_tail(path, count):
    env = open_copy(path)
    entries = env.open_db(b"entries", create=False)
    with env.begin(write=True) as txn:
        size = txn.stat(entries)["entries"]
        for index in range(size - count, size):
            txn.delete(key(index), db=entries)
    env.close()


def complete_root(digest, hashes):
    while len(hashes) > 1:
        hashes = [digest(b"\1" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def recompute_tree(path, index, digest):
    """Changes one entry and makes commitment and hash rows agree again: all but the log's signature."""
    env = open_copy(path)
    entries = env.open_db(b"entries", create=False)
    hashes = env.open_db(b"hashes", create=False)
    with env.begin(write=True) as txn:
        row = bytearray(txn.get(key(index), db=entries))
        row[BODY_AT + APPLICATION_AT] ^= 1
        row[:COMMITMENT] = digest(b"steelyard/entry/v1\0" + bytes(row[SALT_AT:]))
        txn.put(key(index), bytes(row), db=entries)
        below = {i: digest(b"\0" + bytes(txn.get(key(i), db=entries))[:COMMITMENT])
                 for i in range(txn.stat(entries)["entries"])}
        level, number = 1, index // 256
        while txn.get(bytes([level]) + key(number), db=hashes) is not None:
            node = complete_root(digest, [below[i] for i in range(number * 256, number * 256 + 256)])
            txn.put(bytes([level]) + key(number), node, db=hashes)
            below = {}
            for i in range(number - number % 256, number - number % 256 + 256):
                stored = txn.get(bytes([level]) + key(i), db=hashes)
                if stored is not None:
                    below[i] = bytes(stored)
            level, number = level + 1, number // 256
            if len(below) < 256:
                break
    env.close()
