"""The step about events: a change in the owner's database reaches whoever subscribed to it, until the owner suspends."""
import contextlib
import json
import queue
import sqlite3
import subprocess
import threading

import departments
from sharing import FROM_PENSIONS, Sharing

EVENT_WITHIN = 20  # seconds
DECEASED, NEXT_DECEASED = "330203194001010018", "330203194001010026"


class Subscribing(Sharing):
    """`told` is what an event said."""

    def __init__(self, world):
        super().__init__(world)
        self.told = set()

    def events(self):
        self.step("Whoever draws a pension dies: an event, until the owner suspends")
        arguments = ["-o", "json", "subscribe", "civil-affairs/death", "--fields", "id_number,died_on", *FROM_PENSIONS]
        self.shell("asked:  ", arguments)
        with Subscription(self, arguments) as subscription:
            held = subscription.until_snapshot()
            self.need([(held,)] == self.rows("civil-affairs", "SELECT count(*) FROM deaths"), "not every death is in the snapshot")
            print(f"  snapshot: {held:,} deaths that are registered")
            self.register_death(DECEASED)
            self.told.add(DECEASED)
            event = subscription.next()
            print(f"  event:    {event['type']} {event['id']}, entry {event['entry']}: "
                  + json.dumps(event["data"]["rows"], ensure_ascii=False))
            self.need(DECEASED in json.dumps(event["data"]), "not the death that was registered")
            self.world.cli("agreement", "suspend", departments.PENSION, "--reason", "data-incident", "--home",
                           "civil-affairs-office")
            self.register_death(NEXT_DECEASED)
            self.need(subscription.ends_with(3), "an event came after the suspension")
            print("  suspended: the subscription has ended; a death registered after it does not come")
        self.world.cli("agreement", "resume", departments.PENSION, "--reason", "data-incident", "--home", "civil-affairs-office")

    def register_death(self, number):
        with contextlib.closing(sqlite3.connect(self.database())) as database, database:
            database.execute("INSERT INTO deaths VALUES (?, '某某', '男', '1940-01-01', '', '2026-11-20', '2026-11-21', ?)",
                             (number, f"D-{number}"))


class Subscription:
    """A `steelyard subscribe` and what it prints, an object a line."""

    def __init__(self, telling, arguments):
        self._world = telling.world
        self._need = telling.need
        log = self._world.path("subscribe.log")
        with open(log, "wb") as errors:
            self._process = subprocess.Popen([f"{self._world.bin}/steelyard", *arguments], cwd=self._world.dir,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                                             start_new_session=True)
        self._world.processes.append(("subscribe", self._process))
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._world.end("subscribe")

    def next(self):
        """The next event."""
        try:
            line = self._lines.get(timeout=EVENT_WITHIN)
        except queue.Empty:
            line = None
        self._need(line, "no event came: " + self.said())
        return json.loads(line)

    def until_snapshot(self):
        """Takes the snapshot; how many rows it had."""
        rows, last = 0, False
        while not last:
            event = self.next()
            self._need(event["type"] == "steelyard.snapshot", "it does not begin with a snapshot")
            rows += len(event["data"]["rows"])
            last = event["data"]["last"]
        return rows

    def ends_with(self, code):
        """Whether it ends, with this exit code and without another event."""
        try:
            line = self._lines.get(timeout=EVENT_WITHIN)
        except queue.Empty:
            return False
        return line is None and self._process.wait(timeout=EVENT_WITHIN) == code

    def said(self):
        with open(self._world.path("subscribe.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-500:]
