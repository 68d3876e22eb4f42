"""Five screens as Africa's Talking's guides show a USSD app in Flask, with the session of each caller in Redis."""

import json
import os

from flask import Flask, Response, request
from redis import Redis

# Key that leads to it, and words; in order.
SCREENS = json.loads(os.environ["BENCH_SCREENS"])
ROUTES = {"*".join(key for key, _ in SCREENS[1 : at + 1]): at for at in range(len(SCREENS))}

app = Flask(__name__)
redis = Redis.from_url(os.environ["BENCH_REDIS_URL"])


@app.post("/ussd")  # type: ignore[untyped-decorator] # Flask is not there to be read, on most machines
def ussd() -> Response:
    session_id = request.values.get("sessionId")
    phone_number = request.values.get("phoneNumber")
    text = request.values.get("text", "")
    kept = redis.get(f"ussd:{session_id}")
    session = json.loads(kept) if kept else {"phone": phone_number, "screen": None}
    if text in ROUTES:
        session["screen"] = ROUTES[text]
        said = "CON " + SCREENS[ROUTES[text]][1]
    else:
        said = "END There is no such choice"
    redis.set(f"ussd:{session_id}", json.dumps(session), ex=600)
    return Response(said, mimetype="text/plain")
