"""Whether anybody between the two ends could have read what was answered: loopback traffic and the broker's folder."""
import os
import re
import subprocess

CAPTURE_BUFFER_KIB = 16_384  # all of the loopback is looked at, and others may use it, too
SEARCH_BYTES = 8 << 20  # of a file at once


class Secrecy:
    """Looks from its start on at all traffic; `look` ends that, and searches."""

    def __init__(self, telling):
        self.world = telling.world
        self.need = telling.need
        self.capture = self.world.path("loopback.pcap")
        command = ["tcpdump", "-i", "lo", "-s", "0", "-B", str(CAPTURE_BUFFER_KIB), "-w", "-"]
        if os.geteuid() != 0:
            command = ["sudo", "-n", *command]
        with open(self.capture, "wb") as capture:  # by us, so that it is ours whoever tcpdump runs as
            process = subprocess.Popen(command, stdout=capture, stderr=subprocess.PIPE, start_new_session=True)
        self.world.processes.append(("tcpdump", process))
        self.tcpdump = process
        line = process.stderr.readline().decode("utf-8", "replace")
        while line and "listening" not in line:
            line = process.stderr.readline().decode("utf-8", "replace")
        self.need("listening" in line, "tcpdump does not listen on the loopback interface")

    def look(self, seen):
        """`seen` are values of answers."""
        values = [value.encode() for value in sorted(seen)]
        self.world.end("tcpdump")  # so that all that it saw is written
        seen_by_it = self.tcpdump.stderr.read().decode("utf-8", "replace")
        print("  tcpdump: " + ", ".join(re.findall(r"\d+ packets (?:captured|dropped by kernel)", seen_by_it)))
        places = {
            "loopback traffic": [self.capture],
            "broker's folder": [os.path.join(folder, name) for folder, _, names in os.walk(self.world.path("broker"))
                                for name in names],
        }
        # What must be there shows that the search could have found something: the greeting of a connection with the
        # broker and, of another port, the status that the broker showed; the agreement in the log.
        controls = {"loopback traffic": [b"CURVE", b'"origin": "log.demo.example"'],
                    "broker's folder": [b"tax-household-2026"]}
        for place, files in places.items():
            found, octets = search(files, values + controls[place])
            missing = [control for control in controls[place] if control not in found]
            self.need(not missing, f"the search of {place} does not find {missing}, which is there")
            told = [value for value in values if value in found]
            self.need(not told, f"{len(told)} values of answers found in {place}")
            print(f"  {place}: {octets:,} octets, none of {len(values)} values found")


def search(files, needles):
    """Which needles stand in the files, and how many octets were looked through. Holes cost nothing: a sparse store is
    as large as what it holds."""
    found, octets = set(), 0
    overlap = max(len(needle) for needle in needles) - 1
    for path in files:
        for start, end in extents(path):
            with open(path, "rb") as file:
                file.seek(start)
                before = b""
                while start < end:
                    piece = file.read(min(SEARCH_BYTES, end - start))
                    if not piece:
                        break
                    start += len(piece)
                    octets += len(piece)
                    data = before + piece
                    found.update(needle for needle in needles if needle not in found and needle in data)
                    before = data[-overlap:]
    return found, octets


def extents(path):
    """(start, end) of each part of a file that is no hole."""
    with open(path, "rb") as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while at < size:
            try:
                start = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # holes alone
                return
            at = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            yield start, at
