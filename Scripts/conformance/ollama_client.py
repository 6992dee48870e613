"""The official ollama package against a server: ollama_client.py URL"""

import json
import sys

import ollama

from checking import QUESTION, RESULT, check, report

client = ollama.Client(host=sys.argv[1])
model = "first-light"
messages = [{"role": "user", "content": QUESTION}]
options = {"temperature": 0}

check(client.list().models[0].model == model, "the models", client.list())
check(client.ps().models[0].model == model, "the open models", client.ps())
shown = client.show(model)
check("completion" in shown.capabilities and shown.details.family, "the model", shown)

whole = client.chat(model=model, messages=messages, options=options)
check(RESULT in whole.message.content and whole.done and whole.done_reason == "stop", "the answer", whole)
check(whole.eval_count > 0 and whole.prompt_eval_count > 0 and whole.total_duration > 0, "figures", whole)
parts = list(client.chat(model=model, messages=messages, options=options, stream=True))
check("".join(p.message.content or "" for p in parts) == whole.message.content, "the streamed answer", parts)
check([p.done for p in parts].count(True) == 1 and parts[-1].done, "one end", parts[-1])

made = client.generate(model=model, prompt=QUESTION, options=options)
check(made.response == whole.message.content, "a prompt", made)
raw = client.generate(model=model, prompt="What is", raw=True, options={"temperature": 0, "num_predict": 4})
check(raw.eval_count == 4 and raw.done_reason == "length", "a raw text", raw)
pieces = list(client.generate(model=model, prompt=QUESTION, options=options, stream=True))
check("".join(p.response for p in pieces) == made.response, "a streamed prompt", pieces)

schema = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
held = client.chat(model=model, messages=messages, format=schema, options={"num_predict": 200})
check(isinstance(json.loads(held.message.content)["sum"], int), "the schema", held)
free = client.chat(model=model, messages=messages, format="json", options={"num_predict": 400, "seed": 3})
check(free.done_reason == "length" or isinstance(json.loads(free.message.content), dict), "JSON", free)

vectors = client.embed(model=model, input=["12", "12", "7"]).embeddings
check(vectors[0] == vectors[1] != vectors[2], "vectors", None)
try:
    client.chat(model="none", messages=messages)
    check(False, "a failure")
except ollama.ResponseError as error:
    check(error.status_code == 404 and error.error.endswith("."), "the failure", error)
report("ollama")
