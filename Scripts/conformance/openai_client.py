"""The official openai package against a server: openai_client.py URL"""

import json
import math
import sys

import openai

from checking import QUESTION, RESULT, check, report

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
model = client.models.list().data[0].id
check(model == "first-light", "the model's name", model)
check(client.models.retrieve(model).id == model, "the model by name")
messages = [{"role": "user", "content": QUESTION}]

# Chat, whole and as a stream.
whole = client.chat.completions.create(model=model, messages=messages, temperature=0)
text = whole.choices[0].message.content
check(RESULT in text, "the answer", text)
check(whole.choices[0].finish_reason == "stop", "why it ended", whole.choices[0].finish_reason)
check(whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, "the sum of tokens")
parts = list(
    client.chat.completions.create(
        model=model, messages=messages, temperature=0, stream=True, stream_options={"include_usage": True}
    )
)
streamed = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
check(streamed == text, "the streamed answer", streamed)
check(parts[-1].usage.completion_tokens == whole.usage.completion_tokens, "tokens of the stream", parts[-1].usage)
check([p.choices[0].finish_reason for p in parts if p.choices][-1] == "stop", "why the stream ended")

# Several answers, seeds, stop strings, limits, biases.
several = client.chat.completions.create(model=model, messages=messages, n=3, temperature=1, seed=5)
check([c.index for c in several.choices] == [0, 1, 2], "three answers", several)
again = client.chat.completions.create(model=model, messages=messages, n=3, temperature=1, seed=5)
check([c.message for c in several.choices] == [c.message for c in again.choices], "the same seed, the same answers")
short = client.chat.completions.create(model=model, messages=messages, temperature=0, max_tokens=3)
check(short.usage.completion_tokens == 3 and short.choices[0].finish_reason == "length", "three tokens", short)
stopped = client.chat.completions.create(model=model, messages=messages, temperature=0, stop=[RESULT])
check(RESULT not in stopped.choices[0].message.content, "the stop string", stopped.choices[0].message.content)

# How likely tokens are.
likely = client.chat.completions.create(
    model=model, messages=messages, temperature=0, logprobs=True, top_logprobs=3, max_tokens=8
)
tokens = likely.choices[0].logprobs.content
check(len(tokens) == 8 and all(len(t.top_logprobs) == 3 for t in tokens), "probabilities of eight tokens", tokens)
check(all(t.logprob == t.top_logprobs[0].logprob for t in tokens), "the likeliest token is the chosen one")
check(all(t.logprob <= 0 for t in tokens), "logarithms of probabilities")

# JSON, and JSON under a schema.
schema = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}, "unit": {"enum": ["one", "ten"]}},
    "required": ["sum", "unit"],
    "additionalProperties": False,
}
answer = client.chat.completions.create(
    model=model,
    messages=messages,
    max_tokens=200,
    response_format={"type": "json_schema", "json_schema": {"name": "sum", "schema": schema, "strict": True}},
)
value = json.loads(answer.choices[0].message.content)
check(set(value) == {"sum", "unit"} and isinstance(value["sum"], int), "the schema", value)

# Tools: one that must be called, by a model that was never taught to.
tools = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds numbers",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "required": ["a", "b"],
                "additionalProperties": False,
            },
        },
    }
]
for choice in ["required", {"type": "function", "function": {"name": "add"}}]:
    called = client.chat.completions.create(
        model=model, messages=messages, tools=tools, tool_choice=choice, max_tokens=200
    ).choices[0]
    check(called.finish_reason == "tool_calls", "why it ended", called)
    call = called.message.tool_calls[0]
    check(call.function.name == "add" and set(json.loads(call.function.arguments)) == {"a", "b"}, "the call", call)
given = client.chat.completions.create(
    model=model,
    temperature=0,
    max_tokens=20,
    messages=messages
    + [
        {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
        {"role": "tool", "tool_call_id": call.id, "content": "933"},
    ],
)
check(given.choices[0].message is not None, "an answer after a tool's result", given)
with client.chat.completions.stream(
    model=model, messages=messages, tools=tools, tool_choice="required", max_tokens=200
) as stream:
    final = stream.get_final_completion()
check(final.choices[0].message.tool_calls[0].function.name == "add", "the streamed call", final)

# Plain completions: echo, probabilities, places in the text, no new tokens.
scored = client.completions.create(model=model, prompt="What is 3 + 4?", echo=True, logprobs=2, max_tokens=0)
table = scored.choices[0].logprobs
check(table.token_logprobs[0] is None, "nothing stands before the first token", table.token_logprobs)
check(scored.choices[0].text == "What is 3 + 4?", "the echo", scored.choices[0].text)
for token, place in list(zip(table.tokens, table.text_offset))[1:]:
    check(scored.choices[0].text[place:].startswith(token), "the place of a token", (token, place))
one = client.completions.create(model=model, prompt=["What is 3", "What is 4"], echo=True, logprobs=1, max_tokens=1, temperature=0)
check(len(one.choices) == 2 and one.choices[1].text.startswith("What is 4"), "two prompts", one)
best = client.completions.create(model=model, prompt="What is", n=2, best_of=4, max_tokens=5, temperature=1, seed=1)
check(len(best.choices) == 2, "the best two of four", best)
pieces = client.completions.create(model=model, prompt="What is", max_tokens=5, temperature=0, stream=True)
joined = "".join(piece.choices[0].text for piece in pieces)
check(joined == client.completions.create(model=model, prompt="What is", max_tokens=5, temperature=0).choices[0].text, "a stream")

# Vectors.
vectors = client.embeddings.create(model=model, input=["What is 3 + 4?", "What is 3 + 4?", "12 - 7"]).data
check(vectors[0].embedding == vectors[1].embedding != vectors[2].embedding, "equal texts, equal vectors")
check(abs(math.hypot(*vectors[2].embedding) - 1) < 1e-3, "vectors of length 1", math.hypot(*vectors[2].embedding))
check(len(client.embeddings.create(model=model, input="12", dimensions=8).data[0].embedding) == 8, "eight dimensions")

# Responses.
response = client.responses.create(model=model, input=QUESTION, temperature=0)
check(RESULT in response.output_text and response.status == "completed", "a response", response)
events = list(client.responses.create(model=model, input=QUESTION, temperature=0, stream=True))
check(events[0].type == "response.created" and events[-1].type == "response.completed", "events", events[-1].type)
deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
check(deltas == response.output_text, "the streamed response", deltas)
check([e.sequence_number for e in events] == list(range(len(events))), "numbered events")
called = client.responses.create(
    model=model, input=QUESTION, max_output_tokens=200, tool_choice="required",
    tools=[{"type": "function", **tools[0]["function"]}],
)
check(called.output[-1].type == "function_call" and called.output[-1].name == "add", "a call", called.output)

# What is wrong is told as the package expects it.
for failure, ask in [
    (openai.NotFoundError, lambda: client.chat.completions.create(model="none", messages=messages)),
    (openai.BadRequestError, lambda: client.chat.completions.create(model=model, messages=messages, temperature=9)),
    (openai.BadRequestError, lambda: client.chat.completions.create(model=model, messages=[{"role": "user", "content": "1 " * 4000}])),
]:
    try:
        ask()
        check(False, "a failure of " + failure.__name__)
    except failure as error:
        check(error.body["message"].endswith("."), "a full sentence", error.body)
report("openai")
