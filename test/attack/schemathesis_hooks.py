"""Sends every other call to tasks that exist: what is generated names none, and would be answered with 404."""

import schemathesis


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and isinstance(body.get("inputs"), list):
        for item in body["inputs"]:
            if isinstance(item, dict) and isinstance(item.get("task"), str) and len(item["task"]) <= 256:
                number = sum(item["task"].encode("utf-8", "replace"))
                if number % 2 == 0:
                    item["task"] = f"task-{number % 3}"
    return body
