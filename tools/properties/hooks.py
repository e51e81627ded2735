"""Credentials and ids of the target for the requests that schemathesis makes of the API's description.

Without them nearly every request would end at its first check. Most get a working credential, the others keep what was
made; ids of the target's domain replace made ones half of the time.
"""

import json
import os
import random

import schemathesis

TARGET = json.loads(os.environ["EG_PROPERTIES_TARGET"])
RANDOM = random.Random(int(os.environ.get("EG_PROPERTIES_SEED", "1")))
# These end what the other requests work with.
ENDING = {"emailgateway.deletedomain"}


def credentials(case):
    for requirement in case.operation.definition.raw.get("security") or []:
        for scheme in requirement:
            if scheme in ("APIKey", "AdminAPIKey"):
                yield "query", scheme, TARGET["apiKey"] if scheme == "APIKey" else TARGET["adminKey"]
            elif scheme in ("SenderAPIKey", "Bearer"):
                admin = "sender.domains" in case.path or "inbound-relay" in case.path
                token = TARGET["adminKey"] if admin else TARGET["senderKey"]
                yield ("query", scheme, token) if scheme == "SenderAPIKey" else ("header", "Authorization", f"Bearer {token}")


@schemathesis.hook
def before_call(context, case, kwargs):
    if RANDOM.random() < 0.9:
        for place, name, value in credentials(case):
            if place == "query":
                case.query = {**(case.query or {}), name: value}
            else:
                case.headers[name] = value
    # A made Command would make it a request of another operation.
    command = case.operation.path.partition("#")[2]
    for values in (case.body, case.query):
        if not isinstance(values, dict):
            continue
        if command and "Command" in values:
            values["Command"] = command
        if "DomainID" in values and RANDOM.random() < 0.5:
            if command not in ENDING:
                values["DomainID"] = TARGET["domainId"]
