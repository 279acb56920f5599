"""The messages of WAMP and how they read in a transcript."""

import json

HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE, ERROR = 1, 2, 3, 4, 5, 6, 8
PUBLISH, PUBLISHED = 16, 17
SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, EVENT = 32, 33, 34, 35, 36
CALL, CANCEL, RESULT, REGISTER, REGISTERED, UNREGISTER, UNREGISTERED = 48, 49, 50, 64, 65, 66, 67
INVOCATION, INTERRUPT, YIELD = 68, 69, 70

# Stands for the type of what can not be read.
NO_JSON = None

# What a request is answered with.
ANSWERS = {
    PUBLISH: PUBLISHED,
    SUBSCRIBE: SUBSCRIBED,
    UNSUBSCRIBE: UNSUBSCRIBED,
    CALL: RESULT,
    REGISTER: REGISTERED,
    UNREGISTER: UNREGISTERED,
}
_NAMES = {value: name for name, value in globals().items() if isinstance(value, int)}
# Where details and payload begin in what a router sends, and which details the specification knows.
_SHAPES = {
    EVENT: (3, ["publisher", "publisher_authid", "publisher_authrole", "topic", "retained"]),
    RESULT: (2, ["progress"]),
    INTERRUPT: (2, ["mode"]),
    INVOCATION: (
        3,
        [
            "caller",
            "caller_authid",
            "caller_authrole",
            "procedure",
            "progress",
            "receive_progress",
            "timeout",
        ],
    ),
}


def name_of(kind):
    """The name of a message type."""
    return _NAMES.get(kind, f"type {kind}")


def read(text):
    """A message from JSON, numbers with a point as text; `ValueError` if it is none."""

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, parse_float=str, parse_constant=refuse)


def show(message, names):
    """One message for a transcript; `names` are what to call ids, which differ each time.

    Sentences for people and what only one router adds are left out.
    """
    kind = message[0]
    if kind == NO_JSON:
        return "what is no JSON"
    if kind == ERROR:
        return f"ERROR of {name_of(message[1])} {message[4]}"
    if kind in (ABORT, GOODBYE):
        return f"{name_of(kind)} {message[2]}"
    words = [name_of(kind)]
    if kind in _SHAPES:
        at, known = _SHAPES[kind]
        details = {key: value for key, value in message[at].items() if key in known}
        words += [in_words(part, names) for part in [details, *message[at + 1 :]] if part]
    return " ".join(words)


def in_words(value, names):
    """A value as JSON, with names for ids."""
    return json.dumps(_renamed(value, names), ensure_ascii=False, sort_keys=True)


def _renamed(value, names):
    match value:
        case bool():
            return value
        case int() | str():
            return names.get(value, value)
        case list():
            return [_renamed(item, names) for item in value]
        case dict():
            return {key: _renamed(item, names) for key, item in value.items()}
    return value
