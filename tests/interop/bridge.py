"""A client and a receiver of HTTP bridges, with nothing but Python's standard library.

    bridge.py sign KEY SECRET BODY              prints the query of a signed request
    bridge.py post URL KEY SECRET BODY          signs and posts; prints the status, then the answer
    bridge.py verify SECRET SIGNATURE BODY      checks the `wamp-signature` of a webhook
"""

import base64
import datetime
import hashlib
import hmac
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def query(key, secret, body):
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = {
        "key": key,
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "seq": "1",
        "nonce": str(secrets.randbits(53)),
    }
    code = hmac.new(secret.encode(), "".join(signed.values()).encode() + body.encode(), hashlib.sha256)
    signature = base64.urlsafe_b64encode(code.digest()).decode()
    return urllib.parse.urlencode({**signed, "signature": signature})


def post(url, key, secret, body):
    request = urllib.request.Request(
        f"{url}?{query(key, secret, body)}",
        data=body.encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def verify(secret, signature, body):
    fields = dict(field.split("=", 1) for field in signature.split(","))
    code = hmac.new(secret.encode(), f"{fields['t']}.{body}".encode(), hashlib.sha256)
    return hmac.compare_digest(code.hexdigest(), fields["v1"]) and abs(time.time() - int(fields["t"])) < 300


def main(command, *arguments):
    if command == "sign":
        print(query(*arguments))
    elif command == "post":
        print(*post(*arguments), sep="\n")
    elif command == "verify":
        sys.exit(0 if verify(*arguments) else "the signature is wrong")
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
