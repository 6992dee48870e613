"""The official anthropic package against a server: anthropic_client.py URL"""

import sys

import anthropic

from checking import QUESTION, RESULT, check, report

client = anthropic.Anthropic(base_url=sys.argv[1], api_key="none", max_retries=0)
model = "first-light"
messages = [{"role": "user", "content": QUESTION}]
# This package has no argument for it any more.
GREEDY = {"temperature": 0}


def said(message):
    return "".join(block.text for block in message.content if block.type == "text")


whole = client.messages.create(model=model, max_tokens=300, messages=messages, extra_body=GREEDY)
check(RESULT in said(whole) and whole.stop_reason == "end_turn", "the answer", whole)
check(whole.usage.input_tokens > 0 and whole.usage.output_tokens > 0, "tokens", whole.usage)
with client.messages.stream(model=model, max_tokens=300, messages=messages, extra_body=GREEDY) as stream:
    kinds = [event.type for event in stream]
    final = stream.get_final_message()
check(said(final) == said(whole), "the streamed answer", final)
check(kinds[0] == "message_start" and kinds[-1] == "message_stop", "the events", kinds)
check(final.usage.output_tokens == whole.usage.output_tokens, "tokens of the stream", final.usage)

short = client.messages.create(model=model, max_tokens=3, messages=messages, extra_body=GREEDY)
check(short.stop_reason == "max_tokens" and short.usage.output_tokens == 3, "three tokens", short)
stopped = client.messages.create(model=model, max_tokens=300, messages=messages, extra_body=GREEDY, stop_sequences=[RESULT])
check(stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == RESULT, "the stop sequence", stopped)
counted = client.messages.count_tokens(model=model, messages=messages)
check(counted.input_tokens == whole.usage.input_tokens, "counted tokens", counted)

tool = {
    "name": "add",
    "description": "Adds numbers",
    "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
}
for choice in [{"type": "any"}, {"type": "tool", "name": "add"}]:
    called = client.messages.create(model=model, max_tokens=300, messages=messages, tools=[tool], tool_choice=choice)
    use = called.content[-1]
    check(called.stop_reason == "tool_use" and use.type == "tool_use" and set(use.input) == {"a", "b"}, "a call", called)
with client.messages.stream(
    model=model, max_tokens=300, messages=messages, tools=[tool], tool_choice={"type": "any"}
) as stream:
    use = stream.get_final_message().content[-1]
check(use.type == "tool_use" and set(use.input) == {"a", "b"}, "a streamed call", use)
result = {"type": "tool_result", "tool_use_id": use.id, "content": "933"}
after = client.messages.create(
    model=model,
    max_tokens=20,
    extra_body=GREEDY,
    messages=messages + [{"role": "assistant", "content": [use.model_dump()]}, {"role": "user", "content": [result]}],
)
check(after.role == "assistant", "an answer after a tool's result", after)

thinking = client.messages.create(
    model=model, max_tokens=300, messages=messages, extra_body=GREEDY, thinking={"type": "enabled", "budget_tokens": 1024}
)
check(thinking.type == "message", "thinking", thinking)
try:
    client.messages.create(model="none", max_tokens=3, messages=messages)
    check(False, "a failure")
except anthropic.NotFoundError as error:
    check(error.body["error"]["type"] == "not_found_error", "the failure's name", error.body)
report("anthropic")
