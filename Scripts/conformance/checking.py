"""What the checks share: counting them, and the question whose answer is known."""

import sys

QUESTION = "What is 347 + 586?"
RESULT = "933"
count = 0


def check(condition, what, found=None):
    global count
    count += 1
    if not condition:
        sys.exit(f"{what}: not so; found {found!r}")


def report(client):
    print(f"{client}: {count} checks passed")
