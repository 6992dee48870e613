"""lm-eval's log-likelihoods over a server equal those of `isobath score`: lm_eval_client.py URL"""

import json
import os
import subprocess
import sys

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI

from checking import check, report

model = LocalCompletionsAPI(base_url=sys.argv[1] + "/v1/completions", model="first-light", max_length=512, num_concurrent=1)
pairs = [
    ("What is 347 + 586?", " 347 + 586 = 933"),
    ("What is 347 + 586?", " 347 + 586 = 934"),
    ("What is 12 - 7?", "5"),
    ("The capital of France is", " Paris"),
    ("Ein Käse für 3 €,", " naïvely"),
]
requests = [Instance("loglikelihood", {}, pair, index) for index, pair in enumerate(pairs)]
results = model.loglikelihood(requests)


def tokens(text):
    return model.tok_encode(text)


def scored(ids, skipped):
    """The sum of what `isobath score` finds for all tokens but the first `skipped`, and whether each is the likeliest."""
    program = os.environ["ISOBATH_PROGRAM"]
    command = [program, "score", "first-light", "--tokens", ",".join(map(str, ids)), "--top", "1", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["tokens"][skipped:]
    return sum(t["logprob"] for t in found), all(t["logprob"] >= t["top"][0]["logprob"] for t in found)


for (context, continuation), (found, greedy) in zip(pairs, results):
    ids, continued = model._encode_pair(context, continuation)
    expected, likeliest = scored(ids + continued, len(ids))
    difference = abs(found - expected) / abs(expected)
    check(difference < 1e-6 and greedy == likeliest, "the log-likelihood", (context, continuation, found, expected))
    print(f"  {continuation!r}: {found:.6f} over HTTP, {expected:.6f} from isobath score")
report("lm_eval")
