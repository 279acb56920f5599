"""Writes auth.json: what other implementations answer to challenges.

    pip install autobahn==26.10.2 argon2-cffi==25.1.0 passlib==1.7.4
    pip install base58 ecdsa pynacl
    python auth.py > auth.json

Keys, WAMP-CRA signatures and the dialect `scram` come from Autobahn itself. It does not speak the
specification's `wamp-scram`: that is spelled out below from the specification's formulas, over the key
derivation functions of hashlib and of the reference implementation of Argon2. What is copied from a
document says from which.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from unittest.mock import Mock

import txaio
from argon2.low_level import Type, hash_secret_raw
from autobahn.wamp import auth, types
from autobahn.wamp.cryptosign import CryptosignKey

txaio.use_asyncio()
LOOP = asyncio.new_event_loop()
txaio.config.loop = LOOP


def b64(octets):
    return base64.b64encode(octets).decode()


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def wampcra(about, secret, challenge, salting=None):
    extra = {"challenge": challenge, **(salting or {})}
    client = auth.AuthWampCra(authid="peter", secret=secret)
    signature = client.on_challenge(Mock(), types.Challenge("wampcra", extra))
    return {"about": about, "secret": secret, "extra": extra, "signature": signature}


def scram_autobahn(password, authid, salt, iterations, memory):
    """A whole login: Autobahn is the client, the challenge is put together as Crossbar.io does it."""
    client_nonce, router_nonce = bytes(range(24)), bytes(range(100, 118))
    client = auth.AuthScram(authid=authid, password=password)
    client._client_nonce = b64(client_nonce)
    challenge = {
        "nonce": b64(client_nonce + router_nonce),
        "kdf": "argon2id-13",
        "salt": b64(salt),
        "iterations": iterations,
        "memory": memory,
    }
    proof = client.on_challenge(Mock(), types.Challenge("scram", challenge)).decode()
    server_key = mac(client._salted_password, b"Server Key")
    signature = b64(mac(server_key, client._auth_message))
    refusal = client.on_welcome(Mock(), {"scram_server_signature": signature})
    assert refusal is None, refusal
    return {
        "method": "scram",
        "authid": authid,
        "password": password,
        "binding": None,
        "client_nonce": b64(client_nonce),
        "router_nonce": router_nonce.hex(),
        "challenge": challenge,
        "authenticate": {},
        "proof": proof,
        "authextra": {"scram_server_signature": signature},
    }


def scram_spec(password, authid, salt, kdf, iterations, memory=None, binding=None):
    client_nonce, router_nonce = b64(bytes(range(24))), bytes(range(100, 118))
    nonce = client_nonce + b64(router_nonce)
    if kdf == "pbkdf2":
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations, 32)
        cost = {"iterations": iterations}
    else:
        salted = hash_secret_raw(
            password.encode(), salt, iterations, memory, 1, 32, Type.ID, 0x13
        )
        cost = {"iterations": iterations, "memory": memory}
    channel = b"n,," if binding is None else b"p=tls-exporter,," + binding
    escaped = authid.replace("=", "=3D").replace(",", "=2C")
    message = ",".join([
        f"n={escaped},r={client_nonce}",
        f"r={nonce},s={b64(salt)},i={iterations}",
        f"c={b64(channel)},r={nonce}",
    ]).encode()
    client_key = mac(salted, b"Client Key")
    client_signature = mac(hashlib.sha256(client_key).digest(), message)
    proof = bytes(a ^ b for a, b in zip(client_key, client_signature))
    return {
        "method": "wamp-scram",
        "authid": authid,
        "password": password,
        "binding": binding and binding.hex(),
        "client_nonce": client_nonce,
        "router_nonce": router_nonce.hex(),
        "challenge": {"nonce": nonce, "salt": b64(salt), "kdf": kdf, **cost},
        "authenticate": {
            "nonce": nonce,
            "channel_binding": binding and "tls-exporter",
            "cbind_data": binding and b64(binding),
        },
        "proof": b64(proof),
        "authextra": {"verifier": b64(mac(mac(salted, b"Server Key"), message))},
    }


def cryptosign(private_key, challenge, channel_id):
    key = CryptosignKey.from_bytes(bytes.fromhex(private_key))
    extra = {"challenge": challenge, "channel_binding": channel_id and "tls-unique"}
    signature = key.sign_challenge(
        types.Challenge("cryptosign", extra),
        channel_id=channel_id and bytes.fromhex(channel_id),
        channel_id_type=channel_id and "tls-unique",
    )
    return {
        "private_key": private_key,
        "public_key": key.public_key(),
        "challenge": challenge,
        "channel_id": channel_id,
        "signature": LOOP.run_until_complete(signature),
    }


EXAMPLE = (
    '{"nonce": "LHRTC9zeOIrt_9U3", "authprovider": "userdb", "authid": "peter",'
    ' "timestamp": "2014-06-22T16:36:25.448Z", "authrole": "user", "authmethod": "wampcra",'
    ' "session": 3251278072152162}'
)
SALTING = {"salt": "salt123", "iterations": 1000, "keylen": 32}
CHANNEL = "62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff"

wampcra_vectors = [
    wampcra("the example of the specification; the password is `secret1`", "secret1", EXAMPLE, SALTING),
    wampcra("the same without salt", "secret1", EXAMPLE),
    wampcra("a key of two blocks", "pässword", "{}", {**SALTING, "keylen": 40}),
]
assert wampcra_vectors[0]["signature"] == "gir1mSx+deCDUV7wRM5SGIn/+R/ClqLZuH4m7FJeBVI="

credentials = [
    {"password": password, **auth.derive_scram_credential("foobar@example.com", password, salt)}
    for password, salt in [
        ("secret123", None),
        ("secret123", bytes.fromhex("ae1f0d2f422757809077785e660b62c6")),
        ("pässword", bytes(range(16))),
    ]
]

cryptosign_vectors = [
    cryptosign(private_key, challenge, channel_id)
    for channel_id in (None, CHANNEL)
    for private_key, challenge in [
        ("4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510", "ff" * 32),
        (
            "d511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd",
            "b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d",
        ),
        (
            "6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b",
            "b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2",
        ),
    ]
]

print(json.dumps({
    "about": (
        "Answers to authentication challenges, made by auth.py beside this file with Autobahn"
        " 26.10.2 and argon2-cffi 25.1.0. `scram_credentials` are what Autobahn derives for the"
        " configuration of Crossbar.io. `cryptosign` are the test vectors of the WAMP specification,"
        " as Autobahn signs them; `router` is its example of router authentication."
    ),
    "wampcra": wampcra_vectors,
    "scram_credentials": credentials,
    "scram": [
        scram_autobahn("p4ssw0rd", "user", b"1234567890abcdef", 32, 512),
        scram_autobahn("pässword", "user=1", bytes(16), 3, 8192),
        scram_spec("pencil", "user", bytes(range(16)), "pbkdf2", 4096),
        scram_spec("pencil", "user", bytes(range(16)), "argon2id13", 2, 16384),
        scram_spec("pässword", "a=b,c", bytes(16), "argon2id13", 1, 65536, bytes(range(32))),
    ],
    "cryptosign": cryptosign_vectors,
    "router": {
        "challenge": "bbae60ea44cdd7b20dc7010a618b0f0803fab25a817520b4b7f057299b524deb",
        "extra": {
            "challenge": "0e9192bc08512c8198da159c1ae600ba91729215f35d56102ee318558e773537",
            "pubkey": "4a3838f6fe75251e613329d53fc69b262d5eac97fb1d73bebbaed4015b53c862",
            "signature": (
                "fd5128d2d207ba58a9d1d6f41b72c747964ad9d1294077b3b1eee6130b05843a"
                "b12c53c7f2519f73d4feb82db19d8ca0fc26b62bde6518e79a882f5795bc9f00"
                "bbae60ea44cdd7b20dc7010a618b0f0803fab25a817520b4b7f057299b524deb"
            ),
        },
    },
}, indent=2))
