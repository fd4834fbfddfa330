"""How the story is told: what was asked, what came back, its receipt; and what must hold of it."""
import json
import re
import sys

from world import Failed

ASK = ["query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--operator",
       "op-0417", "--case", "2026-00123"]
ROWS_SHOWN = 3
ARGUMENT_SHOWN = 60  # characters of each
LINE_COLUMNS = 110


class Telling:
    def __init__(self, world):
        self.world = world
        self._steps = 0

    def title(self, text):
        print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")

    def step(self, text):
        self._steps += 1
        self.title(f"{self._steps}. {text}")

    def ask(self, *more, expect=0, base=None):
        """Asks, shows, and returns what `steelyard -o json query` says (docs/cli.md, Query)."""
        arguments = ["-o", "json", *(base or ASK), *more]
        self.shell("asked:  ", arguments)
        out, _ = self.world.cli(*arguments, expect=expect)
        said = json.loads(out)
        for row in said["rows"][:ROWS_SHOWN]:
            print("  answered: " + json.dumps(row, ensure_ascii=False))
        if said["status"]:
            print(f"            status {said['status']}, {len(said['rows'])} rows, as of {said['as_of'] or 'unknown'}")
        if said["outcome"] == "answered" and said["withheld"]:
            print("            withheld: " + ", ".join(said["withheld"]))
        if said["error"]:
            error = said["error"]
            print(f"  {said['outcome']}: {error['what']} ({error['slug']}, {error['code']}), "
                  + ("may be tried again" if error["retry"] else "not to be tried again"))
            print(f"            {error['zh']}")
        entries = [str(said[entry]) for entry in ("request_entry", "closing_entry") if said[entry] is not None]
        proved = {True: ", proved against the log's checkpoint", False: ", not proved yet", None: ""}[said["proved"]]
        print(f"  receipt:  {said['receipt']}, "
              f"{'entry' if len(entries) == 1 else 'entries'} {' and '.join(entries)}{proved}")
        return said

    def refused(self, slug, *more, expect=3, base=None):
        """Asks for what must be answered with this no, and recorded."""
        said = self.ask(*more, expect=expect, base=base)
        self.need(said["error"]["slug"] == slug, f"not `{slug}`")
        self.need(said["receipt"] and said["closing_entry"], "a no without a receipt")
        self.need(not said["rows"], "a no with rows")
        return said

    @staticmethod
    def shell(what, arguments):
        """Shows a command as it could be pasted, but for what is cut short."""
        short = [a if len(a) <= ARGUMENT_SHOWN else a[:ARGUMENT_SHOWN] + " ..." for a in arguments]
        words = ["steelyard", *(a if re.fullmatch(r"[\w./,=:-]+", a) else repr(a) for a in short)]
        line = f"  {what}  {words[0]}"
        for word in words[1:]:
            if len(line) + len(word) > LINE_COLUMNS:
                print(line + " \\")
                line = " " * 15 + word
            else:
                line += " " + word
        print(line)

    def need(self, condition, what):
        if not condition:
            raise Failed(what)
